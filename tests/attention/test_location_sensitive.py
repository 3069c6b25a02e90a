import pytest
import torch

from tests.configured import configured
from tts.attention.additive import Additive
from tts.attention.location_sensitive import LocationSensitive


def prepared(attention):
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    return attention.prepare(torch.randn(2, 5, 3), mask)


def test_cumulative_weights_are_summed():
    attention = configured(LocationSensitive, 4, 3, 6, num_filters=4, kernel_size=3)
    memory = prepared(attention)
    state, total = attention.initial_state(memory), torch.zeros(2, 5)
    for t in range(4):
        _, weights, state = attention.step(torch.randn(2, 4), memory, state)
        total = total + weights.squeeze(1)
        torch.testing.assert_close(state.previous, weights.squeeze(1))
        torch.testing.assert_close(state.cumulative, total)
        torch.testing.assert_close(state.cumulative.sum(1), torch.full((2,), t + 1.0))
    assert state.cumulative[1, 3:].abs().max() == 0


def test_without_location_features_it_equals_additive():
    attention, plain = configured(LocationSensitive, 4, 3, 6), Additive(4, 3, 6)
    torch.nn.init.zeros_(attention.location_projection.weight)
    plain.load_state_dict({k: v for k, v in attention.state_dict().items() if not k.startswith("location")})
    memory, queries = prepared(attention), torch.randn(2, 7, 4)
    for a, b in zip(attention(queries, memory), plain(queries, memory)):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("channels", ["previous", "cumulative", "both"])
def test_it_uses_exactly_the_location_features_of_its_options(channels):
    attention = configured(LocationSensitive, 4, 3, 6, channels=channels)
    memory, query = prepared(attention), torch.randn(2, 4)
    start = attention.initial_state(memory)
    marked = torch.zeros(2, 5)
    marked[:, 1] = 1.0
    for field in ("previous", "cumulative"):
        changed = attention.step(query, memory, start._replace(**{field: marked}))[1]
        seen = not torch.equal(changed, attention.step(query, memory, start)[1])
        assert seen == (channels in (field, "both"))


def test_an_even_kernel_is_an_error():
    with pytest.raises(ValueError, match="odd"):
        configured(LocationSensitive, 4, 3, kernel_size=30)


def test_location_only_does_not_depend_on_the_text():
    attention = configured(LocationSensitive, 4, 3, 6, content=False, start="first")
    queries, mask = torch.randn(2, 7, 4), torch.ones(2, 5, dtype=torch.bool)
    a, b = (attention(queries, attention.prepare(torch.randn(2, 5, 3), mask))[1] for _ in range(2))
    torch.testing.assert_close(a, b)
    assert not torch.allclose(a[:, :, 0], a[:, :, 1])


def test_smoothing_divides_sigmoids_by_their_sum():
    attention = configured(LocationSensitive, 4, 3, 6, normalization="sigmoid")
    memory, query = prepared(attention), torch.randn(2, 4)
    state = attention.initial_state(memory)
    plain = configured(LocationSensitive, 4, 3, 6)
    plain.load_state_dict(attention.state_dict())
    shares = torch.sigmoid(plain.scores(query, memory, state)) * memory.mask
    expected = shares / shares.sum(1, keepdim=True)
    torch.testing.assert_close(attention.step(query, memory, state)[1][:, 0], expected)


def test_sharpening_raises_the_weights_to_a_power():
    sharp, plain = configured(LocationSensitive, 4, 3, 6, sharpening=2.0), configured(LocationSensitive, 4, 3, 6)
    plain.load_state_dict(sharp.state_dict())
    memory, query = prepared(plain), torch.randn(2, 4)
    state = plain.initial_state(memory)
    squares = plain.step(query, memory, state)[1].square()
    torch.testing.assert_close(sharp.step(query, memory, state)[1], squares / squares.sum(-1, keepdim=True))


@pytest.mark.parametrize(
    ("start", "seen"), [("zeros", [0.0, 0.0, 0.0]), ("first", [1.0, 0.0, 0.0]), ("uniform", [1 / 3] * 3)]
)
def test_the_initial_weights_are_on_the_first_symbol(start, seen):
    state = (attention := configured(LocationSensitive, 4, 3, 6, start=start)).initial_state(prepared(attention))
    torch.testing.assert_close(state.previous[1], torch.tensor([*seen, 0.0, 0.0]))
    assert state.cumulative.abs().max() == 0


@pytest.mark.parametrize("channels", ["previous", "cumulative", "both"])
def test_rescale_time_keeps_the_location_features(channels):
    """With half as many steps the cumulative weight is half; the energies must not change."""
    attention = configured(LocationSensitive, 4, 3, 6, channels=channels)
    memory, query = prepared(attention), torch.randn(2, 4)
    row, total = torch.rand(2, 5), 8 * torch.rand(2, 5)
    state = attention.initial_state(memory)._replace(previous=row, cumulative=total)
    before = attention.step(query, memory, state)[1]
    attention.rescale_time(2.0)
    torch.testing.assert_close(attention.step(query, memory, state._replace(cumulative=total / 2))[1], before)


@pytest.mark.parametrize("wrong", [{"channels": "none"}, {"normalization": "max"}, {"start": "last"}])
def test_unknown_options_are_errors(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        configured(LocationSensitive, 4, 3, **wrong)
