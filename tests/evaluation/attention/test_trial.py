from dataclasses import replace

import numpy as np
import torch

from tts.core.interfaces import AcousticOutput
from tts.evaluation.attention.trial import MAX_BATCH, first_attempts, max_pool, measure_costs
from tts.synthesis.synthesizer import TTS


def test_a_first_attempt_equals_synthesis_in_any_batch(tiny_voice):
    texts = ["A river.", "Seven windows and a river."]
    speech = TTS(tiny_voice)(texts[0], repair=False)
    reading = first_attempts(tiny_voice, texts)[0]
    np.testing.assert_allclose(reading.alignment, speech.sentences[0].alignment, atol=1e-5)
    assert reading.report.verdict == speech.report.verdict
    row = reading.as_dict()
    assert row["failed"]  # the voice is untrained
    assert row["faults"] == ["no_alignment"]


class OneOfTwoHeadsReads(torch.nn.Module):
    """The second head stays ten steps on every symbol; the first has uniform weights."""

    reduction_factor = 1
    head_names = ("layer 1, head 1", "layer 1, head 2")
    is_stochastic, supports_constraints, has_speed, has_pitch = True, False, False, False

    def generate(self, tokens, token_lengths, seeds):
        B, N = tokens.shape
        reads = torch.eye(N).repeat_interleave(10, 0)
        alignments = torch.stack((torch.full_like(reads, 1 / N), reads)).expand(B, -1, -1, -1)
        mel, lengths = torch.zeros(B, 8, 10 * N), 10 * token_lengths
        return AcousticOutput(mel, mel, lengths, torch.zeros(B, 10 * N), alignments, lengths, heads=[1])


def test_alignment_heads_are_evaluated_for_any_number_of_texts(tiny_voice):
    texts = [f"{'A river and ' * n}a hill." for n in range(1, MAX_BATCH + 3)]
    readings = first_attempts(replace(tiny_voice, acoustic=OneOfTwoHeadsReads()), texts)
    assert [reading.text for reading in readings] == texts
    assert [reading.report.coverage for reading in readings] == [1.0] * len(texts)
    assert all(reading.alignment.max() == 1.0 for reading in readings)


def test_a_text_of_any_length_is_one_utterance(tiny_voice):
    text = " and ".join(["the sun rose over the harbour"] * 12) + "."
    assert len(tiny_voice.frontend.read(text)) > 1
    assert len(first_attempts(tiny_voice, [text])) == 1


def test_an_alignment_is_max_pooled():
    weights = np.zeros((10, 3), dtype=np.float32)
    weights[7, 2] = 1.0
    small = max_pool(weights, size=4)
    assert small.shape == (4, 3)
    assert small.dtype == np.uint8
    assert np.argwhere(small == 255).tolist() == [[2, 2]]


def test_measuring_costs_does_not_change_the_model(tiny_voice):
    model = tiny_voice.acoustic
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = measure_costs(model, n_mels=8, repeats=1)
    assert found["parameters"] == sum(p.numel() for p in model.parameters())
    assert 0 < found["attention_parameters"] < found["parameters"]
    assert found["train_frames_per_second"] > 0
    assert found["step_milliseconds"] > 0
    assert not model.training
    assert not any(p.requires_grad or p.grad is not None for p in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
