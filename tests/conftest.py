"""A tiny untrained voice of real parts, which tests can build fast."""

import copy
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from tests.configured import configured, part
from tts.acoustic.model import SequenceToMel
from tts.acoustic.postnet import Postnet
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.rnn_encoder import ConvolutionLSTMEncoder
from tts.attention.location_sensitive import LocationSensitive
from tts.audio.mel import MelSpectrogram
from tts.core.config import instantiate
from tts.text.symbols import SYMBOLS
from tts.vocoder.griffin_lim import GriffinLim
from tts.voices.voice import load_voice, save_voice

TINY = {
    "name": "tiny",
    "text": {"_target_": "tts.text.frontend.TextFrontend", "language": "en-us", "symbols": list(SYMBOLS)},
    "audio": part(MelSpectrogram, n_mels=8),
    "acoustic": part(
        SequenceToMel,
        encoder=part(ConvolutionLSTMEncoder, num_symbols=len(SYMBOLS), memory_dim=8),
        decoder=part(
            RecurrentDecoder,
            n_mels=8,
            memory_dim=8,
            reduction_factor=3,
            prenet_dim=8,
            attention_rnn_dim=8,
            decoder_rnn_dim=8,
            gate_threshold=1.0,  # never stops before its limit: an untrained model has no end
            max_frames_offset=12,
            max_frames_per_symbol=1,
            fp16_generation=False,
            attention={**part(LocationSensitive, attention_dim=8), "_partial_": True},
        ),
        postnet=part(Postnet, n_mels=8, hidden_dim=8, num_layers=2),
    ),
    "vocoder": part(GriffinLim, iterations=2),
    "card": {"made by": "a test", "untrained": True},
}


@pytest.fixture(scope="session", autouse=True)
def phoneme_cache(tmp_path_factory):
    """Tests do not read or write the user's own cache and voices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("ATTUNE_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def tiny_config():
    """The config of a tiny voice. A test may change it."""
    return OmegaConf.create(copy.deepcopy(TINY))


@pytest.fixture(scope="session")
def tiny_voice_folder(tmp_path_factory):
    """A saved tiny voice. Copy it before you damage it."""
    torch.manual_seed(0)
    config = OmegaConf.create(TINY)
    state = instantiate(config.acoustic).state_dict()
    return save_voice(tmp_path_factory.mktemp("voices") / "tiny", config, state)


@pytest.fixture(scope="session")
def tiny_voice(tiny_voice_folder):
    """The loaded tiny voice."""
    return load_voice(tiny_voice_folder)


def glide(seconds=0.7, start=150.0, end=220.0, rate=22050, seed=0):
    """A voice-like tone: ten harmonics of a gliding pitch, a little noise; (T_wav,) float32."""
    frequency = np.linspace(start, end, int(seconds * rate))
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    tone = sum(np.sin(number * phase) / number for number in range(1, 11))
    noise = np.random.default_rng(seed).standard_normal(len(phase))
    return (0.1 * tone + 0.003 * noise).astype(np.float32)


@pytest.fixture(scope="session")
def tone_corpus(tmp_path_factory):
    """A prepared corpus of eight gliding tones, for tests that need recordings but no words."""
    folder, mel = tmp_path_factory.mktemp("tones"), configured(MelSpectrogram)
    items, mels, audio, frames = [], [], [], 0
    for number in range(8):
        wav = glide(0.5 + 0.1 * number, 120 + 20 * number, 260 - 10 * number, seed=number)
        wav = wav[: len(wav) // 256 * 256]
        heard = mel(torch.from_numpy(wav)[None])[0].T.numpy().astype(np.float16)
        split = {6: "validation", 7: "test"}.get(number, "train")
        where = {"frames": [frames, len(heard)], "samples": [frames * 256, len(wav)]}
        items.append({"id": f"t{number}", "split": split, "text": "a", "phonemes": "a", "tokens": [1], **where})
        mels.append(heard)
        audio.append((wav * 32767).astype(np.int16))
        frames += len(heard)
    np.concatenate(mels).tofile(folder / "mels.f16")
    np.concatenate(audio).tofile(folder / "audio.i16")
    (folder / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items) + "\n")
    numbers = {key: value for key, value in mel.mel_spec.items() if isinstance(value, (int, float))}
    audio_config = {"_target_": "tts.audio.mel.MelSpectrogram", **numbers}
    OmegaConf.save(OmegaConf.create({"text": TINY["text"], "audio": audio_config}), folder / "config.yaml")
    return folder


def find_chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((found for found in map(shutil.which, names) if found), None)


@pytest.fixture(scope="module")
def browser():
    """A headless chromium. Tests that need it are skipped if it is not installed."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install -e .[test])")
    with api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = find_chromium() or (own if Path(own).exists() else None)
        if found is None:
            pytest.skip("no chromium is installed (apt install chromium, or playwright install chromium)")
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--mute-audio"])
        yield running
        running.close()
