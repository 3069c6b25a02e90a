"""Speak from the command line.

    python -m tts.synthesize "Hello world." -o hello.wav
    python -m tts.synthesize "One." "Two." -o folder/
    python -m tts.synthesize --file story.txt -o story.wav --alignment story.png
    echo "Hello world." | python -m tts.synthesize -o hello.flac
    python -m tts.synthesize --file story.txt -o story.wav --report story.json --strict
    python -m tts.synthesize "<speak>One <break/> two.</speak>" -o two.wav --timings two.srt

Every sentence's alignment is checked. Where it shows that words were skipped, said twice or cut off, the sentence is
read again (`tts.repair`) unless ``--no-repair``; what is still wrong is told, written to ``--report``, and with
``--strict`` makes the exit status 3.

Trailing ``key=value`` words change the voice's config for this call: ``vocoder.iterations=60``.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tts

# torch and all that needs it is imported in the functions below: `--help` and a mistyped path answer at once.
if TYPE_CHECKING:
    from tts.speech import Speech
    from tts.synthesizer import TTS

SUFFIXES = (".wav", ".flac", ".mp3")
IMAGE_SUFFIXES = (".png", ".svg", ".pdf")
TIMING_SUFFIXES = (".json", ".srt", ".vtt", ".TextGrid")
OVERRIDE = re.compile(r"[a-z_]\w*(\.\w+)+=\S*")  # a dotted path; "E=mc2" is text


class UsageError(Exception):
    """What was asked cannot be done; the message says what to do instead."""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status: 0 spoken, 1 failed, 2 asked for something impossible, 3 not `--strict`."""
    arguments = _parser().parse_intermixed_args(argv)
    logging.basicConfig(format="warning: %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        return _run(arguments)
    except UsageError as error:
        return _fail(error, 2)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        from tts.audio.io import AudioError
        from tts.config import UntrustedTargetError
        from tts.text.frontend import TextError
        from tts.voice import VoiceError

        if isinstance(error, (AudioError, UntrustedTargetError, TextError, VoiceError, OSError)):
            return _fail(error, 1)
        raise


def _run(arguments: argparse.Namespace) -> int:
    if arguments.list_voices:
        from tts.voice import list_voices

        print("\n".join(list_voices()) or "no voice ships with this copy")
        return 0
    texts, overrides = _texts(arguments)
    paths = _paths(arguments.output, len(texts))
    images = [_beside(arguments.alignment, IMAGE_SUFFIXES, path, len(texts)) for path in paths]
    timings = [_beside(arguments.timings, TIMING_SUFFIXES, path, len(texts)) for path in paths]
    for path in {*paths, *(other for other in [*images, *timings, arguments.report] if other)}:
        _check_writable(path)
    voice = _voice(arguments, overrides)
    spoken: list[dict[str, Any]] = []
    for text, path, image, times in zip(texts, paths, images, timings):
        started = time.perf_counter()
        speech = voice(
            text,
            seed=arguments.seed,
            speed=arguments.speed,
            progress=sys.stderr.isatty(),
            repair=not arguments.no_repair,
        )
        speech.save(path)
        _tell(path, speech, time.perf_counter() - started)
        if image:
            _plot(speech, image)
        if times:
            speech.save_timings(times)
        spoken.append({"file": str(path), **speech.as_dict()})
        if arguments.report:  # after every text: an interruption loses nothing
            _write_report(arguments.report, voice.voice.name, arguments.seed, spoken)
    return 3 if arguments.strict and not all(text["healthy"] for text in spoken) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tts.synthesize",
        description="Speak texts into wav or flac files.",
        epilog="Words such as vocoder.iterations=60 at the end change the voice's config for this call.",
    )
    add = parser.add_argument
    add("words", nargs="*", metavar="TEXT", help="a text to speak; several go to a folder; none or '-' reads stdin")
    add("--text", action="append", default=[], help="the same as a bare TEXT")
    add("-f", "--file", "--input-file", "--input_file", type=Path, help="speak the text of a UTF-8 file")
    add("--lines", action="store_true", help="each line of --file or stdin is a text of its own, into a folder")
    names = ("-o", "--output", "--out", "--out_path", "--out-path", "--output-file", "--output_file")
    add(
        *names,
        type=str,
        metavar="PATH",
        help=".wav, .flac or .mp3, or a folder for several texts (out.wav)",
    )
    add("--voice", "--model_name", "--model-name", help="a name of --list-voices, a voice folder or a training run")
    add("--vocoder", metavar="NAME", help="speak through another: griffin_lim, a vocoder folder, a run or a voice")
    add("--list-voices", "--list_models", "--list-models", action="store_true", help="name the voices that ship")
    add("--seed", type=int, default=0, help="another seed, another reading (default: 0)")
    add("--speed", type=_speed, default=1.0, help="2 is twice as fast, where the voice's model has speed")
    add("--device", default="cpu", help="cpu or cuda (default: cpu)")
    add("--threads", type=int, default=1, help="of the CPU (default: 1, the fastest)")
    add("--alignment", type=Path, metavar="PNG", help="also plot mel, alignment and stop curve")
    add("--timings", type=Path, metavar="FILE", help="when each word is heard: .json, .srt, .vtt or .TextGrid")
    add("--lexicon", type=Path, metavar="FILE", help="words and how they are said, one a line, in IPA or ARPAbet")
    add("--report", type=Path, metavar="JSON", help="write what the alignments say: verdicts, faults, attempts")
    add("--strict", action="store_true", help="exit with status 3 if a sentence is not complete and in order")
    add("--no-repair", action="store_true", help="do not read a sentence again whose alignment is bad")
    add("--version", action="version", version=f"attune-tts {tts.__version__}")
    return parser


