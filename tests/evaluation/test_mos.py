import sys
import types

import numpy as np
import pytest
import torch

from tts.evaluation.asr import SAMPLE_RATE, RecognizerError
from tts.evaluation.mos import MOSPredictor, load_predictor


@pytest.fixture
def distillmos(monkeypatch):
    """A stand-in package whose rating of audio is its duration in seconds."""
    module = types.ModuleType("distillmos")

    class Model(torch.nn.Module):
        def forward(self, wav):
            assert wav.dtype == torch.float32
            return torch.tensor([wav.shape[1] / SAMPLE_RATE])

    module.ConvTransformerSQAModel = Model
    monkeypatch.setitem(sys.modules, "distillmos", module)
    monkeypatch.setattr("tts.evaluation.mos.metadata.version", lambda package: "9")


def test_long_audio_is_rated_in_parts_weighted_by_length(distillmos, tmp_path):
    assert isinstance(load_predictor("distillmos"), MOSPredictor)
    assert load_predictor("distillmos").name == "DistillMOS 9"
    (tmp_path / "short.yaml").write_text("_target_: tts.evaluation.mos.DistillMOS\nlongest: 2.0\n")
    predictor, wav = load_predictor(str(tmp_path / "short.yaml")), np.ones(3 * SAMPLE_RATE, np.float32)
    assert predictor(wav[:SAMPLE_RATE]) == pytest.approx(1)
    assert 1.6 < predictor(wav) < 2.6  # 1.5 + 1.5 seconds, or 1 + 2


def test_a_missing_package_is_an_error_with_its_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "distillmos", None)
    with pytest.raises(RecognizerError, match="pip install"):
        load_predictor("distillmos")
