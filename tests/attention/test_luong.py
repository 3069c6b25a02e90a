import pytest
import torch

from tests.configured import configured
from tts.attention.additive import Additive
from tts.attention.luong import Luong, LuongConcat

MASK = torch.tensor([[True, True, True, False]])


def prepared(attention, width):
    return attention.prepare(torch.randn(1, 4, width), MASK)


@pytest.mark.parametrize("scale", [True, False])
def test_dot_equals_scaled_dot_product_attention(scale):
    attention = Luong(5, 5, "dot", scale)
    memory, queries = prepared(attention, 5), torch.randn(1, 6, 5)
    contexts, _ = attention(queries, memory)
    factor = 5**-0.5 if scale else 1.0
    keys = memory.values
    expected = torch.nn.functional.scaled_dot_product_attention(queries, keys, keys, MASK.unsqueeze(1), scale=factor)
    torch.testing.assert_close(contexts, expected)


def test_dot_equals_values_by_hand():
    """Query (1, 0), keys (1, 0), (0, 1), (1, 1): attention.md section 1.3."""
    attention = configured(Luong, 2, 2, "dot")
    memory = attention.prepare(torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]), torch.ones(1, 3, dtype=torch.bool))
    _, weights, _ = attention.step(torch.tensor([[1.0, 0.0]]), memory, attention.initial_state(memory))
    torch.testing.assert_close(weights[0, 0], torch.tensor([0.40111, 0.19778, 0.40111]), atol=1e-5, rtol=0)


def test_general_with_the_identity_is_dot():
    general, dot = configured(Luong, 5, 5, "general"), configured(Luong, 5, 5, "dot")
    torch.nn.init.eye_(general.key_projection.weight)
    memory, queries = torch.randn(1, 4, 5), torch.randn(1, 6, 5)
    for a, b in zip(general(queries, general.prepare(memory, MASK)), dot(queries, dot.prepare(memory, MASK))):
        torch.testing.assert_close(a, b)


def test_concat_is_one_layer_over_query_and_memory_together():
    attention = LuongConcat(5, 3, 7)
    memory, query = prepared(attention, 3), torch.randn(1, 5)
    weight = torch.cat((attention.query_projection.weight, attention.key_projection.weight), 1)
    both = torch.cat((query.unsqueeze(1).expand(-1, 4, -1), memory.values), -1)
    energies = torch.tanh(both @ weight.T) @ attention.score.weight.T
    expected = torch.softmax(energies.squeeze(-1).masked_fill(~MASK, float("-inf")), -1)
    torch.testing.assert_close(attention.step(query, memory, attention.initial_state(memory))[1][:, 0], expected)


def test_concat_is_additive_without_a_bias():
    concat, additive = LuongConcat(5, 3, 7), Additive(5, 3, 7)
    assert {name for name, _ in additive.named_parameters()} - {name for name, _ in concat.named_parameters()} == {
        "key_projection.bias"
    }


def test_unequal_widths_for_dot_are_an_error():
    with pytest.raises(ValueError, match=r"attention_rnn_dim.*score=general"):
        configured(Luong, 4, 3, "dot")
