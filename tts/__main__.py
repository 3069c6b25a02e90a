"""List and run the commands: ``attune`` or ``python -m tts`` lists them, ``attune COMMAND ...`` runs one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from tts.commands.listing import commands, exists, module_of
from tts.commands.runner import fail, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, or list all commands. A text without a command is spoken. Returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        return run(_list)
    name = words[0].replace("-", "_")
    if exists(name):
        words = words[1:]
    elif words[0].isidentifier() or words[0].replace("-", "").isidentifier():
        close = get_close_matches(name, commands(), n=1)
        hint = f"Did you mean 'attune {close[0]}'?" if close else "Run 'attune' to list the commands."
        return fail(f"there is no command '{words[0]}'. {hint}", 2)
    else:
        name = "synthesize"
    sys.argv = [f"attune {name}", *words]  # Hydra reads this
    return importlib.import_module(module_of(name)).main() or 0


def _list() -> None:
    listed = commands()
    width = max(map(len, listed))
    print("Usage: attune COMMAND ...    attune COMMAND --help explains a command\n")
    for name, line in listed.items():
        print(f"  {name:<{width}}  {line}")


if __name__ == "__main__":
    sys.exit(main())
