"""``python -m tts.synthesize``: speak texts into files, a pipe or the loudspeaker, with plots, times and reports."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tts.commands.arguments import (
    UsageError,
    check_writable,
    companion_path,
    named_texts,
    output_paths,
    read_texts,
)
from tts.commands.runner import closed_streams
from tts.commands.sound_options import (
    FixedSilence,
    check_sound_options,
    convert,
    output_rate,
    save_speech,
)
from tts.core.errors import TextError
from tts.core.files import atomic_write

# Modules that need numpy or torch are imported inside the functions, so that `--help` and path errors are fast.
if TYPE_CHECKING:
    import numpy as np

    from tts.synthesis.speech import Speech, SpokenSentence
    from tts.synthesis.synthesizer import TTS

IMAGE_SUFFIXES = (".png", ".svg", ".pdf")
TIMING_SUFFIXES = (".json", ".srt", ".vtt", ".TextGrid")


def synthesize(arguments: argparse.Namespace) -> int:
    """Run the command. Returns the exit status, which is 3 if ``--strict`` found a fault."""
    if arguments.list_voices:
        from tts.voices.finding import list_voices

        print("\n".join(list_voices()) or "no voice is installed")
        return 0
    texts, overrides = read_texts(arguments)
    if arguments.output == "-" or (arguments.play and not (arguments.output or arguments.output_dir)):
        return _stream(arguments, texts, overrides)
    if arguments.output_dir:
        texts, paths = named_texts(texts, arguments.output_dir, arguments.output)
    else:
        paths = output_paths(arguments.output, len(texts))
    check_sound_options(arguments, paths)
    images = [companion_path(arguments.alignment, IMAGE_SUFFIXES, path, len(texts)) for path in paths]
    timings = [companion_path(arguments.timings, TIMING_SUFFIXES, path, len(texts)) for path in paths]
    written = [*paths, *(other for other in [*images, *timings, arguments.report] if other)]
    path, times = Counter(path.resolve() for path in written).most_common(1)[0]
    if times > 1:
        raise UsageError(f"Two outputs have the path {path}. Give every output its own path.")
    for path in written:
        check_writable(path)
    voice = _voice(arguments, overrides)
    spoken: list[dict[str, Any]] = []
    unspeakable = 0
    for text, path, image, timing in zip(texts, paths, images, timings):
        started = time.perf_counter()
        try:
            speech = voice(
                text,
                seed=arguments.seed,
                speed=arguments.speed,
                progress=sys.stderr.isatty(),
                repair=not arguments.no_repair,
                pitch=arguments.pitch,
            )
        except TextError as error:
            if len(texts) == 1:
                raise
            print(f"warning: {path} is not written: {error}", file=sys.stderr)
            unspeakable += 1
            continue
        save_speech(arguments, speech, path)
        _print_result(path, speech, time.perf_counter() - started, arguments.no_repair)
        if image:
            _plot(speech, image)
        if timing:
            speech.save_timings(timing)
        spoken.append({"file": str(path), **speech.as_dict()})
        if arguments.report:  # after every text, so that an interruption loses nothing
            _write_report(arguments.report, voice.engine.name, arguments.seed, spoken)
        if arguments.play:
            from tts.audio.playback import play

            play(convert(arguments, [speech.audio], speech.sample_rate), output_rate(arguments, speech.sample_rate))
    if unspeakable:
        print(f"error: {unspeakable} of {len(texts)} texts could not be spoken", file=sys.stderr)
        return 1
    return 3 if arguments.strict and not all(text["healthy"] for text in spoken) else 0


def _stream(arguments: argparse.Namespace, texts: list[str], overrides: list[str]) -> int:
    """Write audio to standard output or the loudspeaker during synthesis, and messages to standard error."""
    if arguments.alignment or arguments.timings or arguments.report:
        raise UsageError("--alignment, --timings and --report need the whole speech: name a file with -o.")
    if not arguments.play and "stdout" in closed_streams:
        raise UsageError("Standard output is closed. Name a file with -o.")
    if not arguments.play and sys.stdout.isatty():
        raise UsageError("A terminal cannot show audio. Pipe it into a player, as '-o - | aplay', or name a file.")
    voice, sentences = _voice(arguments, overrides), {}

    def audio() -> Iterator[np.ndarray]:
        for number, text in enumerate(texts):
            repair = not arguments.no_repair
            for piece in voice.stream(text, arguments.seed, arguments.speed, repair, arguments.pitch):
                if (number, piece.sentence.start) not in sentences:
                    sentences[number, piece.sentence.start] = piece.sentence
                    _print_warnings(piece.sentence, arguments.no_repair)
                yield piece.audio

    chunks, rate = convert(arguments, audio(), voice.sample_rate), output_rate(arguments, voice.sample_rate)
    if arguments.play:
        from tts.audio.playback import play

        play(chunks, rate)
    else:
        from tts.audio.io import write_wav_stream

        write_wav_stream(sys.stdout.buffer, chunks, rate, arguments.encoding)
    return 3 if arguments.strict and not all(sentence.report.healthy for sentence in sentences.values()) else 0


def _voice(arguments: argparse.Namespace, overrides: list[str]) -> TTS:
    from tts.synthesis.limits import Limits
    from tts.synthesis.synthesizer import TTS

    voice = arguments.voice
    if arguments.vocoder:
        voice, overrides = _with_vocoder(arguments, overrides), []
    limits = Limits()
    if most := arguments.max_seconds:
        limits = Limits(min(limits.sentence, most), most)
    tts = TTS(voice, arguments.device, arguments.engine, arguments.threads, overrides, limits)
    if arguments.lexicon:
        tts.engine.frontend.add_lexicon(arguments.lexicon)
    if arguments.sentence_silence is not None:
        tts.engine.frontend = FixedSilence(tts.engine.frontend, arguments.sentence_silence)
    return tts


def _with_vocoder(arguments: argparse.Namespace, overrides: list[str]) -> Any:
    """Load the voice with another vocoder, which needs torch."""
    from tts.engine.loading import check_torch

    check_torch(f"Another vocoder needs torch (--vocoder {arguments.vocoder})")
    from tts.voices.vocoder import with_vocoder
    from tts.voices.voice import load_voice

    return with_vocoder(load_voice(arguments.voice, overrides), arguments.vocoder)


def _print_result(path: Path, speech: Speech, seconds: float, repair_disabled: bool) -> None:
    factor = seconds / max(speech.duration, 1e-9)
    print(f"{path}: {speech.duration:.2f} s of speech in {seconds:.2f} s, real-time factor {factor:.3f}")
    for sentence in speech.sentences:
        _print_warnings(sentence, repair_disabled)


def _print_warnings(sentence: SpokenSentence, repair_disabled: bool) -> None:
    """Print a warning if a sentence has faults, or a note if it was synthesized again."""
    if not sentence.report.healthy:
        hint = "run without --no-repair" if repair_disabled else "repair did not help; try other punctuation or words"
        print(f"warning: {sentence.report.verdict} ({hint}): {sentence.text}", file=sys.stderr)
    elif len(sentence.attempts) > 1:
        last = sentence.attempts[-1]
        print(f"note: synthesized again ({last.strategy}, seed {last.seed}): {sentence.text}", file=sys.stderr)


def _write_report(path: Path, voice: str, seed: int, spoken: list[dict[str, Any]]) -> None:
    """Write the results of all texts so far as one JSON object."""
    counts = {key: sum(text[key] for text in spoken) for key in ("tried", "healthy_at_first_try")}
    healthy = all(text["healthy"] for text in spoken)
    content = {"voice": voice, "seed": seed, "healthy": healthy, **counts, "texts": spoken}
    atomic_write(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _plot(speech: Speech, image: Path) -> None:
    """Plot one image for each sentence. If repair split the only sentence, its first part gets the requested name."""
    count, num_sentences = len(speech.sentences), len(speech.healthy_at_first_attempt)
    for number, sentence in enumerate(speech.sentences, 1):
        numbered = image.with_stem(f"{image.stem}-{number:0{len(str(count))}d}")
        sentence.plot(image if num_sentences == number == 1 else numbered)
