"""A vocoder on onnxruntime sounds as it does in torch, whole and in chunks."""

from functools import partial

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from shrink import shrink

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.core.config import config_root, instantiate
from tts.engine.manifest import Manifest, write_manifest
from tts.engine.sessions import open_graph
from tts.engine.vocoders.loading import load_vocoder
from tts.onnx_export.vocoder import export_vocoder
from tts.vocoder.mel_adapter import MelAdapter

CONF = config_root() / "conf" / "vocoder"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))
FASTER = {"iterations": 3, "refinement_steps": 2, "normalize_weights": False}


def small(name):
    """The vocoder of a file in conf/, as a function of its mel."""
    config = OmegaConf.load(CONF / f"{name}.yaml")
    faster = {option: value for option, value in FASTER.items() if option in config}
    return partial(instantiate, config, **shrink(config), **faster)


def adapted(mel):
    return MelAdapter(mel, vocoder=small("vocos"), log="log10", std=[2.0] * 8)


@pytest.fixture(params=[*NAMES, "adapted"])
def both(request, tmp_path):
    """A vocoder in torch and on onnxruntime."""
    torch.manual_seed(0)
    mel = configured(MelSpectrogram, n_mels=8)
    vocoder = (adapted(mel) if request.param == "adapted" else small(request.param)(mel=mel)).eval()
    exported = export_vocoder(vocoder, tmp_path)
    numbers = {name: getattr(mel, name) for name in ("sample_rate", "n_fft", "hop_length", "win_length", "n_mels")}
    manifest = Manifest(tmp_path, "test", {}, numbers, {}, exported.options)
    write_manifest(tmp_path, manifest, exported.arrays)
    return vocoder, load_vocoder(manifest, partial(open_graph, threads=1))


def test_the_waveform_equals_torch(both):
    vocoder, onnx = both
    mel = torch.randn(60, 8, generator=torch.Generator().manual_seed(1)) - 3
    with torch.inference_mode():
        expected = vocoder(mel.T.unsqueeze(0))[0].numpy()
    found = onnx(mel.numpy())
    assert found.shape == expected.shape
    assert np.square(found - expected).mean() < 1e-4 * np.square(expected).mean()  # 40 dB: the pitch is float32
    chunks = list(onnx.stream(iter(np.split(mel.numpy(), [7, 30, 31]))))
    np.testing.assert_allclose(np.concatenate(chunks), found, atol=1e-5)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_few_frames_are_vocoded(both, frames):
    _, onnx = both
    assert len(onnx(np.zeros((frames, 8), dtype=np.float32))) == frames * 256
