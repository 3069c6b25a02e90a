"""Optional parts of the recurrent decoder: constraints, stop rule, prior, second decoder and schedule of R."""

import math
from functools import partial

import pytest
import torch

from tests.configured import configured
from tts.acoustic.model import SequenceToMel
from tts.acoustic.postnet import Postnet
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.rnn_encoder import ConvolutionLSTMEncoder
from tts.acoustic.stopping import CoverageStop
from tts.attention.additive import Additive
from tts.attention.alignment_prior import AlignmentPrior
from tts.attention.constraints import MaxDuration, Window
from tts.attention.location_sensitive import LocationSensitive
from tts.attention.stepwise_monotonic import StepwiseMonotonic
from tts.core.interfaces import Batch

TOKENS = torch.randint(1, 30, (3, 9), generator=torch.Generator().manual_seed(0))
LENGTHS = torch.tensor([9, 4, 6])
SIZES = {
    "prenet_dim": 16,
    "attention_rnn_dim": 24,
    "decoder_rnn_dim": 20,
    "max_frames_offset": 20,
    "max_frames_per_symbol": 6,
    "fp16_generation": False,
}
UNLIMITED = configured(CoverageStop, max_steps_at_end=None)
AT_LAST = configured(CoverageStop, last_symbols=1, max_steps_at_end=None)


def decoder(R=2, attention=LocationSensitive, **options):
    make = attention if isinstance(attention, partial) else partial(configured, attention, attention_dim=16)
    return configured(RecurrentDecoder, 80, 32, make, **{**SIZES, "reduction_factor": R, **options})


def model(R=2, second=None, **options):
    torch.manual_seed(0)
    return configured(
        SequenceToMel,
        configured(ConvolutionLSTMEncoder, 30, 32),
        decoder(R, **options),
        configured(Postnet, 80, 16, num_layers=2),
        second_decoder=second,
    )


def batch():
    mel = torch.randn(3, 80, 40, generator=torch.Generator().manual_seed(1))
    return Batch(["a", "b", "c"], TOKENS, LENGTHS, mel, torch.tensor([40, 17, 25]))


def test_optional_features_do_not_change_the_weights():
    names = set(model().state_dict())
    assert not {name for name in names if any(word in name for word in ("second", "prior", "reduction", "constraint"))}
    assert model().decoder.projection.weight.shape == (2 * 80, 20 + 32)


def test_constraints_apply_in_generation_in_any_batch():
    voice = model(constraints={"window": Window(0, 2), "dwell": MaxDuration(3)}, gate_threshold=2.0).eval()
    together = voice.generate(TOKENS, LENGTHS, [5, 6, 7])
    for b, n in enumerate(LENGTHS.tolist()):
        path = together.alignments[b, 0, : together.decoder_lengths[b]].argmax(1)
        assert path.diff().min() >= 0
        assert path.diff().max() <= 1
        assert torch.bincount(path)[:-1].max() <= 3
        assert path[-1] == n - 1
        alone = voice.generate(TOKENS[b : b + 1, :n], LENGTHS[b : b + 1], [5 + b])
        torch.testing.assert_close(together.mel[b, :, : alone.mel.shape[2]], alone.mel[0], atol=1e-5, rtol=1e-5)
    free = model(gate_threshold=2.0).eval().generate(TOKENS, LENGTHS, [5, 6, 7])
    assert not torch.equal(free.alignments, together.alignments)


def test_constraints_do_not_change_training():
    plain, ruled = (
        model(),
        model(constraints={"window": Window(0, 2)}, stop_rule=UNLIMITED),
    )
    outputs = []
    for each in (plain, ruled):
        torch.manual_seed(3)
        outputs.append(each.train()(batch()))
    assert torch.equal(outputs[0].mel, outputs[1].mel)


def test_generation_ends_soon_after_the_end_of_the_text():
    options = {
        "attention": partial(configured, StepwiseMonotonic, inference="hard", initial_duration=3.0, max_duration=3)
    }
    eager = model(gate_threshold=0.0, stop_rule=AT_LAST, **options).eval()
    output = eager.generate(TOKENS, LENGTHS, [0, 0, 0])
    for b, n in enumerate(LENGTHS.tolist()):
        path = output.alignments[b, 0, : output.decoder_lengths[b]].argmax(1)
        assert path[-1] == n - 1
        assert (path == n - 1).sum() == 1  # the stop token requested it all along
    deaf = model(
        gate_threshold=2.0, stop_rule=configured(CoverageStop, last_symbols=1, max_steps_at_end=4), **options
    ).eval()
    output = deaf.generate(TOKENS, LENGTHS, [0, 0, 0])
    for b, n in enumerate(LENGTHS.tolist()):
        assert (output.alignments[b, 0, : output.decoder_lengths[b]].argmax(1) == n - 1).sum() == 4


