import pytest
import torch

from tests.configured import configured
from tts.attention.multi_head import MultiHead
from tts.core.interfaces import Memory


def test_weights_equal_the_published_example():
    attention = configured(MultiHead, 2, 2, num_heads=1)
    torch.nn.init.eye_(attention.query_projection.weight)
    keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])
    weights = attention(torch.tensor([[[1.0, 0.0]]]), Memory(keys, keys, torch.ones(1, 3, dtype=torch.bool)))[1]
    torch.testing.assert_close(weights[0, 0, 0], torch.tensor([0.40111, 0.19778, 0.40111]), atol=1e-5, rtol=0)


def test_contexts_equal_torch_multihead_attention():
    torch.manual_seed(0)
    attention, peer = configured(MultiHead, 12, 8, 4), torch.nn.MultiheadAttention(8, 4, bias=False, batch_first=True)
    queries, memory = torch.randn(3, 5, 12), torch.randn(3, 7, 8)
    mask = torch.arange(7) < torch.tensor([[7], [4], [1]])
    layers = attention.query_projection, attention.key_projection, attention.value_projection
    with torch.no_grad():
        torch.nn.init.eye_(peer.out_proj.weight)
        layers[0].weight[:, 8:] = 0.0  # the peer's queries are as wide as its memory
        peer.in_proj_weight.copy_(torch.cat([layer.weight[:, :8] for layer in layers]))
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    expected = peer(queries[..., :8], memory, memory, key_padding_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(contexts, expected[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(alignments, expected[1], atol=1e-5, rtol=1e-5)


def test_returned_weights_are_without_dropout():
    torch.manual_seed(0)
    attention = MultiHead(12, 8, 4, dropout=0.9)
    queries, memory = torch.randn(1, 5, 12), torch.randn(1, 7, 8)
    prepared = attention.prepare(memory, torch.ones(1, 7, dtype=torch.bool))
    dropped, told = attention.train()(queries, prepared)
    kept, expected = attention.eval()(queries, prepared)
    torch.testing.assert_close(told, expected)
    assert not torch.allclose(dropped, kept)


def test_heads_must_divide_the_memory():
    with pytest.raises(ValueError, match="3 heads do not divide"):
        configured(MultiHead, 12, 8, 3)
