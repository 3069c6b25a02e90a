import torch

from tts.losses.forward_sum import forward_sum_loss


def test_published_value():
    rows = torch.tensor([[[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]])
    loss = forward_sum_loss(rows.log(), torch.tensor([2]), torch.tensor([3]))
    torch.testing.assert_close(loss, torch.tensor(0.902255 / 3), atol=1e-5, rtol=0)


def test_padding_does_not_count():
    generator = torch.Generator().manual_seed(0)
    logits, lengths, frames = torch.randn(2, 9, 4, generator=generator), torch.tensor([4, 2]), torch.tensor([9, 5])
    single = [
        forward_sum_loss(logits[b : b + 1, :T, :n], lengths[b : b + 1], frames[b : b + 1])
        for b, (T, n) in enumerate(zip(frames.tolist(), lengths.tolist()))
    ]
    torch.testing.assert_close(forward_sum_loss(logits, lengths, frames), torch.stack(single).mean())
