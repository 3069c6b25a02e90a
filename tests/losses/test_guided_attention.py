import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.guided_attention import GuidedAttentionLoss


def output_of(alignments, decoder_lengths, token_lengths):
    """Return an output and a batch that contain only an alignment."""
    none = torch.empty(0)
    lengths = torch.tensor(decoder_lengths)
    output = AcousticOutput(none, none, lengths, none, alignments, lengths)
    return output, Batch(["u"] * len(lengths), none, torch.tensor(token_lengths), none, lengths)


def test_the_penalty_equals_the_example_of_espnet():
    """T=6, N=3, g=0.4: ESPnet's docstring of GuidedAttentionLoss."""
    expected = [
        [0.0, 0.2934, 0.7506],
        [0.0831, 0.0831, 0.5422],
        [0.2934, 0.0, 0.2934],
        [0.5422, 0.0831, 0.0831],
        [0.7506, 0.2934, 0.0],
        [0.8858, 0.5422, 0.0831],
    ]
    found = configured(GuidedAttentionLoss, sigma=0.4).penalty(torch.tensor([6]), torch.tensor([3]), 6, 3)
    torch.testing.assert_close(found[0], torch.tensor(expected), atol=5e-5, rtol=0)


def test_padding_changes_nothing():
    torch.manual_seed(0)
    loss = configured(GuidedAttentionLoss)
    small = torch.rand(1, 2, 6, 3) / 3  # rows that lose some of their weight
    alone = loss(*output_of(small, [6], [3]), 0)
    padded = torch.full((1, 2, 9, 5), 100.0)
    padded[:, :, :6, :3] = small
    torch.testing.assert_close(loss(*output_of(padded, [6], [3]), 0), alone)


def test_a_diagonal_costs_zero_and_its_mirror_image_much():
    diagonal = torch.eye(10).view(1, 1, 10, 10)
    loss = configured(GuidedAttentionLoss)
    assert loss(*output_of(diagonal, [10], [10]), 0) == 0.0
    assert loss(*output_of(diagonal.flip(3), [10], [10]), 0) > 0.5


def test_weight_that_left_the_text_costs_most():
    """Two steps of four have no weight, one has half of it: (2 + 0.5) / 4."""
    diagonal = torch.eye(4).view(1, 1, 4, 4)
    lost = diagonal * torch.tensor([1.0, 0.5, 0.0, 0.0]).view(4, 1)
    loss = configured(GuidedAttentionLoss, weight=1.0)
    assert float(loss(*output_of(lost, [4], [4]), 0)) == pytest.approx(2.5 / 4)
    assert loss(*output_of(torch.zeros(1, 1, 4, 4), [4], [4]), 0) == 1.0
    assert loss(*output_of(diagonal.flip(3), [4], [4]), 0) < 1.0  # even the wrong diagonal is better than none


def test_the_frame_form_does_not_depend_on_the_length_of_the_text():
    def cost(N, form):
        return configured(GuidedAttentionLoss, form=form)(*output_of(torch.full((1, 1, N, N), 1.0 / N), [N], [N]), 0)

    assert abs(cost(20, "frame") - cost(200, "frame")) < 0.05 * cost(200, "frame")
    assert cost(20, "mean") > 9 * cost(200, "mean")


def test_the_loss_fades():
    loss = configured(GuidedAttentionLoss, fade_start=100, fade_end=200)
    uniform = output_of(torch.full((1, 1, 8, 4), 0.25), [8], [4])
    full = loss(*uniform, 0)
    assert full > 0
    torch.testing.assert_close(loss(*uniform, 100), full)
    torch.testing.assert_close(loss(*uniform, 175), 0.25 * full)
    assert loss(*uniform, 200) == loss(*uniform, 10_000) == 0.0


@pytest.mark.parametrize(
    "wrong", [{"form": "sum"}, {"fade_start": 5, "fade_end": None}, {"fade_start": 5, "fade_end": 5}]
)
def test_wrong_arguments_are_errors(wrong):
    with pytest.raises(ValueError, match=r"form is|fade_start"):
        configured(GuidedAttentionLoss, **wrong)
