"""Serve speech over HTTP as OpenAI's API does, with a page to try it.

    python -m tts.serve
    python -m tts.serve --voice heart --voice runs/mine --workers 2
    python -m tts.serve --wyoming tcp://127.0.0.1:10200

Needs the extra: pip install "attune-tts[serve]"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tts.commands.runner import fail, run
from tts.serving.settings import Settings

NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 stopped by a signal, 1 failed."""
    settings = Settings(**vars(_parser().parse_args(argv)))
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return fail(f'{", ".join(missing)} is missing. Install the server: pip install "attune-tts[serve]"', 1)
    from tts.serving.run import serve

    return run(serve, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tts.serve", description=__doc__.splitlines()[0])
    add, default = parser.add_argument, Settings()
    add("--host", default=default.host, help="address to listen on; 0.0.0.0 is every network (%(default)s)")
    add("--port", type=int, default=default.port, help="TCP port (%(default)s)")
    add("--voice", dest="voices", action="append", default=[], metavar="NAME", help="a voice to load; may be repeated")
    add("--workers", type=_positive, default=default.workers, help="processes that synthesize (%(default)s)")
    add("--batch", type=_positive, default=default.batch, help="requests that one worker makes at a time (%(default)s)")
    add("--queue", type=int, default=default.queue, help="requests that may wait; more get status 429 (%(default)s)")
    add("--max-characters", type=_positive, default=default.max_characters, help="of a request (%(default)s)")
    add("--max-seconds", type=float, default=default.max_seconds, help="of audio of a request (%(default)s)")
    add("--timeout", type=float, default=default.timeout, help="seconds to finish a request in (%(default)s)")
    add("--threads", type=_positive, default=default.threads, help="of the CPU for a worker (%(default)s)")
    add("--device", default=default.device, help="cpu or cuda (%(default)s)")
    add("--engine", choices=("onnx", "torch"), help="what computes (onnx where the voice has it)")
    add("--lexicon", type=Path, metavar="FILE", help="pronunciations; the page saves new ones there")
    add("--wyoming", metavar="URI", help="also serve the Wyoming protocol, for example tcp://127.0.0.1:10200")
    return parser


def _positive(word: str) -> int:
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{word} is less than 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
