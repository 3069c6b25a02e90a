"""Run the server until a signal stops it; what it has begun is finished."""

from __future__ import annotations

import logging
import re
import signal
import socket
import sys
from importlib.util import find_spec

import uvicorn

from tts.core.config import UntrustedTargetError
from tts.serving.app import create_app
from tts.serving.pools import make_pool
from tts.serving.settings import Settings
from tts.voices.finding import VoiceError

WYOMING_URI = re.compile(r"tcp://[^/:]+:\d+|unix://.+")
BACKLOG = 256  # connections that the system holds until they are accepted


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    if settings.wyoming and not WYOMING_URI.fullmatch(settings.wyoming):
        return _fail(f"'{settings.wyoming}' is no place to serve Wyoming at. Write tcp://HOST:PORT or unix://PATH.")
    if settings.wyoming and find_spec("wyoming") is None:
        return _fail('The package wyoming is missing. Install it: pip install "attune-tts[wyoming]"')
    try:
        listening = _listen(settings.host, settings.port)
    except OSError as error:
        return _fail(f"{settings.host}:{settings.port} cannot be used ({error.strerror}). Use another --port.")
    try:
        pool = make_pool(settings)
    except (VoiceError, UntrustedTargetError) as error:
        return _fail(error)
    app = create_app(settings, lambda _: pool)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=30, server_header=False)
    server = uvicorn.Server(config)
    _announce(settings, listening)
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn repeats the signal when it has stopped, to die of it
        signal.signal(number, lambda *_: None)
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _fail(message: object) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    return listening


def _announce(settings: Settings, listening: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"Attune at http://{host}:{listening.getsockname()[1]}/", flush=True)
