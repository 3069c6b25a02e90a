import pytest
import torch

from tts.attention.additive import Additive
from tts.attention.location_sensitive import LocationSensitive


def prepared(attention):
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    return attention.prepare(torch.randn(2, 5, 3), mask)


def test_cumulative_weights_add_up():
    attention = LocationSensitive(4, 3, 6, num_filters=4, kernel_size=3)
    memory = prepared(attention)
    state, total = attention.initial_state(memory), torch.zeros(2, 5)
    for t in range(4):
        _, weights, state = attention.step(torch.randn(2, 4), memory, state)
        total = total + weights.squeeze(1)
        torch.testing.assert_close(state.previous, weights.squeeze(1))
        torch.testing.assert_close(state.cumulative, total)
        torch.testing.assert_close(state.cumulative.sum(1), torch.full((2,), t + 1.0))
    assert state.cumulative[1, 3:].abs().max() == 0


def test_without_location_it_is_additive():
    attention, plain = LocationSensitive(4, 3, 6), Additive(4, 3, 6)
    torch.nn.init.zeros_(attention.location_projection.weight)
    plain.load_state_dict({k: v for k, v in attention.state_dict().items() if not k.startswith("location")})
    memory, queries = prepared(attention), torch.randn(2, 7, 4)
    for a, b in zip(attention(queries, memory), plain(queries, memory)):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("channels", ["previous", "cumulative", "both"])
def test_it_sees_exactly_the_channels_it_was_given(channels):
    attention = LocationSensitive(4, 3, 6, channels=channels)
    memory, query = prepared(attention), torch.randn(2, 4)
    start = attention.initial_state(memory)
    marked = torch.zeros(2, 5)
    marked[:, 1] = 1.0
    for field in ("previous", "cumulative"):
        changed = attention.step(query, memory, start._replace(**{field: marked}))[1]
        seen = not torch.equal(changed, attention.step(query, memory, start)[1])
        assert seen == (channels in (field, "both"))


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match="odd"):
        LocationSensitive(4, 3, kernel_size=30)
