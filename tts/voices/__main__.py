"""List, install and remove voices.

python -m tts.voices list
python -m tts.voices install https://example.org/anna.tar.gz --sha256 5f2b...
python -m tts.voices install runs/mine/voice --name mine
python -m tts.voices remove mine
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands.runner import run
from tts.voices.finding import find_voice, has_onnx, is_shipped, list_voices
from tts.voices.installing import install_voice, remove_voice


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 done, 1 failed."""
    arguments = _parser().parse_args(argv)
    return run(arguments.run, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tts.voices", description="List, install and remove voices.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="name the voices and where they are")
    listing.set_defaults(run=_list)
    install = commands.add_parser("install", help="install a voice from a folder, a .zip, a .tar.gz or a URL of one")
    install.add_argument("source", metavar="SOURCE", help="a path or an http(s) URL")
    install.add_argument("--name", help="to call it (default: the name of the file)")
    install.add_argument("--sha256", metavar="HEX", help="refuse a file that has another SHA-256")
    install.add_argument("--replace", action="store_true", help="replace an installed voice of this name")
    install.set_defaults(run=_install)
    remove = commands.add_parser("remove", help="remove an installed voice")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)
    return parser


def _list(arguments: argparse.Namespace) -> None:
    for name in list_voices():
        folder = find_voice(name)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        origin = "shipped" if is_shipped(name) else "installed"
        print(f"{name}\t{origin}\t{'onnx' if has_onnx(folder) else 'torch'}\t{size / 1e6:.1f} MB\t{folder}")


def _install(arguments: argparse.Namespace) -> None:
    folder = install_voice(arguments.source, arguments.name, arguments.sha256, arguments.replace)
    print(f'{folder}: try it with python -m tts.synthesize "Hello world." --voice {folder.name} -o hello.wav')


def _remove(arguments: argparse.Namespace) -> None:
    remove_voice(arguments.name)
    print(f"removed {arguments.name}")


if __name__ == "__main__":
    sys.exit(main())
