from dataclasses import replace

import numpy as np
import torch

from tts.evaluation.asr import SAMPLE_RATE
from tts.evaluation.attention.hearing import hear


class Deaf:
    """A recognizer that returns the same two words for any audio."""

    name = "deaf"

    def __init__(self):
        self.seconds = []

    def __call__(self, wav):
        self.seconds.append(len(wav) / SAMPLE_RATE)
        return "A river"

    def normalize(self, text):
        return text.lower().strip(".")


class Hum(torch.nn.Module):
    """A vocoder that returns one tone."""

    def forward(self, mel):
        return torch.sin(torch.arange(256 * mel.shape[2]) * 0.05).expand(len(mel), -1)


def test_word_errors_are_counted_for_every_text(tiny_voice):
    recognizer = Deaf()
    found = hear(replace(tiny_voice, vocoder=Hum()), ["A river.", "A window."], recognizer)
    assert found["wer"] == 25.0
    assert found["heard"] == ["A river", "A river"]
    assert found["recognizer"] == "deaf"
    assert np.min(recognizer.seconds) > 0.05
