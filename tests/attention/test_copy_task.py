"""Every location-based or monotonic attention learns a copy task in which the output of each frame is a symbol."""

from functools import cache

import pytest
import torch
from hydra import compose, initialize_config_dir
from torch import nn
from torch.nn import functional as F

from tts.core.config import config_root, instantiate

NUM_SYMBOLS, STAY, WIDTH = 12, 2, 48


@cache
def configuration(name):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        return compose(overrides=[f"+attention={name}"]).acoustic.decoder.attention


PACE = {
    "gmm": {"step": 0.5, "start": -0.5, "width": 1.0},
    "stepwise_monotonic": {"initial_duration": 2.0},
}  # the data's own
STEPS = {"stepwise_monotonic": 500}  # its noise costs time, and buys decisions: focus .93


class Reader(nn.Module):
    """An LSTM cell with an attention, under teacher forcing; it predicts the symbol of every frame."""

    def __init__(self, name):
        super().__init__()
        self.embedding = nn.Embedding(NUM_SYMBOLS, WIDTH)
        self.cell = nn.LSTMCell(NUM_SYMBOLS + WIDTH, WIDTH)
        options = {"attention_dim": 32, **PACE.get(name, {})}
        self.attention = instantiate(configuration(name), **options)(query_dim=WIDTH, memory_dim=WIDTH)
        self.output = nn.Linear(2 * WIDTH, NUM_SYMBOLS)

    def forward(self, tokens, mask, frames):
        memory = self.attention.prepare(self.embedding(tokens), mask)
        state, hidden = self.attention.initial_state(memory), None
        context, logits, alignments = memory.values[:, 0] * 0, [], []
        for frame in F.pad(frames, (0, 0, 1, 0))[:, :-1].unbind(1):
            hidden = self.cell(torch.cat((frame, context), 1), hidden)
            context, weights, state = self.attention.step(hidden[0], memory, state)
            logits.append(self.output(torch.cat((hidden[0], context), 1)))
            alignments.append(weights[:, 0])
        return torch.stack(logits, 1), torch.stack(alignments, 1)


def texts(generator, B, N):
    """Every symbol lasts STAY frames; the previous frame is an input half of the time, so it is not sufficient."""
    tokens = torch.randint(1, NUM_SYMBOLS, (B, N), generator=generator)
    frames = tokens.repeat_interleave(STAY, 1)
    seen = torch.rand(*frames.shape, 1, generator=generator) > 0.5
    return tokens, frames, F.one_hot(frames, NUM_SYMBOLS) * seen


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["forward_attention", "forward_transition_query", "gmm", "gmm_v2b", "dynamic_convolution", "stepwise_monotonic"],
)
def test_the_attention_learns_to_copy(name):
    torch.manual_seed(0)
    generator, N = torch.Generator().manual_seed(1), 8
    reader, mask = Reader(name), torch.ones(16, N, dtype=torch.bool)
    optimizer = torch.optim.Adam(reader.parameters(), lr=1e-2)
    for _ in range(STEPS.get(name, 250)):
        tokens, frames, past = texts(generator, 16, N)
        logits, _ = reader(tokens, mask, past)
        loss = F.cross_entropy(logits.flatten(0, 1), frames.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
    tokens, frames, past = texts(generator, 16, N)
    with torch.no_grad():
        logits, alignments = reader.eval()(tokens, mask, past)
        loss = F.cross_entropy(logits.flatten(0, 1), frames.flatten())
    focus, coverage = alignments.max(2).values.mean(), (alignments.max(1).values > 0.3)[:, :-1].float().mean()
    print(f"{name}: loss {loss.item():.3f}, focus {focus:.2f}, coverage {coverage:.2f}")
    assert loss < 0.1
    assert focus > 0.75  # at a steady pace of half a symbol a step, half of the steps look at two
    assert coverage > 0.99
