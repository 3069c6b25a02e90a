"""Show how the front end reads a text: ``python -m tts.text "Dr. Jones paid $3.50."``

A table shows each word of the source with its normalized form, its phonemes and its tokens.

    python -m tts.text "He paid $3.50." --lexicon words.txt
    echo "<speak>Hi <break/> there.</speak>" | python -m tts.text
    python -m tts.text "..." --json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tts.commands.parsing import CommandParser
from tts.commands.runner import run
from tts.text.frontend import EncodedSentence, TextFrontend

WORD_KEYS = ("text", "normalized", "char_start", "char_end", "token_start", "token_end")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 on success, 1 if the text cannot be read."""
    return run(_show_text, _parser().parse_args(argv))


def _show_text(arguments: argparse.Namespace) -> None:
    text = " ".join(arguments.text) if arguments.text else sys.stdin.read() if sys.stdin else ""
    frontend = TextFrontend(arguments.language, lexicon=arguments.lexicon, emoji=arguments.emoji)
    if arguments.json:
        print(json.dumps([_plain(part) for part in frontend.read(text)], ensure_ascii=False, indent=1))
        return
    for part in frontend.sentences(text):
        _show(part)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m tts.text", description="Show how the front end reads a text.")
    add = parser.add_argument
    add("text", nargs="*", help="the plain text or SSML to read (default: standard input)")
    add("--language", default="en-us", help="the espeak-ng language of the text (default: en-us)")
    add("--lexicon", metavar="FILE", help="use the pronunciations in FILE, one word per line (default: none)")
    add("--emoji", action="store_true", help="read emoji by their names (default: leave them out)")
    add("--json", action="store_true", help="print all results as JSON (default: print a table)")
    return parser


def _show(part: EncodedSentence) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    reading = part.reading
    console = Console(width=None if sys.stdout.isatty() else 120)
    for name, value in (("source", reading.text), ("normalized", reading.normalized), ("phonemes", reading.phonemes)):
        console.print(Text.assemble((f"{name:<11}", "bold"), " ".join(value.split())))
    rate = f", rate {part.rate:g}" if part.rate != 1 else ""
    rate += f", pitch {part.pitch:+g} semitones" if part.pitch else ""
    rate += f", volume {part.volume:+g} dB" if part.volume else ""
    console.print(
        Text.assemble((f"{'tokens':<11}", "bold"), f"{len(reading.tokens)}, then {part.pause:g} s of silence{rate}")
    )
    table = Table("source", "span", "normalized", "phonemes", "tokens")
    for word in reading.words:
        inside = slice(word.token_start, word.token_end)
        symbols, tokens = "".join(reading.symbols[inside]), " ".join(map(str, reading.tokens[inside]))
        cells = [word.text or "", f"{word.char_start}–{word.char_end}", word.normalized, symbols, tokens]
        table.add_row(*map(Text, cells))
    console.print(table)


def _plain(part: EncodedSentence) -> dict:
    words = [{key: getattr(word, key) for key in WORD_KEYS} for word in part.reading.words]
    reading = part.reading._asdict() | {"words": words}
    return {**reading, "pause": part.pause, "rate": part.rate, "pitch": part.pitch, "volume": part.volume}


if __name__ == "__main__":
    sys.exit(main())
