"""The command that installs an extra of this package."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def install_command(extra: str) -> str:
    """Return the command that installs ``extra``: from the checkout if this is one, else by the package's name.

    >>> install_command("train")  # in a checkout, /home/me/attune
    'pip install -e "/home/me/attune[train]"'
    """
    if not (ROOT / "pyproject.toml").is_file():
        return f'pip install "attune-tts[{extra}]"'
    return f'pip install -e "{"." if Path.cwd() == ROOT else ROOT}[{extra}]"'
