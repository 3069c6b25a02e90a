import math

import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.reconstruction import MelReconstructionLoss, StopLoss

B, M, T, N, R = 2, 3, 8, 4, 2


def make(mel_lengths=(8, 5)):
    """Return a batch and its prediction, with NaN in the padding."""
    torch.manual_seed(0)
    lengths = torch.tensor(mel_lengths)
    decoder_lengths = (lengths + R - 1) // R
    mel, coarse, target = torch.randn(3, B, M, T)
    stop = torch.randn(B, T // R)
    for b, length in enumerate(mel_lengths):
        mel[b, :, length:] = coarse[b, :, length:] = math.nan
        target[b, :, length:] = 7.0
        stop[b, decoder_lengths[b] :] = math.nan
    batch = Batch(["a", "b"], torch.ones(B, N, dtype=torch.long), torch.tensor([4, 3]), target, lengths)
    output = AcousticOutput(mel, coarse, lengths, stop, torch.zeros(B, 1, T // R, N), decoder_lengths)
    return output, batch


@pytest.mark.parametrize(("l1", "l2"), [(1.0, 0.0), (0.0, 1.0), (0.5, 2.0)])
def test_mel_loss_is_the_mean_over_real_frames_of_both_mels(l1, l2):
    output, batch = make()
    expected = 0.0
    for mel in (output.mel, output.mel_before):
        d = torch.cat([(mel[b, :, :n] - batch.mel[b, :, :n]).flatten() for b, n in enumerate(batch.mel_lengths)])
        expected += l1 * d.abs().mean() + l2 * d.square().mean()
    torch.testing.assert_close(configured(MelReconstructionLoss, l1=l1, l2=l2)(output, batch, 0), expected)


def test_mel_loss_weights_self_fed_utterances_less():
    output, batch = make()
    both = [
        configured(MelReconstructionLoss, self_fed_weight=0.25)(
            output._replace(self_fed=torch.tensor(own, dtype=torch.bool)), batch, 0
        )
        for own in ([1, 0], [0, 1])
    ]
    torch.testing.assert_close(both[0] + both[1], 1.25 * configured(MelReconstructionLoss)(output, batch, 0))
    assert both[0] != both[1]


def test_mel_loss_sends_no_gradient_into_padding():
    output, batch = make()
    mel = output.mel.nan_to_num(0.0).requires_grad_()
    configured(MelReconstructionLoss)(output._replace(mel=mel, mel_before=mel), batch, 0).backward()
    assert mel.grad[1, :, 5:].abs().max() == 0.0
    assert (mel.grad[1, :, :5].abs() > 0.0).all()


def test_mel_loss_accepts_a_mel_rounded_up_to_whole_decoder_steps():
    output, batch = make((7, 5))
    short = batch._replace(mel=batch.mel[:, :, :7])
    torch.testing.assert_close(
        configured(MelReconstructionLoss)(output, short, 0), configured(MelReconstructionLoss)(output, batch, 0)
    )


def test_stop_loss_equals_values_by_hand():
    output, batch = make()  # 4 and 3 decoder steps
    losses = []
    for b, steps in enumerate((4, 3)):
        p = torch.sigmoid(output.stop_logits[b, :steps])
        losses += [-torch.log(1 - p[t]) for t in range(steps - 1)] + [-8.0 * torch.log(p[steps - 1])]
    torch.testing.assert_close(configured(StopLoss, positive_weight=8.0)(output, batch, 0), torch.stack(losses).mean())


def test_stop_loss_is_smallest_for_a_stop_at_the_last_step():
    output, batch = make()
    logits = torch.full_like(output.stop_logits, -20.0)
    logits[0, 3] = logits[1, 2] = 20.0
    assert configured(StopLoss)(output._replace(stop_logits=logits), batch, 0) < 1e-6
    assert configured(StopLoss)(output._replace(stop_logits=logits.roll(1, 1)), batch, 0) > 10.0
