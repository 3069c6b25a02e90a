import torch

from tts.attention import base
from tts.attention.additive import Additive

MASK = torch.tensor([[True, True, True, False]])


def test_score_of_zero_is_uniform_over_real_symbols():
    attention = Additive(4, 3, 5)
    torch.nn.init.zeros_(attention.score.weight)
    memory = attention.prepare(torch.randn(1, 4, 3), MASK)
    _, weights, _ = attention.step(torch.randn(1, 4), memory, attention.initial_state(memory))
    torch.testing.assert_close(weights[0, 0], torch.tensor([1 / 3, 1 / 3, 1 / 3, 0.0]))


def test_permuting_the_memory_permutes_the_weights():
    attention, memory, query = Additive(4, 3, 5), torch.randn(1, 6, 3), torch.randn(1, 2, 4)
    mask, order = torch.ones(1, 6, dtype=torch.bool), torch.tensor([3, 1, 5, 0, 2, 4])
    plain = attention(query, attention.prepare(memory, mask))[1]
    permuted = attention(query, attention.prepare(memory[:, order], mask))[1]
    torch.testing.assert_close(permuted, plain[..., order])


def test_chunks_of_time_do_not_change_the_result(monkeypatch):
    attention, memory, queries = Additive(4, 3, 5), torch.randn(2, 6, 3), torch.randn(2, 11, 4)
    prepared = attention.prepare(memory, torch.ones(2, 6, dtype=torch.bool))
    whole = attention(queries, prepared)
    monkeypatch.setattr(base, "CPU_CHUNK", 2 * 6 * 5 * 3)
    for a, b in zip(attention(queries, prepared), whole):
        torch.testing.assert_close(a, b)
