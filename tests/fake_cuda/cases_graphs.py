"""CUDA graphs on the fake device: a replay gives the same results as single launches."""

import warnings

import pytest
import torch

from fake_cuda.acoustic_model import SMALL, Case
from fake_cuda.cases_acoustic import ATTENTIONS
from fake_cuda.cases_vocoder import module
from fake_cuda.device import FakeCuda
from fake_cuda.graphs import fake_graphs
from fake_cuda.launches import vocoder
from tts.data.segments import SegmentBatch
from tts.training.vocoder_step import EagerStep, GraphedStep

EXACT = ["acoustic.encoder.dropout=0", "acoustic.postnet.dropout=0"]
EXACT += [f"acoustic.decoder.{name}_dropout=0" for name in ("prenet", "attention", "decoder")]
OFTEN = ("location_sensitive", "gmm_v2b", "hard_monotonic", "dynamic_convolution", "position_aware")


def recurrent(device, attention):
    words = ["acoustic=tacotron2_tiny", *SMALL["tacotron2_tiny"], *EXACT, f"attention={attention}", "loss=guided"]
    case = Case(device, *words)
    for part in case.model.modules():  # noise that differs between two runs
        for key in [key for key in vars(part) if key.endswith("noise")]:
            setattr(part, key, 0.0)
    return case


def gradients(model):
    return {name: value.grad.inner.clone() for name, value in model.named_parameters()}


@pytest.mark.parametrize(
    "attention",
    [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.slow]) for name in ATTENTIONS],
)
def test_a_recurrent_scan_is_replayed_as_a_graph(attention):
    with FakeCuda() as device, fake_graphs():
        plain, graphed = recurrent(device, attention), recurrent(device, attention)
        graphed.model.decoder.use_cuda_graphs()
        expected = [plain.train(None) for _ in range(2)]
        captured = graphed.train(None)
        graphed.model.zero_grad()
        plain.model.zero_grad()
        wanted, replayed = plain.train(None), graphed.train(None)
        assert graphed.model.decoder._graphs.captured == [(3, 12, 7)]
        for outcome in (captured, replayed):
            assert outcome.loss == pytest.approx(expected[0].loss, rel=1e-5)
        theirs = gradients(plain.model)
        for name, gradient in gradients(graphed.model).items():
            torch.testing.assert_close(gradient, theirs[name], rtol=1e-3, atol=1e-6)
    assert not replayed.record.waits
    assert replayed.record.kernels["graph"] == 2
    assert replayed.record.launches < 0.7 * wanted.record.launches  # 12 decoder steps; more is more


def test_the_loop_of_an_alignment_layer_is_replayed_as_a_graph():
    words = ["acoustic=transformer_small", *SMALL["transformer_small"], "attention=position_biased", "loss=guided"]
    words += ["acoustic.decoder.dropout=0", "acoustic.decoder.prenet_dropout=0"]
    words += ["acoustic.encoder.dropout=0", "acoustic.encoder.convolution_dropout=0"]
    with FakeCuda() as device, fake_graphs():
        plain, graphed = Case(device, *words), Case(device, *words)
        graphed.model.decoder.use_cuda_graphs()
        for case in (plain, graphed):
            case.train(None)  # the first step of `graphed` captures
            case.model.zero_grad()
        wanted, replayed = plain.train(None), graphed.train(None)
        assert graphed.model.decoder.alignment_layer._graphs.captured == [(3, 12, 7)]
        assert replayed.loss == pytest.approx(wanted.loss, rel=1e-5)
        theirs = gradients(plain.model)
        for name, gradient in gradients(graphed.model).items():
            torch.testing.assert_close(gradient, theirs[name], rtol=1e-3, atol=1e-6)
    assert not replayed.record.waits
    assert replayed.record.kernels["graph"] == 2
    assert replayed.record.launches < 0.7 * wanted.record.launches


def test_every_shape_has_its_own_graph():
    with FakeCuda() as device, fake_graphs():
        case = recurrent(device, "location_sensitive")
        case.model.decoder.use_cuda_graphs()
        short = case.batch
        longer = type(case)(device, *case.words, scale=2).batch
        for batch, graphs in ((short, 1), (longer, 2), (short, 2)):
            case.batch = batch
            case.train(None)
            assert len(case.model.decoder._graphs.captured) == graphs
        outcome = case.train(None)
        assert outcome.record.kernels["graph"] == 2


def test_after_a_failed_capture_new_shapes_run_without_a_graph():
    with FakeCuda() as device, fake_graphs():
        case = recurrent(device, "location_sensitive")
        case.model.decoder.use_cuda_graphs()
        step = case.model.decoder.attention.step
        case.model.decoder.attention.step = lambda *given: (float(given[0].sum()), step(*given))[1]  # asks the GPU
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = case.train(None)
        assert any("no CUDA graph for Size(batch=3" in str(warning.message) for warning in caught)
        assert not outcome.record.kernels["graph"]
        assert outcome.loss == outcome.loss
        case.model.decoder.attention.step = step
        assert not case.train(None).record.kernels["graph"]
        assert not case.model.decoder._graphs.captured


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize("name", ["vocos_harmonic", pytest.param("hifigan_v2", marks=pytest.mark.slow)])
@pytest.mark.parametrize("precision", [torch.bfloat16, None])
def test_a_vocoder_step_is_replayed_as_graphs(name, against, precision):
    with FakeCuda() as device, fake_graphs(), torch.autocast("cuda", torch.bfloat16, enabled=precision is not None):
        training = module(name, against).to("cuda").train()
        generator = torch.Generator().manual_seed(1)
        batches = []
        for _ in range(2):
            mel = (torch.randn(2, 80, 16, generator=generator) - 5).to("cuda")
            wav = (0.1 * torch.randn(2, 16 * 256, generator=generator)).to("cuda")
            batches.append(SegmentBatch(["a", "b"], mel, wav, torch.full((2,), 16).to("cuda")))

        def eager(batch):
            adversary = training.adversary if against else None
            parts = training.model, training.model.training_forward, adversary, training._sum_losses
            return EagerStep(*parts, torch.Tensor.backward, 10.0, batch)

        device.fresh()
        graphed = GraphedStep(eager(batches[0]))
        parts = [training.model, *([training.adversary] if against else [])]
        for batch in (batches[1], batches[0], batches[1]):
            torch.manual_seed(3)  # of the noise in the harmonics
            record = device.fresh()
            step = graphed.load(batch)
            step.first()
            step.second()
            found = {key: float(value) for key, value in step.scalars().items()}
            slopes = [gradients(part) for part in parts]
            assert record.kernels["graph"] == 2
            assert record.launches <= 8
        kept = {id(value): value.grad for part in parts for value in part.parameters()}
        torch.manual_seed(3)
        step = eager(batches[1])
        step.first()
        step.second()
        assert found == pytest.approx({key: float(value) for key, value in step.scalars().items()}, rel=1e-3)
        for part, slope in zip(parts, slopes):
            for key, expected in gradients(part).items():
                torch.testing.assert_close(slope[key], expected, rtol=1e-2, atol=1e-4)
        assert kept  # the graph's own gradients outlived the eager step


def test_graphs_leave_few_launches_of_a_vocoder_step():
    assert vocoder(graphs=False).launches > 1000
    assert vocoder(graphs=True).launches <= 8
