"""The list of commands: every file at the top level of the package, found without an import."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
OLD_NAME = "The old name of "
#: Packages that are commands too.
EXTRA = {name: PACKAGE / name / "__main__.py" for name in ("text", "voices")}


def commands() -> dict[str, str]:
    """Return every command with its summary in alphabetical order, without old names."""
    files = {path.stem: path for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")} | EXTRA
    summaries = {name: summary(path) for name, path in sorted(files.items())}
    return {name: line for name, line in summaries.items() if not line.startswith(OLD_NAME)}


def module_of(name: str) -> str:
    """Return the module that ``attune NAME`` runs."""
    return f"tts.{name}.__main__" if name in EXTRA else f"tts.{name}"


def exists(name: str) -> bool:
    """Return whether ``name`` is the current or an old name of a command."""
    return name in EXTRA or (name.isidentifier() and not name.startswith("__") and (PACKAGE / f"{name}.py").is_file())


def summary(path: Path) -> str:
    """Return the first line of a file's docstring, without an example that may follow it."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].partition(": ``")[0].rstrip(".:")
