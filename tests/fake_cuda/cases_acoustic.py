"""Acoustic models on the fake device; `tests/test_fake_cuda.py` runs this file in a process that has one."""

from types import SimpleNamespace

import pytest
import torch

from fake_cuda.acoustic_model import SMALL, Case
from fake_cuda.device import FakeCuda
from tts.acoustic.stopping import LOOK_EVERY
from tts.core.config import config_root
from tts.training import alignment_distillation

ATTENTIONS = sorted(path.stem for path in (config_root() / "conf/attention").glob("*.yaml"))
AUTOREGRESSIVE = ("tacotron2_tiny", "transformer_small")
PARALLEL = sorted(path.stem for path in (config_root() / "conf/parallel_attention").glob("*.yaml"))
CONSTRAINTS = sorted(path.stem for path in (config_root() / "conf/constraints").glob("*.yaml"))
UNTRAINED = {"forward_transition_agent": "agent"}  # along known durations, which training refuses


@pytest.fixture
def device():
    with FakeCuda() as made:
        yield made


def combinations():
    """Return every attention with one decoder, with or without forced alignment; the others are slow tests."""
    for number, attention in enumerate(ATTENTIONS):
        for place, (decoder, follow) in enumerate((d, f) for d in AUTOREGRESSIVE for f in (False, True)):
            marks = [] if place == number % 4 else [pytest.mark.slow]
            yield pytest.param(attention, decoder, follow, marks=marks)


def check(case, outcome, untrained=None):
    assert outcome.loss == outcome.loss
    assert not outcome.wrong
    assert not [name for name in outcome.missing if untrained is None or untrained not in name]
    assert not outcome.record.nans
    assert not outcome.record.waits
    assert case.validate() == pytest.approx(outcome.loss, rel=2)
    assert case.generate().device.type == "cuda"


@pytest.mark.parametrize(("attention", "decoder", "follow"), combinations())
def test_every_attention_trains_and_generates(device, attention, decoder, follow):
    words = [f"acoustic={decoder}", *SMALL[decoder], f"attention={attention}"]
    words.append("loss=forced_alignment" if follow else "loss=guided_forward_sum")
    case = Case(device, *words, follow=follow)
    outcome = case.train()
    assert not outcome.record.copies  # from the host: a graph could not contain them
    check(case, outcome, UNTRAINED.get(attention) if follow else None)


RECURRENT, TRANSFORMER, AT_ONCE = (["acoustic=" + name, *words] for name, words in SMALL.items())
EXTRAS = {
    "float32": [*RECURRENT, "attention=location_sensitive", "loss=guided"],
    "unguided": [*TRANSFORMER, "attention=multi_head", "loss=unguided"],
    "forward sum": [*TRANSFORMER, "attention=multi_head", "loss=forward_sum"],
    "best path": [*RECURRENT, "attention=additive", "loss=best_path", "loss.best_path.start=0"],
    "ctc": [*RECURRENT, "attention=additive", "loss=forward_sum_ctc"],
    "monotone": [*RECURRENT, "attention=gmm_v2b", "loss=monotonic"],
    "two decoders": [*RECURRENT, "attention=location_sensitive", "loss=double_decoder", "second_decoder=slow"],
    "prior": [*RECURRENT, "attention=location_sensitive", "loss=guided", "alignment_prior=beta_binomial"],
    "prior of heads": [
        *TRANSFORMER,
        "attention=multi_head",
        "loss=guided",
        "alignment_prior=beta_binomial",
        "acoustic.decoder.alignment_heads=[[2,1]]",
    ],
    "rules": [
        *RECURRENT,
        "attention=location_sensitive",
        "loss=guided",
        "stop_rule=coverage",
        f"constraints=[{','.join(CONSTRAINTS)}]",
    ],
    "online checks": [*TRANSFORMER, "attention=multi_head", "loss=guided", "stop_rule=online_checks"],
    "reduction": [*RECURRENT, "attention=location_sensitive", "loss=guided", "acoustic.decoder.max_reduction_factor=4"],
}
TAUGHT = {
    "adversarial": [
        *RECURRENT,
        "attention=stepwise_median",
        "loss=forced_alignment_gan",
        "acoustic.decoder.scheduled_sampling=0.5",
        "loss.adversarial.frames=32",  # with 16, a layer has 2 frames, of which oneDNN's AMX convolution makes NaN
    ],
    "scheduled sampling": [
        *TRANSFORMER,
        "attention=shared_monotonic",
        "loss=forced_alignment",
        "acoustic.decoder.scheduled_sampling=0.5",
        "acoustic.decoder.attention_by_layer={1: null}",
        "acoustic.decoder.attention_window=32",
    ],
}


