"""The Transformer decoder: parallel equals stepwise, causality, heads, forced alignment, compilation, configuration."""

import math
from functools import partial

import pytest
import torch
from configured import configured
from hydra import compose, initialize_config_dir

from tts.acoustic import transformer_layers
from tts.acoustic.model import SequenceToMel
from tts.acoustic.postnet import Postnet
from tts.acoustic.stopping import CoverageStop
from tts.acoustic.transformer_decoder import TransformerDecoder
from tts.acoustic.transformer_encoder import TransformerEncoder
from tts.attention.alignment_prior import AlignmentPrior
from tts.attention.base import Attention
from tts.attention.constraints import Window
from tts.attention.gmm import GaussianMixture
from tts.attention.location_sensitive import LocationSensitive
from tts.attention.multi_head import MultiHead
from tts.attention.position_biased import PositionBiased
from tts.attention.shared_monotonic import SharedMonotonic
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch
from tts.core.options import class_options
from tts.losses.forced_alignment import ForcedAlignmentLoss

TOKENS = torch.randint(1, 30, (3, 9), generator=torch.Generator().manual_seed(0))
LENGTHS = torch.tensor([9, 4, 6])
ATTENTIONS = {
    "multi_head": partial(configured, MultiHead, num_heads=2),
    "position_biased": partial(configured, PositionBiased, num_heads=2, step=0.4),
    "shared_monotonic": partial(configured, SharedMonotonic, num_heads=2, initial_duration=2.0, inference="median"),
    "gmm": partial(configured, GaussianMixture, version=2, step=0.4, width=2.0),
    "location_sensitive": partial(configured, LocationSensitive),
}
PARALLEL = ["multi_head", "position_biased", "gmm"]
FORMS = {"absolute": {}, "robust": {"attention_window": 18}}


def model(attention="multi_head", form="absolute", **options):
    torch.manual_seed(0)
    encoder = configured(TransformerEncoder, 30, 16, 2, 2, 32, max_distance=None if form == "absolute" else 12)
    sizes = {"model_dim": 24, "num_layers": 3, "num_heads": 2, "feedforward_dim": 48, "prenet_dim": 16}
    limits = {"max_frames_offset": 20, "max_frames_per_symbol": 6, "gate_threshold": 2.0}  # never stops by itself
    others = {"reduction_factor": 1, "fp16_generation": False}
    options = sizes | limits | others | FORMS[form] | options
    decoder = configured(TransformerDecoder, 8, 16, ATTENTIONS[attention], **options)
    postnet = configured(Postnet, 8, 16, num_layers=2)
    return configured(SequenceToMel, encoder, decoder, postnet).eval()


def batch(T=24):
    torch.manual_seed(1)
    durations = torch.zeros(3, 9, dtype=torch.int64)
    for b, n in enumerate(LENGTHS.tolist()):
        durations[b, :n] = T // n
        durations[b, n - 1] += T - int(durations[b].sum())
    return Batch(["a", "b", "c"], TOKENS, LENGTHS, torch.randn(3, 8, T), torch.tensor([T, T, T]), durations)