def _speed(word: str) -> float:
    value = float(word)
    if not 0.1 <= value <= 10.0:
        raise argparse.ArgumentTypeError(f"{word} is not between 0.1 and 10")
    return value


def _texts(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The texts to speak, and the overrides among the words."""
    overrides = [word for word in arguments.words if OVERRIDE.fullmatch(word)]
    texts = arguments.text + [word for word in arguments.words if word not in overrides]
    if arguments.file and texts:
        raise UsageError("There is a text and a --file. Give one of them.")
    for text in texts:
        _check_unicode(text)
    if arguments.file:
        read = _decode(_read_file(arguments.file), str(arguments.file))
    elif not texts or texts == ["-"]:
        if sys.stdin.isatty():
            raise UsageError('There is no text. Write one: python -m tts.synthesize "Hello world." -o hello.wav')
        read = _decode(sys.stdin.buffer.read(), "stdin")
    else:
        return texts, overrides
    texts = [line for line in read.splitlines() if line.strip()] if arguments.lines else [read]
    return texts or [""], overrides


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "The text on the command line is not valid UTF-8. Put it into a file and convert it."
        ) from error


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Name an existing text file.") from error


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not valid UTF-8 (byte 0x{data[error.start]:02x} at position {error.start}). "
            "Convert it, for example with: iconv -f latin1 -t utf-8"
        ) from error


def _paths(output: str | None, count: int) -> list[Path]:
    """One path for each text: the file that was named, or numbered files in the folder that was."""
    path = Path(output or ("speech" if count > 1 else "out.wav"))
    is_folder = path.is_dir() or (output or "").endswith(("/", os.sep)) or (count > 1 and not path.suffix)
    if is_folder:
        return [path / f"{number:0{len(str(count))}d}.wav" for number in range(1, count + 1)]
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path} must end in .wav, .flac or .mp3; a folder must exist or end in '/'.")
    if count > 1:
        raise UsageError(f"{count} texts do not go into one file. Name a folder: -o {path.stem}/")
    return [path]


def _beside(wanted: Path | None, suffixes: Sequence[str], path: Path, count: int) -> Path | None:
    """Where a plot or timings of ``path`` go; of several texts each beside its audio."""
    if wanted is not None and wanted.suffix.lower() not in map(str.lower, suffixes):
        raise UsageError(f"{wanted} must end in {', '.join(suffixes[:-1])} or {suffixes[-1]}.")
    if wanted is None or count == 1:
        return wanted
    return path.with_suffix(wanted.suffix)


def _check_writable(path: Path) -> None:
    """Better now than after minutes of synthesis."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}). Choose another place with -o.") from error


def _voice(arguments: argparse.Namespace, overrides: list[str]) -> TTS:
    import torch

    from tts.synthesizer import TTS
    from tts.vocoder_folder import with_vocoder
    from tts.voice import load_voice

    torch.set_num_threads(max(arguments.threads, 1))
    voice = load_voice(arguments.voice, overrides)
    if arguments.vocoder:
        voice = with_vocoder(voice, arguments.vocoder)
    if arguments.lexicon:
        voice.frontend.add_lexicon(arguments.lexicon)
    return TTS(voice, arguments.device)


def _tell(path: Path, speech: Speech, seconds: float) -> None:
    factor = seconds / max(speech.duration, 1e-9)
    print(f"{path}: {speech.duration:.2f} s of speech in {seconds:.2f} s, real-time factor {factor:.3f}")
    for sentence in speech.sentences:
        if not sentence.report.healthy:
            hint = "try another --seed" if len(sentence.attempts) == 1 else "no other reading was better"
            print(f"warning: {sentence.report.verdict} ({hint}): {sentence.text}", file=sys.stderr)
        elif len(sentence.attempts) > 1:
            last = sentence.attempts[-1]
            print(f"note: read again ({last.rung}, seed {last.seed}): {sentence.text}", file=sys.stderr)


def _write_report(path: Path, voice: str, seed: int, spoken: list[dict[str, Any]]) -> None:
    """What is known of all texts so far, as one JSON object."""
    counts = {key: sum(text[key] for text in spoken) for key in ("tried", "healthy_at_first_try")}
    healthy = all(text["healthy"] for text in spoken)
    content = {"voice": voice, "seed": seed, "healthy": healthy, **counts, "texts": spoken}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _plot(speech: Speech, image: Path) -> None:
    """One image for each sentence; if a single one had to be split, its first part has the name that was asked for."""
    count, asked = len(speech.sentences), len(speech.first_tries)
    for number, sentence in enumerate(speech.sentences, 1):
        numbered = image.with_stem(f"{image.stem}-{number:0{len(str(count))}d}")
        sentence.plot(image if asked == number == 1 else numbered)


def _fail(message: Any, status: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
