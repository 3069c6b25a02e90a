"""Text to samples beside torchaudio's Tacotron 2 with HiFi-GAN V1, one core: ``python -m benchmarks.pipeline``.

The voice reads sentences as it ships. The peer gets as many symbols and makes as many frames as the voice did, with
random weights, which take as long as trained ones; its text front end is not counted. Ratios are of the medians of
interleaved repetitions; the machine should be idle.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from benchmarks.acoustic import interleaved
from benchmarks.reference_tacotron2 import torchaudio_tacotron2
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

        with torch.inference_mode():
            ours, others = interleaved({"ours": lambda text=text: tts(text), "theirs": theirs}, repeats).values()
        print(
            f"{speech.duration:5.2f} s of speech: real-time factor {ours / speech.duration:.3f}, "
            f"torchaudio {others / speech.duration:.3f}, {others / ours:.1f} x"
        )
    seconds = interleaved({"first": lambda: first_sound(tts)}, repeats)["first"]
    print(f"first sound of {len(SENTENCES) * 10} sentences, warm: {seconds:.3f} s")


def first_sound(tts: TTS) -> None:
    """Until something of a long text can be heard."""
    next(piece for piece in tts.stream(LONG) if len(piece.audio))


if __name__ == "__main__":
    main()