def test_the_limit_of_frames_always_applies():
    stuck = model(
        gate_threshold=0.0,
        stop_rule=AT_LAST,
        constraints={"w": Window(0, 2)},
    ).eval()
    stuck.decoder.constraints = {"never": Frozen(0, 2)}
    assert stuck.generate(TOKENS, LENGTHS, [0, 0, 0]).mel_lengths.tolist() == [20 + 6 * n for n in LENGTHS.tolist()]


class Frozen(Window):
    """Allows only the first symbol."""

    def __call__(self, weights, memory, state):
        return torch.zeros_like(weights).index_fill_(2, torch.tensor([0]), 1.0)


def test_the_prior_applies_only_in_training():
    guided = model(attention=Additive, prior=configured(AlignmentPrior, scale=5.0))
    torch.nn.init.zeros_(guided.decoder.attention.score.weight)
    rows = guided.train()(batch()).alignments[0, 0]
    assert rows[0].argmax() <= 1
    assert rows[-1].argmax() >= 7
    flat = guided.eval()(batch()).alignments[0, 0]
    torch.testing.assert_close(flat, torch.full_like(flat, 1 / 9))


def test_a_second_decoder_is_used_only_in_training():
    voice = model(second=decoder(R=5)).train()
    output = voice(batch())
    assert output.second.ratio == 2.5
    assert output.second.decoder_lengths.tolist() == [8, 4, 5]
    output.second.mel.square().sum().backward()
    assert all(p.grad is not None for p in voice.second_decoder.projection.parameters())
    assert all(p.grad is None for p in voice.encoder.parameters())  # it hears, and is not heard
    alone = model()
    alone.load_state_dict({k: v for k, v in voice.state_dict().items() if not k.startswith("second")})
    assert torch.equal(
        voice.eval().generate(TOKENS, LENGTHS, [1, 2, 3]).mel, alone.eval().generate(TOKENS, LENGTHS, [1, 2, 3]).mel
    )


def test_a_new_reduction_factor_changes_only_the_steps():
    voice = model(R=1, max_reduction_factor=4)
    assert voice.reduction_factor == 4
    weights = {name: value.clone() for name, value in voice.state_dict().items()}
    for R in (4, 2, 1):
        voice.set_reduction_factor(R)
        output = voice.train()(batch())
        assert output.decoder_lengths.tolist() == [math.ceil(n / R) for n in (40, 17, 25)]
        assert output.mel.shape == (3, 80, 40)
        spoken = voice.eval().generate(TOKENS, LENGTHS, [1, 2, 3])
        assert (spoken.mel_lengths % R == 0).all()
    changed = {name for name, value in voice.state_dict().items() if not torch.equal(value, weights[name])}
    location = "decoder.attention.location_convolution.weight"
    assert changed - {name for name in changed if "running" in name or "batches" in name} == {
        "decoder.reduction.current",
        "decoder.stop.bias",
        location,
    }


def test_the_odds_of_stopping_scale_with_the_length_of_a_step():
    voice = model(R=1, max_reduction_factor=4)
    before = voice.decoder.stop.bias.clone()
    voice.set_reduction_factor(1)
    torch.testing.assert_close((voice.decoder.stop.bias - before).exp(), torch.tensor([0.25]))


def test_the_reduction_factor_is_stored_with_the_weights():
    voice, other = model(R=1, max_reduction_factor=4), model(R=1, max_reduction_factor=4)
    voice.set_reduction_factor(2)
    other.load_state_dict(voice.state_dict())
    assert other.reduction_factor == 2


@pytest.mark.parametrize(
    ("R", "largest", "wanted", "word"), [(2, None, 1, "max_reduction_factor"), (1, 4, 5, "1 to 4")]
)
def test_an_impossible_reduction_factor_is_an_error_with_advice(R, largest, wanted, word):
    with pytest.raises(ValueError, match=word):
        model(R=R, max_reduction_factor=largest).set_reduction_factor(wanted)