def test_outputs_and_gradients_equal_the_cpu():
    """The case uses the code for GPUs only: LSTMs and sums over alignments without lengths."""
    words = [*RECURRENT, "attention=location_sensitive", "loss=guided_forward_sum", "acoustic.encoder.dropout=0"]
    words += ["acoustic.decoder.prenet_dropout=0", "acoustic.decoder.attention_dropout=0"]
    words += ["acoustic.decoder.decoder_dropout=0", "acoustic.postnet.dropout=0"]
    expected = Case(None, *words)
    wanted = expected.train(None), expected.validate(None), expected.generate()
    with FakeCuda() as device:
        case = Case(device, *words)
        found = case.train(None), case.validate(None), case.generate()
        gradients = [value.grad.cpu() for value in case.model.parameters()]
    assert found[0].loss == pytest.approx(wanted[0].loss, rel=1e-5)
    assert found[1] == pytest.approx(wanted[1], rel=1e-5)
    torch.testing.assert_close(found[2].inner, wanted[2])
    for gradient, value in zip(gradients, expected.model.parameters()):
        torch.testing.assert_close(gradient, value.grad, rtol=1e-3, atol=1e-5)


NEVER_STOPS = ["acoustic.decoder.gate_threshold=1", "acoustic.decoder.max_frames_per_symbol=0"]
NEVER_STOPS += ["acoustic.decoder.max_frames_offset=48", "acoustic.decoder.reduction_factor=2"]
HEADS = "acoustic.decoder.alignment_heads=[[1,1],[2,2]]"


@pytest.mark.parametrize(
    "words",
    [
        [*RECURRENT, "attention=location_sensitive", "constraints=[window,max_duration]"],
        [*RECURRENT, "attention=hard_monotonic"],
        [*TRANSFORMER, "attention=multi_head", HEADS, "constraints=[window]"],
    ],
)
def test_generation_waits_for_the_device_only_at_every_eighth_step(device, words):
    case = Case(device, *words, *NEVER_STOPS)
    record = device.fresh()
    mel = case.average.model.generate(case.batch.tokens, case.batch.token_lengths, [0, 1, 2]).mel
    assert mel.shape[2] == 48
    assert sum(record.waits.values()) == 2 + 48 // 2 // LOOK_EVERY  # and the lengths before and after
    assert set(record.copies) == {key for key in record.copies if "prenet" in key[1]}  # noise of 128 steps


@pytest.mark.parametrize("name", EXTRAS)
def test_every_loss_and_constraint_works(device, name):
    case = Case(device, *EXTRAS[name])
    untrained = "second_decoder.stop" if name == "two decoders" else None  # nothing asks when the second one ends
    check(case, case.train(None if name == "float32" else torch.bfloat16), untrained)


def test_a_teacher_with_other_steps_works(device, monkeypatch):
    words = [*RECURRENT, "attention=location_sensitive", "loss=guided", "acoustic.decoder.reduction_factor=3"]
    teacher = SimpleNamespace(acoustic=Case(device, *words).average.model)
    monkeypatch.setattr(alignment_distillation, "load_voice", lambda name: teacher)
    case = Case(device, *RECURRENT, "attention=additive", "loss=distilled", "loss.distillation.teacher=any")
    check(case, case.train())


@pytest.mark.parametrize("name", TAUGHT)
def test_training_with_durations_works(device, name):
    case = Case(device, *TAUGHT[name], follow=True)
    check(case, case.train())


LATTICE = ["~attention", "loss=likelihood", "acoustic.decoder.rnn_dim=16"]


@pytest.mark.parametrize("acoustic", ["neural_hmm", "transducer"])
def test_sums_over_alignments_work(device, acoustic):
    case = Case(device, f"acoustic={acoustic}", *LATTICE)
    check(case, case.train())


GAN = [
    "loss=parallel_gan",
    "loss.adversarial.frames=16",
    "loss.adversarial.adversary.discriminators.channels=4",
    "loss.adversarial.adversary.discriminators.time_strides=[[1,2],[2]]",
]


@pytest.mark.parametrize("precision", [torch.bfloat16, None])
@pytest.mark.parametrize("attention", PARALLEL)
def test_every_attention_of_the_parallel_decoder_works(device, attention, precision):
    place = "alignment" if attention == "gaussian_upsampling" else "attention"
    words = [*AT_ONCE, "loss=parallel", f"parallel_attention@acoustic.decoder.{place}={attention}"]
    case = Case(device, *words, follow=True)
    check(case, case.train(precision))


@pytest.mark.parametrize("step", [0, 500], ids=["discriminators alone", "both sides"])
def test_mel_discriminators_of_the_parallel_decoder_work(device, step):
    case = Case(device, *AT_ONCE, *GAN, follow=True)
    check(case, case.train(step=step))


def test_every_loss_has_a_case():
    others = ["loss=guided_forward_sum", "loss=distilled", "loss=parallel"]
    words = [*sum([*EXTRAS.values(), *TAUGHT.values()], others), *GAN, *LATTICE]
    names = {path.stem for path in (config_root() / "conf/loss").glob("*.yaml") if "vocoder" not in path.stem}
    assert {word[len("loss=") :] for word in words if word.startswith("loss=")} == names
