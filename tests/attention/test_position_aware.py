import cmath
import math

import torch

from tests.configured import configured
from tts.attention.position_aware import PositionAware


def by_hand(module, query, memory, last):
    """Compute the weights of one utterance with complex numbers; the previous position was ``last``."""
    frequencies = module.frequencies.tolist()
    places = [[cmath.exp(1j * w * j) for w in frequencies] for j in range(len(memory))]
    keys, asked = memory @ module.key_projection.weight.T, module.query_projection.weight @ query
    looked = (keys @ asked / math.sqrt(len(asked))).softmax(0).tolist()
    c = [sum(a * place[k] for a, place in zip(looked, places)) for k in range(len(frequencies))]
    r = [cmath.exp(1j * w * last) for w in frequencies]
    relative = [number.conjugate() * other for number, other in zip(r, c)]
    seen = torch.tensor([part for number in relative for part in (number.real, number.imag)], dtype=query.dtype)
    hidden = torch.tanh(module.hidden(torch.cat((query, seen))))
    delta = torch.nn.functional.softplus(module.advance(hidden)).item()
    u = torch.tanh(module.change(hidden)).view(-1, 2).tolist()
    x = [(cmath.exp(1j * w * delta) + w / 4 * complex(*pair)) * number for w, pair, number in zip(frequencies, u, r)]
    energies = [sum((p.conjugate() * z).real for p, z in zip(place, x)) for place in places]
    return (module.sharpness * torch.tensor(energies, dtype=query.dtype)).softmax(0)


def test_a_step_equals_the_equations():
    torch.manual_seed(0)
    module = configured(PositionAware, 5, 4, attention_dim=3, position_dim=6, hidden_dim=7).double().eval()
    torch.nn.init.normal_(module.change.weight)
    memory, query = torch.randn(1, 6, 4).double(), torch.randn(1, 5).double()
    prepared = module.prepare(memory, torch.ones(1, 6, dtype=torch.bool))
    state = module.update_state(
        torch.nn.functional.one_hot(torch.tensor([[2]]), 6).double(), module.initial_state(prepared)
    )
    weights = module.step(query, prepared, state)[1][0, 0]
    torch.testing.assert_close(weights, by_hand(module, query[0], memory[0], 2))


def test_it_starts_at_its_pace_and_is_sharp_at_any_length():
    module = configured(PositionAware, 5, 4, step=0.25).eval()
    for layer in (module.advance, module.change):
        torch.nn.init.zeros_(layer.weight)
    memory = module.prepare(torch.randn(1, 300, 4), torch.ones(1, 300, dtype=torch.bool))
    alignment = module(torch.randn(1, 1000, 5), memory)[1][0, 0]
    expected = 0.25 * torch.arange(1000)
    assert (alignment.argmax(1) - expected).abs().max() < 3
    assert alignment.max(1).values.min() > 0.4  # blur does not pile up
    module.rescale_time(2.0)
    alignment = module(torch.randn(1, 500, 5), memory)[1][0, 0]
    assert (alignment.argmax(1) - 0.5 * torch.arange(500)).abs().max() < 3


def test_the_step_does_not_depend_on_the_position_in_the_text():
    """The same previous position, content and query later in a longer text give the same weights, shifted."""
    torch.manual_seed(0)
    module = configured(PositionAware, 5, 4).double().eval()
    torch.nn.init.normal_(module.change.weight, std=0.3)
    content, query = torch.zeros(1, 60, 4).double(), torch.randn(1, 5).double()
    content[:, 10] = torch.randn(4).double()  # what the first attention looks at
    rows = []
    for moved in (0, 30):
        prepared = module.prepare(content.roll(moved, 1), torch.ones(1, 60, dtype=torch.bool))
        taught = torch.nn.functional.one_hot(torch.tensor([[9 + moved]]), 60).double()
        state = module.update_state(taught, module.initial_state(prepared))
        energy = prepared.keys[0, 10 + moved, :128] @ module.query_projection(query)[0]
        rows.append(module.step(query * 400 / energy, prepared, state)[1][0, 0])
    assert rows[0][5:20].max() < 0.99
    torch.testing.assert_close(rows[1][35:50] / rows[1][35:50].sum(), rows[0][5:20] / rows[0][5:20].sum())
