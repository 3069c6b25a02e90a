import re

import numpy as np
import pytest
import torch

from tts.core.interfaces import AcousticOutput
from tts.plot_attention import main
from tts.synthesis.attention_trace import trace_attention
from tts.voices.voice import load_voice


@pytest.fixture
def draw(tiny_voice_folder, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder. Returns its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words, voice=tiny_voice_folder):
        status = main([str(voice), *words])
        return status, *capsys.readouterr()

    return run


class ThreeHeads(torch.nn.Module):
    """Head h attends to symbol t + h at step t."""

    reduction_factor = 1
    is_stochastic, supports_constraints, has_speed, has_pitch = True, False, False, False
    head_names = ("layer 1 head 1", "layer 1 head 2", "layer 2 head 1")

    def generate(self, tokens, token_lengths, seeds):
        N = tokens.shape[1]
        heads = torch.stack([torch.eye(N).roll(h, 1) for h in range(3)])[None]
        mel = torch.zeros(1, 8, N)
        return AcousticOutput(mel, mel, token_lengths, torch.zeros(1, N), heads, token_lengths)


def test_a_voice_with_only_onnx_graphs_is_named(draw):
    status, _, err = draw("Hello.", voice="ljspeech")
    assert status == 1
    assert "ljspeech has only ONNX graphs" in err


def test_every_head_is_stored_by_its_name(tiny_voice_folder):
    voice = load_voice(tiny_voice_folder)
    object.__setattr__(voice, "acoustic", ThreeHeads())
    one = trace_attention(voice, "Hello.")
    N = len(one.reading.tokens)
    assert list(one.heads) == ["alignment", *ThreeHeads.head_names]
    np.testing.assert_array_equal(one.heads["layer 1 head 2"], np.roll(np.eye(N), 1, 1))
    np.testing.assert_allclose(one.heads["alignment"], sum(np.roll(np.eye(N), h, 1) for h in range(3)) / 3, rtol=1e-6)


def test_every_head_is_scored(tiny_voice_folder):
    voice = load_voice(tiny_voice_folder)
    object.__setattr__(voice, "acoustic", ThreeHeads())
    scores = trace_attention(voice, "Hello.").scores
    assert [score.name for score in scores if score.is_aligned] == ["layer 1 head 1"]


def test_the_trace_equals_the_speech_of_the_voice(tiny_voice):
    from tts import TTS

    spoken = TTS(tiny_voice)("Hello world.", seed=3, repair=False).sentences[0]
    one = trace_attention(tiny_voice, "Hello world.", seed=3)
    np.testing.assert_allclose(one.heads["attention"], spoken.alignment, atol=1e-6)
    np.testing.assert_allclose(one.mel, spoken.mel, atol=1e-5)
    assert one.health.verdict == spoken.report.verdict


def test_every_sentence_gets_a_picture(draw, tmp_path):
    status, out, _ = draw("Hello world. And again!", "-o", "plots/see.png")
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["see-1.png", "see-2.png"]
    assert "Hello world.  " in out


def test_the_page_has_every_sentence(draw, tmp_path):
    for _ in range(2):
        assert draw("Hello world. And again!", "-o", "see.html")[0] == 0
    text = (tmp_path / "see.html").read_text(encoding="utf-8")
    assert re.findall(r'data-key="(.*?)"', text) == ["None 1: Hello world.", "None 2: And again!"]


@pytest.mark.parametrize(
    ("words", "voice", "status", "message"),
    [
        (["Hello.", "-o", "a.gif"], None, 2, "must end in .html, .png"),
        (["...!?"], None, 1, "no word that can be spoken"),
        (["Hello."], "nobody", 1, "no voice 'nobody'"),
    ],
)
def test_wrong_input_gives_a_clear_error(draw, tiny_voice_folder, words, voice, status, message):
    found, _, err = draw(*words, voice=voice or tiny_voice_folder)
    assert found == status
    assert message in err
