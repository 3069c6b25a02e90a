"""Serve speech over HTTP with OpenAI's API and a web page.

    python -m tts.serve
    python -m tts.serve --voice heart --voice runs/mine --workers 2
    python -m tts.serve --wyoming tcp://127.0.0.1:10200

The command needs the extra: pip install "attune-tts[serve]"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tts.commands.parsing import CommandParser, number, threads, whole_number
from tts.commands.runner import fail, run
from tts.core.install import install_command
from tts.serving.settings import Settings

NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server. Returns the exit status: 0 if a signal stopped it, 1 on failure."""
    settings = Settings(**vars(_parser().parse_args(argv)))
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return fail(f"{', '.join(missing)} is missing. Install the server: {install_command('serve')}", 1)
    from tts.serving.run import serve

    return run(serve, settings)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m tts.serve", description=__doc__.splitlines()[0])
    add, default = parser.add_argument, Settings()
    shown = " (default: %(default)s)"
    add("--host", default=default.host, help=f"the address to listen on; 0.0.0.0 means every network{shown}")
    add("--port", type=whole_number(0, 65535), default=default.port, help=f"the TCP port{shown}")
    voice = "a voice to load; repeat the option for several (default: the default voice)"
    add("--voice", dest="voices", action="append", default=[], metavar="NAME", help=voice)
    alias = "another name of a loaded voice; repeat the option (default: OpenAI's names are the default voice)"
    add("--alias", dest="aliases", type=_alias, action="append", default=[], metavar="NAME=VOICE", help=alias)
    add("--workers", type=whole_number(1), default=default.workers, help=f"the number of worker processes{shown}")
    batch = f"the number of requests that a worker processes at the same time{shown}"
    add("--batch", type=whole_number(1), default=default.batch, help=batch)
    queue = f"the number of requests that may wait; further requests get status 429{shown}"
    add("--queue", type=whole_number(0), default=default.queue, help=queue)
    characters = f"the maximum length of a request's text in characters{shown}"
    add("--max-characters", type=whole_number(1), default=default.max_characters, help=characters)
    seconds = f"the maximum audio of a request in seconds{shown}"
    add("--max-seconds", type=number(1), default=default.max_seconds, help=seconds)
    add("--timeout", type=number(1), default=default.timeout, help=f"the time limit of a request in seconds{shown}")
    add("--threads", type=threads, default=default.threads, help=f"the number of CPU threads of a worker{shown}")
    add("--device", default=default.device, help=f"the device, cpu or cuda{shown}")
    engine = "the engine that runs the voice (default: onnx if the voice has it, else torch)"
    add("--engine", choices=("onnx", "torch"), help=engine)
    lexicon = "a lexicon file; the web page adds pronunciations to it (default: none)"
    add("--lexicon", type=Path, metavar="FILE", help=lexicon)
    wyoming = "also serve the Wyoming protocol at this URI, such as tcp://127.0.0.1:10200 (default: do not)"
    add("--wyoming", metavar="URI", help=wyoming)
    return parser


def _alias(word: str) -> tuple[str, str]:
    name, sign, voice = word.partition("=")
    if not (name and sign and voice):
        raise argparse.ArgumentTypeError(f"'{word}' is not NAME=VOICE, such as alloy=heart")
    return name, voice


if __name__ == "__main__":
    sys.exit(main())
