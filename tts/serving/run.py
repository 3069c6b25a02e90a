"""Run the server until a signal stops it. Requests that are running are finished first."""

from __future__ import annotations

import logging
import re
import signal
import socket
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import uvicorn

from tts.core.errors import AttuneError
from tts.core.install import install_command
from tts.serving.app import create_app
from tts.serving.lexicon import SharedLexicon
from tts.serving.pools import make_pool
from tts.serving.settings import Settings

WYOMING_URI = re.compile(r"tcp://[^/:]+:\d+|unix://.+")
log = logging.getLogger(__name__)
BACKLOG = 256  # connections that the system holds until they are accepted


class ServerError(AttuneError):
    """The server cannot start with these settings."""


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status.

    Raises:
        ServerError: the address is in use, or the Wyoming server is not available.
        tts.voices.finding.VoiceError: a voice is missing or damaged.
    """
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    _check_wyoming(settings.wyoming)
    _check_lexicon(settings.lexicon)
    listening = _listen(settings.host, settings.port)
    pool = make_pool(settings)
    try:
        _check_aliases(settings, [voice.name for voice in pool.voices])
    except ServerError:
        pool.close()
        raise
    app = create_app(settings, lambda _: pool)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=30, server_header=False)
    server = uvicorn.Server(config)
    _announce(settings, listening)
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again after it has stopped; ignore that
        signal.signal(number, lambda *_: None)
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _check_wyoming(uri: str | None) -> None:
    if uri and not WYOMING_URI.fullmatch(uri):
        raise ServerError(f"'{uri}' is no place to serve Wyoming at. Write tcp://HOST:PORT or unix://PATH.")
    if uri and find_spec("wyoming") is None:
        raise ServerError(f"The package wyoming is missing. Install it: {install_command('wyoming')}")


def _check_lexicon(path: Path | None) -> None:
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise ServerError(f"The folder of --lexicon {path} does not exist. Create it, or choose another file.")
    try:
        SharedLexicon(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ServerError(f"--lexicon {path} cannot be read ({reason}). Name a UTF-8 text file.") from error


def _check_aliases(settings: Settings, loaded: Sequence[str]) -> None:
    for name, voice in settings.aliases:
        if voice not in loaded:
            raise ServerError(f"--alias {name}={voice}: '{voice}' is not loaded. Loaded: {', '.join(loaded)}.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is given: without it each chunk waits for the last one's receipt.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ServerError(f"{host}:{port} cannot be listened at ({reason}). Use another --host or --port.") from error
    return listening


def _announce(settings: Settings, listening: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if not settings.is_local:
        log.warning("every computer that reaches %s can use this server: it asks for no password", settings.host)
    print(f"Attune at http://{host}:{listening.getsockname()[1]}/", flush=True)
