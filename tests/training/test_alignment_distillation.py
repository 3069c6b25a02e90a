import pytest
import torch
from configured import configured

from tts.core.interfaces import Batch
from tts.training.alignment_distillation import AlignmentDistillationLoss
from tts.voices.voice import load_voice


@pytest.fixture
def batch():
    torch.manual_seed(0)
    tokens = torch.randint(1, 10, (2, 9))
    return Batch(["a", "b"], tokens, torch.tensor([9, 5]), torch.randn(2, 8, 40), torch.tensor([40, 30]))


def test_equal_attention_gives_zero_loss(tiny_voice_folder, batch):
    loss = configured(AlignmentDistillationLoss, str(tiny_voice_folder))
    student = load_voice(str(tiny_voice_folder)).acoustic.eval()
    assert float(loss(student(batch), batch, 0)) == pytest.approx(0.0, abs=1e-6)
    assert list(loss.parameters()) == []  # the teacher is not learned, and not stored


def test_different_attention_gives_a_loss_with_a_gradient_until_the_end(tiny_voice_folder, batch):
    loss = configured(AlignmentDistillationLoss, str(tiny_voice_folder), end=5)
    student = load_voice(str(tiny_voice_folder)).acoustic.train().requires_grad_(True)
    with torch.no_grad():
        for parameter in student.decoder.attention.parameters():
            parameter.add_(torch.randn_like(parameter))
    found = loss(student(batch), batch, 0)
    assert float(found) > 1e-4
    found.backward()
    assert student.decoder.attention.query_projection.weight.grad.abs().sum() > 0
    assert loss(student(batch), batch, 5) == 0


def test_the_alignment_of_the_teacher_is_interpolated_to_other_steps(tiny_voice_folder, batch):
    loss = configured(AlignmentDistillationLoss, str(tiny_voice_folder))
    teacher = load_voice(str(tiny_voice_folder)).acoustic.eval()
    output = teacher(batch)
    finer = output._replace(
        alignments=output.alignments.repeat_interleave(2, 2), decoder_lengths=2 * output.decoder_lengths
    )
    assert float(loss(finer, batch, 0)) < 0.05
