import torch
from torch.nn.utils.rnn import pad_sequence

from tts.acoustic.aligner import Aligner
from tts.losses.forward_sum import forward_sum_loss
from tts.nn.alignment_search import monotonic_alignment_search
from tts.nn.beta_binomial import log_alignment_prior


def spoken(generator, B=8, N=8, num_symbols=12):
    """Noisy mels in which each symbol has its own spectrum and lasts two to six frames."""
    sounds = torch.randn(num_symbols, 80, generator=torch.Generator().manual_seed(99)) * 2 - 5
    tokens = torch.stack([torch.randperm(num_symbols, generator=generator)[:N] for _ in range(B)])
    durations = torch.randint(2, 7, (B, N), generator=generator)
    lengths = durations.sum(1)
    mel = torch.full((B, int(lengths.max()), 80), -11.5)
    for row, symbols, frames in zip(mel, tokens, durations):
        row[: frames.sum()] = sounds[symbols].repeat_interleave(frames, 0)
    return tokens, durations, mel.mT + 0.5 * torch.randn(B, 80, mel.shape[1], generator=generator), lengths


def test_training_finds_the_symbols_of_the_frames():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    aligner = Aligner(12, 80, 32, 80, 0.005, mel_mean=-5.0, mel_std=2.0)
    optimizer = torch.optim.Adam(aligner.parameters(), lr=3e-3)
    for step in range(240):
        tokens, durations, mel, frames = spoken(generator)
        lengths = torch.full((8,), 8)
        logits = torch.log_softmax(aligner(tokens, lengths, mel), -1)
        if step < 160:  # finds the diagonal first
            prior = [log_alignment_prior(T, 8, 0.5) for T in frames.tolist()]
            logits = logits + pad_sequence(prior, batch_first=True).clamp_min(-20).float()
        loss = forward_sum_loss(logits, lengths, frames)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        found = monotonic_alignment_search(torch.log_softmax(aligner(tokens, lengths, mel), -1), lengths, frames)
    assert (found.cumsum(1) - durations.cumsum(1)).abs().float().mean() < 0.25  # frames off, at a boundary
    assert torch.equal(found.sum(1), frames)


def test_padding_does_not_change_the_scores():
    aligner = Aligner(12, 80, 16, 80, 0.005, mel_mean=-5.0, mel_std=2.0).eval()
    tokens, _, mel, frames = spoken(torch.Generator().manual_seed(1), B=2)
    short = torch.tensor([8, 5])
    padded = torch.cat((tokens, torch.full((2, 3), 7)), 1)
    scores, longer = aligner(tokens, short, mel), aligner(padded, short, mel)
    torch.testing.assert_close(longer[0, :, :8], scores[0])
    torch.testing.assert_close(longer[1, :, :5], scores[1, :, :5])
