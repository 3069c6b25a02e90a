"""Properties that every neural vocoder must have, tested with every configuration."""

import pytest
import torch
from omegaconf import OmegaConf
from shrink import shrink

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.core.config import config_root, instantiate
from tts.core.interfaces import TrainableVocoder, Vocoder

NAMES = sorted(path.stem for path in (config_root() / "conf" / "vocoder").glob("*.yaml") if path.stem != "griffin_lim")


@pytest.fixture(params=NAMES)
def vocoder(request):
    torch.manual_seed(0)
    config = OmegaConf.load(config_root() / "conf" / "vocoder" / f"{request.param}.yaml")
    found = instantiate(config, mel=configured(MelSpectrogram), **shrink(config)).eval().requires_grad_(False)
    for name, value in found.named_parameters():
        if name.endswith(("head.out.weight", "head.weight")):
            value.mul_(5)  # so that it says something untrained
    return found


@pytest.fixture
def mel():
    return torch.randn(2, 80, 90, generator=torch.Generator().manual_seed(1)) - 4


def test_a_frame_gives_hop_length_samples_and_the_spec_is_that_of_the_mel(vocoder, mel):
    assert isinstance(vocoder, Vocoder)
    assert isinstance(vocoder, TrainableVocoder)
    assert vocoder.mel_spec == configured(MelSpectrogram).mel_spec
    wav = vocoder(mel)
    assert wav.shape == (2, 90 * 256)
    assert torch.isfinite(wav).all()
    assert wav.std() > 0


def test_the_same_mel_gives_the_same_audio_in_any_batch(vocoder, mel):
    wav = vocoder(mel)
    assert torch.equal(wav, vocoder(mel))
    torch.testing.assert_close(wav[:1], vocoder(mel[:1]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("sizes", [[90], [1, 0, 30, 2, 1, 1, 1, 40, 14]])
def test_a_stream_equals_the_whole(vocoder, mel, sizes):
    stream, position, parts = vocoder.stream(), 0, []
    for size in sizes:
        parts.append(stream.push(mel[:, :, position : position + size]))
        position += size
    parts.append(stream.finish())
    torch.testing.assert_close(torch.cat(parts, 1), vocoder(mel), atol=1e-5, rtol=0)


def test_a_stream_gives_audio_early_and_is_causal(vocoder):
    mel = torch.randn(1, 80, 200, generator=torch.Generator().manual_seed(2)) - 4
    early = vocoder.stream().push(mel[:, :, :150])
    assert early.shape[1] >= 100 * 256
    torch.testing.assert_close(early, vocoder(mel)[:, : early.shape[1]], atol=1e-5, rtol=0)


def test_finishing_an_empty_stream_is_an_error(vocoder):
    with pytest.raises(ValueError, match="nothing was pushed"):
        vocoder.stream().finish()


def test_every_trainable_vocoder_learns_from_a_recording(vocoder, mel):
    vocoder.train().requires_grad_(True)
    wav = 0.1 * torch.randn(2, 90 * 256, generator=torch.Generator().manual_seed(3))
    made, losses = vocoder.training_forward(mel, wav)
    (made.square().mean() + sum(losses.values(), torch.zeros(()))).backward()
    silent = [name for name, value in vocoder.named_parameters() if value.grad is None or not value.grad.any()]
    assert not silent
