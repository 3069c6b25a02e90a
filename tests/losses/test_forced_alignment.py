import math

import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.forced_alignment import ForcedAlignmentLoss
from tts.losses.forward_sum import forward_sum_loss


def test_forward_sum_equals_a_worked_example():
    """Two symbols over three frames: paths 112, 122 and those through the blank add up to probability .405654."""
    rows = torch.tensor([[[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]])
    loss = forward_sum_loss(rows.log(), torch.tensor([2]), torch.tensor([3]))
    assert float(loss) == pytest.approx(0.902255 / 3, abs=1e-6)


def test_forward_sum_ignores_padding():
    torch.manual_seed(0)
    single = torch.randn(1, 6, 3)
    padded = torch.full((1, 9, 5), 30.0)
    padded[:, :6, :3] = single
    lengths = torch.tensor([3]), torch.tensor([6])
    torch.testing.assert_close(forward_sum_loss(padded, *lengths), forward_sum_loss(single, *lengths))


def path_output(path):
    none = torch.empty(0)
    alignments = torch.tensor([[[[0.5, 0.5], [0.25, 0.75], [9.0, 9.0]]]])  # the last step is padding
    output = AcousticOutput(none, none, torch.tensor([2]), none, alignments, torch.tensor([2]), path)
    return output, Batch(["u"], none, torch.tensor([2]), none, torch.tensor([2]))


def test_path_loss_is_the_mean_log_weight_on_the_path():
    loss = configured(ForcedAlignmentLoss)(*path_output(torch.tensor([[0, 1, 1]])), 0)
    assert float(loss) == pytest.approx(-(math.log(0.5) + math.log(0.75)) / 2)


def test_path_loss_without_a_path_is_an_error_with_advice():
    with pytest.raises(ValueError, match=r"use_forced_alignment=true.*tts.align"):
        configured(ForcedAlignmentLoss)(*path_output(None), 0)
