"""A small vocoder learns what a large one says."""

import pytest
import torch

from tests.configured import configured, part
from tts.audio.mel import MelSpectrogram
from tts.data.corpus import Corpus
from tts.distill_vocoder import main
from tts.distillation.vocoder import DistillationError, DistillationOptions, distill, distillation_loss
from tts.vocoder.harmonic_vocos import HarmonicVocos
from tts.voices.vocoder import load_vocoder, save_vocoder

OPTIONS = DistillationOptions(steps=12, batch_size=2, frames=16, warmup_steps=2, save_every=4)
VOCODER = part(HarmonicVocos, dim=16, hidden_dim=16, num_layers=1)


def vocoder(seed, dim=16, **options):
    torch.manual_seed(seed)
    return configured(HarmonicVocos, configured(MelSpectrogram), dim, dim, 1, 8, **options)


def test_a_copy_of_the_teacher_has_the_smallest_loss():
    teacher, mel = vocoder(0).eval(), torch.randn(2, 80, 12) - 5
    assert distillation_loss(vocoder(0), teacher, mel) < 0.8 * distillation_loss(vocoder(1), teacher, mel)


def test_distillation_lowers_the_loss_and_resumes(tone_corpus, tmp_path):
    corpora, teacher = [Corpus(tone_corpus)], vocoder(0).eval()
    mel = torch.from_numpy(corpora[0].mel(0, 0, 32))[None]
    whole = distill(vocoder(1), teacher, corpora, OPTIONS, tmp_path / "whole")
    assert distillation_loss(whole, teacher, mel) < distillation_loss(vocoder(1), teacher, mel)
    student = vocoder(1)
    with pytest.raises(KeyboardInterrupt):
        distill(student, teacher, corpora, OPTIONS, tmp_path / "parts", autocast=Interrupt(student, 6))
    parts = distill(vocoder(2), teacher, corpora, OPTIONS, tmp_path / "parts")
    for (name, value), other in zip(whole.state_dict().items(), parts.state_dict().values()):
        torch.testing.assert_close(other, value, msg=name)


class Interrupt:
    """Stands for an interruption: counts the student's forward passes and stops at one."""

    def __new__(cls, student, at):
        calls = []

        def count(*_):
            calls.append(1)
            if len(calls) > at:
                raise KeyboardInterrupt

        student.backbone.register_forward_pre_hook(count)


def test_different_pitch_ranges_are_errors(tone_corpus, tmp_path):
    with pytest.raises(DistillationError, match="f_min"):
        distill(vocoder(1, f_min=100.0), vocoder(0), [Corpus(tone_corpus)], OPTIONS, tmp_path)


def test_the_command_writes_a_vocoder(tone_corpus, tmp_path, capsys):
    teacher, audio = vocoder(0), Corpus(tone_corpus).config["audio"]
    config = {"audio": audio, "vocoder": {**VOCODER, "pitch_dim": 8}}
    save_vocoder(tmp_path / "teacher", config, teacher.state_dict())
    sizes = ["--steps", "1", "--frames", "16", "--dim", "8", "--hidden-dim", "8", "--layers", "1"]
    words = [str(tmp_path / "teacher"), "--corpus", str(tone_corpus), "-o", str(tmp_path / "small"), *sizes]
    assert main(words) == 0
    small = load_vocoder(tmp_path / "small").vocoder
    assert small.backbone.embed.out_channels == 8
    assert small(torch.zeros(1, 80, 4) - 5).shape == (1, 4 * 256)
    (tmp_path / "file").write_text("")
    assert main([*words[:3], "-o", str(tmp_path / "file" / "small"), *sizes]) == 1
    assert "a part of its path is a file; choose another folder" in capsys.readouterr().err


def test_emulated_bfloat16_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr("tts.training.hardware.cpu_has_bfloat16", lambda: False)
    assert main(["teacher", "--corpus", "corpus", "-o", "small", "--bfloat16"]) == 1
    assert "has no bfloat16 instructions. Remove it." in capsys.readouterr().err
