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

from tts.commands.parsing import CommandParser
from tts.commands.runner import run
from tts.voices.finding import find_voice, has_onnx, is_shipped, list_voices
from tts.voices.installing import install_voice, remove_voice


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 on success, 1 on failure."""
    arguments = _parser().parse_args(argv)
    return run(arguments.run, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m tts.voices", description="List, install and remove voices.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="list the voices and their folders")
    listing.set_defaults(run=_list)
    install = commands.add_parser("install", help="install a voice from a folder, a .zip or .tar.gz file, or a URL")
    install.add_argument("source", metavar="SOURCE", help="the path or http(s) URL of the voice")
    install.add_argument("--name", help="the name of the voice (default: the name of the file)")
    install.add_argument("--sha256", metavar="HEX", help="stop if the file has another SHA-256 (default: no check)")
    install.add_argument("--replace", action="store_true", help="replace an installed voice with this name")
    install.set_defaults(run=_install)
    remove = commands.add_parser("remove", help="remove an installed voice")
    remove.add_argument("name", metavar="NAME", help="the name of the voice")
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
