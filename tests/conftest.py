"""A voice small enough to be built in every test: real parts, untrained."""

import copy

import pytest
import torch
from omegaconf import OmegaConf

from tts.config import instantiate
from tts.text.symbols import SYMBOLS
from tts.voice import load_voice, save_voice

TINY = {
    "name": "tiny",
    "text": {"_target_": "tts.text.frontend.TextFrontend", "language": "en-us", "symbols": list(SYMBOLS)},
    "audio": {"_target_": "tts.audio.mel.MelSpectrogram", "n_mels": 8},
    "acoustic": {
        "_target_": "tts.acoustic.model.SequenceToMel",
        "encoder": {
            "_target_": "tts.acoustic.encoder.ConvolutionLSTMEncoder",
            "num_symbols": len(SYMBOLS),
            "memory_dim": 8,
        },
        "decoder": {
            "_target_": "tts.acoustic.rnn_decoder.RecurrentDecoder",
            "n_mels": 8,
            "memory_dim": 8,
            "reduction_factor": 3,
            "prenet_dim": 8,
            "attention_rnn_dim": 8,
            "decoder_rnn_dim": 8,
            "gate_threshold": 1.0,  # never stops before its limit: an untrained model has no end
            "max_frames_base": 12,
            "max_frames_per_symbol": 1,
            "attention": {
                "_target_": "tts.attention.location_sensitive.LocationSensitive",
                "_partial_": True,
                "attention_dim": 8,
            },
        },
        "postnet": {"_target_": "tts.nn.postnet.Postnet", "n_mels": 8, "hidden_dim": 8, "num_layers": 2},
    },
    "vocoder": {"_target_": "tts.vocoder.griffin_lim.GriffinLim", "iterations": 2},
    "card": {"made by": "a test", "untrained": True},
}


@pytest.fixture
def tiny_config():
    """The config of a tiny voice, to be changed freely."""
    return OmegaConf.create(copy.deepcopy(TINY))


@pytest.fixture(scope="session")
def tiny_voice_folder(tmp_path_factory):
    """A saved tiny voice; copy it before damaging it."""
    torch.manual_seed(0)
    config = OmegaConf.create(TINY)
    state = instantiate(config.acoustic).state_dict()
    return save_voice(tmp_path_factory.mktemp("voices") / "tiny", config, state)


@pytest.fixture(scope="session")
def tiny_voice(tiny_voice_folder):
    """The tiny voice, built."""
    return load_voice(tiny_voice_folder)
