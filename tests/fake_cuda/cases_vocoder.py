"""Vocoders on the fake device; `tests/test_fake_cuda.py` runs this file in a process that has one."""

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from shrink import shrink

from fake_cuda.device import FakeCuda
from tts.core.config import config_root
from tts.data.segments import SegmentBatch
from tts.training.vocoder_task import VocoderTask

VOCODERS = config_root() / "conf" / "vocoder"
NAMES = sorted(path.stem for path in VOCODERS.glob("*.yaml") if path.stem != "griffin_lim")
DISCRIMINATORS = [
    "loss.adversary.discriminators.periods=[2,3]",
    "loss.adversary.discriminators.period_channels=[4,4]",
    "loss.adversary.discriminators.windows=[256]",
    "loss.adversary.discriminators.resolution_channels=4",
]
CASES = [
    pytest.param(name, against, precision, marks=[] if often else [pytest.mark.slow])
    for name in NAMES
    for against in (False, True)
    for precision in (torch.bfloat16, None)
    for often in [precision is not None and against and name in ("vocos_harmonic", "vocos", "hifigan_v2")]
]


def module(name, against, loss="vocoder_gan"):
    small = [f"vocoder.{key}={value}" for key, value in shrink(OmegaConf.load(VOCODERS / f"{name}.yaml")).items()]
    words = ["task=vocoder", "data.corpus=none", f"vocoder={name}", *small]
    words += [f"loss={loss}", *DISCRIMINATORS] if against else []
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", words)
    torch.manual_seed(0)
    return VocoderTask(config, {"audio": config.audio}, adversarial_start_step=0, gradient_clip=10.0).module()


CASES += [pytest.param("vocos", "vocoder_gan_small", torch.bfloat16)]


@pytest.mark.parametrize(("name", "against", "precision"), CASES)
def test_a_vocoder_trains_and_generates(name, against, precision):
    with FakeCuda() as device:
        loss = against if isinstance(against, str) else "vocoder_gan"
        training = module(name, against, loss).to("cuda").train()
        generator = torch.Generator().manual_seed(1)
        mel = (torch.randn(2, 80, 16, generator=generator) - 5).to("cuda")
        wav = (0.1 * torch.randn(2, 16 * 256, generator=generator)).to("cuda")
        batch = SegmentBatch(["a", "b"], mel, wav, torch.full((2,), 16).to("cuda"))
        record = device.fresh()
        with torch.autocast("cuda", precision or torch.bfloat16, enabled=precision is not None):
            output = training.model.training_forward(batch.mel, batch.wav)
            made, losses = output.wav, dict(output.losses)
            losses |= {name: loss(output, batch, 0) for name, loss in training.losses.items()}
            if against:
                training.adversary.discriminator_loss(made.detach(), batch.wav).backward()
                losses |= training.adversary.generator_losses(made, batch.wav)
        torch.stack(list(losses.values())).sum().backward()
        assert not record.waits
        assert not record.copies
        assert not record.nans
        for part in (training.model, training.adversary) if against else (training.model,):
            assert all(torch.isfinite(value.grad).all() for value in part.parameters())
        training.average.update(training.model, 1)
        check_use(training.eval_model, batch.mel[:1])


@torch.inference_mode()
def check_use(vocoder, mel):
    """Chunks give the same result as the whole."""
    whole, stream = vocoder(mel), vocoder.stream()
    parts = [stream.push(mel[:, :, :9]), stream.push(mel[:, :, 9:]), stream.finish()]
    assert whole.device.type == "cuda"
    torch.testing.assert_close(torch.cat(parts, 1).inner, whole.inner, rtol=1e-3, atol=1e-4)