@pytest.mark.parametrize("R", [1, 2, 4])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_cached_generation_equals_teacher_forcing(attention, form, R, monkeypatch):
    monkeypatch.setattr(transformer_layers, "MAX_DRIFT", math.inf)  # this rule applies only to generation
    voice = model(attention, form, reduction_factor=R)
    memory = voice.encoder(TOKENS, LENGTHS)
    mask = torch.arange(9) < LENGTHS.unsqueeze(1)
    spoken = voice.decoder.generate(memory, mask, [0, 0, 0])  # the seed of teacher forcing
    frames = spoken.decoder_lengths * R
    whole = voice.decoder(memory, mask, spoken.mel_before, frames)
    assert spoken.decoder_lengths.tolist() == [(20 + 6 * n) // R for n in LENGTHS.tolist()]
    for b, n in enumerate(spoken.decoder_lengths.tolist()):
        fast, slow = spoken.mel_before[b, :, : n * R], whole.mel_before[b, :, : n * R]
        torch.testing.assert_close(fast, slow, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(spoken.alignments[b, :, :n], whole.alignments[b, :, :n], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(spoken.stop_logits[b, :n], whole.stop_logits[b, :n], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_batch_equals_single_utterances(attention, form):
    voice = model(attention, form, reduction_factor=2)
    together = voice.generate(TOKENS, LENGTHS, [5, 6, 7])
    for b, n in enumerate(LENGTHS.tolist()):
        alone = voice.generate(TOKENS[b : b + 1, :n], LENGTHS[b : b + 1], [5 + b])
        T = int(alone.mel_lengths)
        assert together.mel_lengths[b] == T
        torch.testing.assert_close(together.mel[b, :, :T], alone.mel[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_self_attention_is_causal(attention, form):
    voice, data = model(attention, form, reduction_factor=2), batch()
    changed = data.mel.clone()
    changed[:, :, 13] += 5.0  # the last frame of group 6, which is fed to step 7
    before, after = (voice(data._replace(mel=mel)) for mel in (data.mel, changed))
    moved = (before.mel_before - after.mel_before).abs().amax((0, 1)) > 1e-7
    assert not moved[:14].any()
    assert moved[14:16].any()
    assert torch.equal(before.alignments[:, :, :7], after.alignments[:, :, :7])


@pytest.mark.parametrize("attention", PARALLEL)
def test_the_layers_do_not_loop_over_time_in_training(attention, monkeypatch):
    def step(*_):
        raise AssertionError("a step was taken")

    voice = model(attention).train()
    assert voice.decoder.loops_in_training == (attention == "position_biased")  # the layer below all others does
    monkeypatch.setattr(type(voice.decoder.layers[0].attention), "step", step)
    monkeypatch.setattr(Attention, "forward", step)
    assert torch.isfinite(voice(batch()).mel).all()


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_forced_alignment_trains_the_attention(attention):
    voice, data = model(attention).train(), batch()
    voice.use_forced_alignment = True
    output = voice(data)
    assert output.path.shape == (3, 24)
    configured(ForcedAlignmentLoss)(output, data, 0).backward()
    for layer in voice.decoder.layers:
        gradients = [p.grad.abs().sum() for p in layer.attention.parameters() if p.grad is not None]
        assert float(sum(gradients)) > 0


def test_alignment_heads_give_the_alignment():
    voice, data = model(alignment_heads=[[2, 1], [3, 2]]), batch()
    output = voice(data)
    assert output.alignments.shape[1] == len(voice.head_names) == 6
    names = [voice.head_names[head] for head in output.heads]
    assert names == ["layer 2, head 1", "layer 3, head 2"]
    torch.testing.assert_close(output.alignment, output.alignments[:, [2, 5]].mean(1))
    training = voice.train()(data)
    assert training.alignments.shape[1] == 4  # nobody looks at layer 1
    assert training.heads == [0, 3]


def test_constraints_apply_only_to_alignment_heads():
    voice = model(alignment_heads=[[2, 1]], constraints={"window": Window(back=0, ahead=2)})
    weights = voice.generate(TOKENS, LENGTHS, [0, 0, 0]).alignments[0]
    advance = weights[2].argmax(-1).diff()
    assert ((advance >= 0) & (advance <= 1)).all()
    assert int((weights[2] > 0).sum(-1).max()) <= 2
    assert int((weights[3] > 0).sum(-1).min()) == 9
    assert voice.supports_constraints
    assert not model("shared_monotonic").supports_constraints


def test_the_prior_applies_to_alignment_heads_in_training():
    plain = model(alignment_heads=[[2, 1]]).train()
    guided = model(alignment_heads=[[2, 1]], prior=configured(AlignmentPrior, scale=1000.0)).train()
    outputs = []
    for voice in (plain, guided):
        torch.manual_seed(3)
        outputs.append(voice(batch()))
    diagonal = torch.arange(24).mul(9).div(24, rounding_mode="floor")
    on = [float(output.alignment.detach()[0].gather(1, diagonal.unsqueeze(1)).mean()) for output in outputs]
    assert on[1] > 0.3 > 0.2 > on[0]  # a binomial is no narrower
    torch.testing.assert_close(outputs[0].alignments[:, 1], outputs[1].alignments[:, 1])
    assert guided.eval()(batch()).alignments.shape[1] == 6


def test_layers_share_the_position_of_the_alignment_layer():
    voice = model("position_biased").train()
    layer = voice.decoder.alignment_layer
    assert all(attention.advance is None for attention in voice.decoder.attentions)
    torch.nn.init.constant_(layer.advance.bias, -30.0)  # the position stays before the first symbol
    rows = voice(batch()).alignments.detach()
    assert (rows.argmax(-1) == 0).float().mean() > 0.9
    voice(batch()).mel.sum().backward()
    assert all(float(parameter.grad.abs().sum()) > 0 for parameter in layer.parameters())
    other = model("position_biased", attention_by_layer={1: ATTENTIONS["gmm"]})
    assert other.decoder.alignment_layer is not None  # the mixture keeps its own positions
    assert model("gmm").decoder.alignment_layer is None


def test_the_shared_position_moves_at_the_pace_of_longer_steps():
    voice = model("position_biased", reduction_factor=1, max_reduction_factor=4)
    advance = float(torch.nn.functional.softplus(voice.decoder.alignment_layer.advance.bias))
    voice.set_reduction_factor(2)
    halved = float(torch.nn.functional.softplus(voice.decoder.alignment_layer.advance.bias))
    assert halved == pytest.approx(advance / 2)


@pytest.mark.parametrize("limit", [1.0, math.inf])
def test_layers_that_drift_stay_near_the_median_layer(limit, monkeypatch):
    monkeypatch.setattr(transformer_layers, "MAX_DRIFT", limit)
    voice = model("gmm")
    for layer, pace in zip(voice.decoder.layers, [0.5, 1.0, 2.0]):
        layer.attention.rescale_time(0.5 * pace)
    output = voice.generate(TOKENS[:1], LENGTHS[:1], [0])
    positions = output.alignments[0] @ torch.arange(9.0) / output.alignments[0].sum(-1)  # (3, T_dec)
    reached = (positions[1] < 7).nonzero().max()  # after the end of the text all layers are at its end
    distances = (positions[[0, 2], :reached] - positions[1, :reached]).abs()
    assert reached > 5
    assert (distances.max() < 2.5) == (limit == 1.0)


def test_layers_may_differ_or_have_no_attention():
    voice = model(attention_by_layer={1: None, 3: ATTENTIONS["gmm"]}).train()
    assert voice.head_names == ["layer 2, head 1", "layer 2, head 2", "layer 3, head 1"]
    assert voice(batch()).alignments.shape[1] == 3
    assert voice.eval().generate(TOKENS, LENGTHS, [0, 0, 0]).alignments.shape[1] == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alignment_heads": [[2, 3]]}, "head 3 of layer 2"),
        ({"alignment_heads": []}, "alignment_heads is empty"),
        ({"attention_by_layer": {4: None}}, "use 1 to 3"),
        ({"attention_by_layer": {1: None, 2: None, 3: None}}, "not all null"),
    ],
)
def test_impossible_layers_and_heads_are_errors(options, message):
    with pytest.raises(ValueError, match=message):
        model(**options)


def test_the_reduction_factor_can_decrease():
    voice = model("shared_monotonic", reduction_factor=1, max_reduction_factor=4)
    odds = float(voice.decoder.stop.bias.detach())
    assert voice.reduction_factor == 4
    voice.set_reduction_factor(2)
    assert voice(batch()).decoder_lengths.tolist() == [12, 12, 12]
    assert float(voice.decoder.stop.bias.detach()) == pytest.approx(odds - 0.6931, abs=1e-4)


@pytest.mark.parametrize("attention", ["multi_head", "position_biased"])
def test_fp16_generation_is_close_to_float32(attention):
    exact = model(attention, gate_threshold=2.0).generate(TOKENS, LENGTHS, [1, 2, 3])
    rounded = model(attention, gate_threshold=2.0, fp16_generation=True).generate(TOKENS, LENGTHS, [1, 2, 3])
    torch.testing.assert_close(rounded.mel, exact.mel, atol=0.05, rtol=0)
    assert not torch.equal(rounded.mel, exact.mel)


def test_generation_ends_at_the_end_of_the_text():
    voice = model(
        "shared_monotonic",
        form="robust",
        gate_threshold=0.0,
        stop_rule=configured(CoverageStop, last_symbols=1, max_steps_at_end=None),
    )
    output = voice.generate(TOKENS, LENGTHS, [0, 0, 0])
    for b, n in enumerate(output.decoder_lengths.tolist()):
        path = output.alignment[b, :n].argmax(-1)
        assert int(path[-1]) == LENGTHS[b] - 1
        assert int(path[-2]) < LENGTHS[b] - 1


def test_rows_sum_to_one_in_half_precision():
    voice = model()
    with torch.autocast("cpu", torch.bfloat16):
        rows = voice(batch()).alignments
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.sum(-1), torch.ones_like(rows.sum(-1)), atol=1e-3, rtol=0)


SLOWLY = pytest.param("inductor", marks=[pytest.mark.slow, pytest.mark.timeout(1800)])


@pytest.mark.parametrize("backend", ["aot_eager", SLOWLY])
@pytest.mark.parametrize("form", FORMS)
def test_compiled_equals_eager(form, backend):
    voice, data = model(form=form, num_layers=1), batch()
    torch.compiler.reset()
    with torch.no_grad():
        expected, found = voice(data), torch.compile(voice, backend=backend)(data)
    torch.testing.assert_close(found.mel, expected.mel, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.alignments, expected.alignments, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["transformer_tts", "transformer_relative"])
def test_configurations_name_every_argument(name):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        config = compose("train", overrides=[f"acoustic={name}", "attention=multi_head", "num_symbols=30"])
    for part in (config.acoustic.encoder, config.acoustic.decoder, config.acoustic.postnet, config.acoustic):
        assert set(part) - {"_target_"} == set(class_options(part["_target_"]))


def test_one_override_sets_the_attention_of_a_layer():
    sizes = ["acoustic.decoder.num_layers=2", "acoustic.encoder.num_layers=1", "num_symbols=30"]
    other = "+attention@acoustic.decoder.attention_by_layer.2=shared_monotonic"
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        config = compose("train", overrides=["acoustic=transformer_tts", "attention=multi_head", other, *sizes])
    layers = instantiate(config.acoustic).decoder.layers
    assert [type(layer.attention).__name__ for layer in layers] == ["MultiHead", "SharedMonotonic"]


@pytest.mark.parametrize("name", sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml")))
def test_an_attention_in_one_layer_equals_that_in_all_layers(name):
    other = f"+attention@acoustic.decoder.attention_by_layer.2={name}"
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        alone = compose("train", overrides=["acoustic=transformer_tts", other]).acoustic.decoder
        everywhere = compose("train", overrides=["acoustic=transformer_tts", f"attention={name}"]).acoustic.decoder
    assert alone.attention_by_layer["2"] == everywhere.attention
    assert alone.attention["_target_"].endswith("LocationSensitive")  # the default of all others
