import math

import pytest
import torch

from tts.core.interfaces import VocoderOutput
from tts.data.segments import SegmentBatch
from tts.losses.spectral import MultiResolutionSTFTLoss

RATE = 22050


def loss_of(windows=(256, 640, 1600), num_bands=(20, 60, 120), magnitude=1.0, mel=1.0, complex=1.0, floor=1e-2):
    return MultiResolutionSTFTLoss(RATE, 1.0, windows, num_bands, magnitude, mel, complex, floor)


@pytest.fixture
def tone():
    return 0.3 * torch.sin(2 * math.pi * 440 * torch.arange(8192) / RATE)[None]


def test_equal_waveforms_have_zero_distance(tone):
    assert all(float(part) < 1e-5 for part in loss_of().compare(tone, tone).values())


def test_only_the_complex_distance_depends_on_phase(tone):
    parts = loss_of().compare(-tone, tone)
    assert float(parts["complex"]) > 1.5
    assert float(parts["magnitude"]) < 1e-4 > float(parts["mel"])


def test_a_louder_waveform_has_the_log_of_its_factor_as_distance():
    wav = torch.randn(1, 16384, generator=torch.Generator().manual_seed(0))
    loss = loss_of((1024,), (40,), floor=1e-6)
    parts = loss.compare(wav * 2, wav)
    assert float(parts["mel"]) == pytest.approx(math.log(2), abs=1e-3)
    assert float(parts["magnitude"]) == pytest.approx(math.log(2) + 1, abs=1e-2)  # log distance and convergence


def test_weights_scale_the_loss_and_gradients_are_finite_for_silence():
    silence = torch.zeros(1, 4096, requires_grad=True)
    real = torch.randn(1, 4096, generator=torch.Generator().manual_seed(0)) * 0.1
    once, thrice = (loss_of(magnitude=w, mel=w, complex=w).compare(silence, real) for w in (1.0, 3.0))
    for name in once:
        assert float(thrice[name].detach()) == pytest.approx(3 * float(once[name].detach()), rel=1e-5)
    sum(once.values()).backward()
    assert torch.isfinite(silence.grad).all()
    assert silence.grad.abs().sum() > 0


def test_the_loss_is_the_sum_of_its_parts_without_its_weight(tone):
    loss = MultiResolutionSTFTLoss(RATE, 3.0, (256,), (20,), 1.0, 2.0, 0.5, 1e-2)
    batch = SegmentBatch(["a"], torch.zeros(1, 80, 32), tone, torch.tensor([32]))
    parts = loss.compare(0.5 * tone, tone)
    assert float(loss(VocoderOutput(0.5 * tone, {}), batch, 0)) == pytest.approx(float(sum(parts.values())))
    assert set(parts) == {"magnitude", "mel", "complex"}
    assert loss.weight == 3.0
