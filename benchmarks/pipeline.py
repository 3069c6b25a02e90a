"""Text to samples beside torchaudio's Tacotron 2 with HiFi-GAN V1, one core: ``python -m benchmarks.pipeline``.

The voice reads sentences as it ships. The peer gets as many symbols and makes as many frames as the voice did, with
random weights, which take as long as trained ones; its text front end is not counted. Ratios are of the medians of
interleaved repetitions; the machine should be idle.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from benchmarks.peer import torchaudio_tacotron2
from benchmarks.vocoder import configured
from tts import TTS

SENTENCES = [
    "The morning train was late again, and nobody on the platform seemed surprised.",
    "Please close the window before you leave the room.",
    "She found an old map of the island in a box under the stairs.",
]
LONG = " ".join(SENTENCES * 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    tts, peer, vocoder = TTS(), torchaudio_tacotron2().eval(), configured("hifigan_v1").eval()
    peer.decoder.gate_threshold = 2.0
    for text in SENTENCES:
        speech = tts(text)
        symbols, frames = len(speech.phonemes), speech.mel.shape[1]
        tokens, lengths = torch.randint(1, 40, (1, symbols)), torch.tensor([symbols])
        peer.decoder.decoder_max_step = frames

        def theirs(tokens=tokens, lengths=lengths):
            return vocoder(peer.infer(tokens, lengths)[0])

        ours, others = measure(lambda text=text: tts(text), theirs, repeats)
        print(
            f"{speech.duration:5.2f} s of speech: real-time factor {ours / speech.duration:.3f}, "
            f"torchaudio {others / speech.duration:.3f}, {others / ours:.1f} x"
        )
    print(f"first sentence of {len(SENTENCES) * 10}, warm: {first_sound(tts, repeats):.3f} s")


@torch.inference_mode()
def measure(ours, theirs, repeats: int) -> list[float]:
    """Median seconds of both, taken in turn after a warm-up."""
    seconds: list[list[float]] = [[], []]
    for repeat in range(repeats + 1):
        for times, run in zip(seconds, (ours, theirs)):
            start = time.perf_counter()
            run()
            if repeat:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in seconds]


def first_sound(tts: TTS, repeats: int) -> float:
    """Median seconds until the first sentence of a long text is there, the whole text read by the front end."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        tts.voice.frontend.read(LONG)
        tts(SENTENCES[0])
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
