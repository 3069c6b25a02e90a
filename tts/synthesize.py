"""Speak from the command line.

    python -m tts.synthesize "Hello world." -o hello.wav
    python -m tts.synthesize "One." "Two." -o folder/
    python -m tts.synthesize --file story.txt -o story.wav --alignment story.png
    echo "Hello world." | python -m tts.synthesize -o hello.flac
    python -m tts.synthesize "Hello world." --play
    python -m tts.synthesize "Please hold the line." -o hold.wav --sample-rate 8000 --encoding ulaw
    python -m tts.synthesize --file ids.txt --lines --output-dir prompts    # lines such as greeting|Hello.
    python -m tts.synthesize --file story.txt -o - | aplay
    python -m tts.synthesize --file story.txt -o story.wav --report story.json --strict
    python -m tts.synthesize "<speak>One <break/> two.</speak>" -o two.wav --timings two.srt

Every sentence's alignment is checked. Where it shows that words were skipped, said twice or cut off, the sentence is
read again (`tts.synthesis.repair`) unless ``--no-repair``; what is still wrong is told, written to ``--report``, and
with
``--strict`` makes the exit status 3.

Trailing ``key=value`` words change the voice's config for this call: ``vocoder.iterations=60``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tts
from tts.commands.arguments import UsageError, beside, check_writable, named_texts, output_paths, read_texts
from tts.commands.sound_options import (
    FixedSilence,
    add_sound_options,
    check_sound_options,
    converted,
    output_rate,
    save_speech,
)
from tts.core.files import atomic_write

# torch and all that needs it is imported in the functions below: `--help` and a mistyped path answer at once.
if TYPE_CHECKING:
    import numpy as np

    from tts.synthesis.speech import Speech, SpokenSentence
    from tts.synthesis.synthesizer import TTS

IMAGE_SUFFIXES = (".png", ".svg", ".pdf")
TIMING_SUFFIXES = (".json", ".srt", ".vtt", ".TextGrid")


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
    except BrokenPipeError:
        return _fail("nobody listens any more at the other end of the pipe", 1)
    except Exception as error:
        from tts.audio.io import AudioError
        from tts.core.config import UntrustedTargetError
        from tts.text.frontend import TextError
        from tts.voices.finding import VoiceError

        if isinstance(error, (AudioError, UntrustedTargetError, TextError, VoiceError, OSError)):
            return _fail(error, 1)
        raise


def _run(arguments: argparse.Namespace) -> int:
    if arguments.list_voices:
        from tts.voices.finding import list_voices

        print("\n".join(list_voices()) or "no voice ships with this copy")
        return 0
    texts, overrides = read_texts(arguments)
    if arguments.output == "-" or (arguments.play and not (arguments.output or arguments.output_dir)):
        return _stream(arguments, texts, overrides)
    if arguments.output_dir:
        texts, paths = named_texts(texts, arguments.output_dir, arguments.output)
    else:
        paths = output_paths(arguments.output, len(texts))
    check_sound_options(arguments, paths)
    images = [beside(arguments.alignment, IMAGE_SUFFIXES, path, len(texts)) for path in paths]
    timings = [beside(arguments.timings, TIMING_SUFFIXES, path, len(texts)) for path in paths]
    for path in {*paths, *(other for other in [*images, *timings, arguments.report] if other)}:
        check_writable(path)
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
        save_speech(arguments, speech, path)
        _tell(path, speech, time.perf_counter() - started, arguments.no_repair)
        if image:
            _plot(speech, image)
        if times:
            speech.save_timings(times)
        spoken.append({"file": str(path), **speech.as_dict()})
        if arguments.report:  # after every text: an interruption loses nothing
            _write_report(arguments.report, voice.engine.name, arguments.seed, spoken)
        if arguments.play:
            from tts.audio.playback import play

            play(converted(arguments, [speech.audio], speech.sample_rate), output_rate(arguments, speech.sample_rate))
    return 3 if arguments.strict and not all(text["healthy"] for text in spoken) else 0


def _stream(arguments: argparse.Namespace, texts: list[str], overrides: list[str]) -> int:
    """Sound to standard output or the loudspeaker while it is being made; all else to standard error."""
    if arguments.alignment or arguments.timings or arguments.report:
        raise UsageError("--alignment, --timings and --report need the whole speech: name a file with -o.")
    if not arguments.play and sys.stdout.isatty():
        raise UsageError("Sound is no text for a terminal. Pipe it into a player, '-o - | aplay', or name a file.")
    voice, heard = _voice(arguments, overrides), {}

    def audio() -> Iterator[np.ndarray]:
        for number, text in enumerate(texts):
            for piece in voice.stream(text, arguments.seed, arguments.speed, repair=not arguments.no_repair):
                if (number, piece.sentence.start) not in heard:
                    heard[number, piece.sentence.start] = piece.sentence
                    _judge(piece.sentence, arguments.no_repair)
                yield piece.audio

    chunks, rate = converted(arguments, audio(), voice.sample_rate), output_rate(arguments, voice.sample_rate)
    if arguments.play:
        from tts.audio.playback import play

        play(chunks, rate)
    else:
        from tts.audio.io import write_wav_stream

        write_wav_stream(sys.stdout.buffer, chunks, rate, arguments.encoding)
    return 3 if arguments.strict and not all(sentence.report.healthy for sentence in heard.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tts.synthesize",
        description="Speak texts into wav, flac or mp3 files, or into a pipe.",
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
        help=".wav, .flac or .mp3, a folder for several texts, or '-' for a wav to standard output (out.wav)",
    )
    add(
        "--output-dir", "--output_dir", type=Path, metavar="DIR", help="a file ID.wav for each text 'ID|text', or 1.wav"
    )
    add_sound_options(parser)
    add("--voice", "--model_name", "--model-name", help="a name of --list-voices, a voice folder or a training run")
    add("--vocoder", metavar="NAME", help="speak through another: griffin_lim, a vocoder folder, a run or a voice")
    add("--list-voices", "--list_models", "--list-models", action="store_true", help="name the installed voices")
    add("--seed", type=int, default=0, help="another seed, another reading, of voices that vary (default: 0)")
    add("--speed", type=_speed, default=1.0, help="2 is twice as fast, where the voice's model has speed")
    add("--device", default="cpu", help="cpu or cuda (default: cpu)")
    add("--threads", type=int, default=1, help="of the CPU (default: 1, the fastest)")
    add("--engine", choices=("onnx", "torch"), help="what computes (default: onnx where the voice has it)")
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


def _voice(arguments: argparse.Namespace, overrides: list[str]) -> TTS:
    from tts.synthesis.synthesizer import TTS

    voice = arguments.voice
    if arguments.vocoder:
        voice, overrides = _with_vocoder(arguments, overrides), []
    tts = TTS(voice, arguments.device, arguments.engine, max(arguments.threads, 1), overrides)
    if arguments.lexicon:
        tts.engine.frontend.add_lexicon(arguments.lexicon)
    if arguments.sentence_silence is not None:
        tts.engine.frontend = FixedSilence(tts.engine.frontend, arguments.sentence_silence)
    return tts


def _with_vocoder(arguments: argparse.Namespace, overrides: list[str]) -> Any:
    """The voice speaking through another vocoder, which needs torch."""
    from tts.engine.loading import check_torch

    check_torch(f"Another vocoder is computed by torch (--vocoder {arguments.vocoder})")
    from tts.voices.vocoder import with_vocoder
    from tts.voices.voice import load_voice

    return with_vocoder(load_voice(arguments.voice, overrides), arguments.vocoder)


def _tell(path: Path, speech: Speech, seconds: float, once: bool) -> None:
    factor = seconds / max(speech.duration, 1e-9)
    print(f"{path}: {speech.duration:.2f} s of speech in {seconds:.2f} s, real-time factor {factor:.3f}")
    for sentence in speech.sentences:
        _judge(sentence, once)


def _judge(sentence: SpokenSentence, once: bool) -> None:
    """Say what is wrong with a sentence, which was read only ``once`` if that was asked for."""
    if not sentence.report.healthy:
        hint = "read it without --no-repair" if once else "no other reading was better; try other punctuation or words"
        print(f"warning: {sentence.report.verdict} ({hint}): {sentence.text}", file=sys.stderr)
    elif len(sentence.attempts) > 1:
        last = sentence.attempts[-1]
        print(f"note: read again ({last.strategy}, seed {last.seed}): {sentence.text}", file=sys.stderr)


def _write_report(path: Path, voice: str, seed: int, spoken: list[dict[str, Any]]) -> None:
    """What is known of all texts so far, as one JSON object."""
    counts = {key: sum(text[key] for text in spoken) for key in ("tried", "healthy_at_first_try")}
    healthy = all(text["healthy"] for text in spoken)
    content = {"voice": voice, "seed": seed, "healthy": healthy, **counts, "texts": spoken}
    atomic_write(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _plot(speech: Speech, image: Path) -> None:
    """One image for each sentence; if a single one had to be split, its first part has the name that was asked for."""
    count, asked = len(speech.sentences), len(speech.healthy_at_first_attempt)
    for number, sentence in enumerate(speech.sentences, 1):
        numbered = image.with_stem(f"{image.stem}-{number:0{len(str(count))}d}")
        sentence.plot(image if asked == number == 1 else numbered)


def _fail(message: Any, status: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
