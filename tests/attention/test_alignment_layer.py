import math

import pytest
import torch

from tts.attention.alignment_layer import AlignmentLayer
from tts.nn.position import RelativePositionBias

STEP = 0.4


def layer(heads=2, width=0.5, seed=0):
    torch.manual_seed(seed)
    built = AlignmentLayer(6, 8, STEP, RelativePositionBias(heads, 16, width=width)).double()
    torch.nn.init.normal_(built.advance.weight)
    return built


def example(built, T=12, lengths=(7, 5)):
    torch.manual_seed(1)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    memory = built.prepare(torch.randn(len(lengths), max(lengths), 8, dtype=torch.float64), mask)
    return torch.randn(len(lengths), T, 6, dtype=torch.float64), memory


def test_it_equals_the_equations_of_the_paper():
    built, lengths = layer(), (7, 5)
    x, memory = example(built, lengths=lengths)
    added, positions = built(x, memory)
    table, weights = built.position_bias.table, dict(built.rnn.named_parameters())
    for b, N in enumerate(lengths):
        position, hidden, cell = torch.tensor(-STEP).double(), torch.zeros(8).double(), torch.zeros(8).double()
        for t in range(x.shape[1]):
            context = []
            for head in range(2):
                place = [min(max(16 + (j - position), 0), 31) for j in range(N)]  # distances below 8 have own buckets
                assert max(abs(j - position) for j in range(N)) < 8
                low = [math.floor(p) for p in place]
                bias = [table[i, head] * (1 - (p - i)) + table[i + 1, head] * (p - i) for i, p in zip(low, place)]
                share = torch.stack(bias).softmax(0)
                context.append(share @ memory.values[b, :N, 4 * head : 4 * head + 4])
            read = torch.cat((built.norm(x[b, t]), *context))
            gates = weights["weight_ih_l0"] @ read + weights["bias_ih_l0"]
            gates = gates + weights["weight_hh_l0"] @ hidden + weights["bias_hh_l0"]
            i, f, g, o = gates.chunk(4)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
            position = position + torch.log1p(torch.exp(built.advance(hidden)[0]))
            torch.testing.assert_close(positions[b, t], position)
            torch.testing.assert_close(added[b, t], x[b, t] + built.output(hidden))


def test_steps_equal_the_whole_sequence():
    built = layer()
    x, memory = example(built)
    added, positions = built(x, memory)
    state = built.initial_state(memory)
    for t in range(x.shape[1]):
        one, position, state = built.step(x[:, t], memory, state)
        torch.testing.assert_close(one, added[:, t])
        torch.testing.assert_close(position, positions[:, t])


def test_along_a_path_each_step_starts_from_the_last_symbol():
    built = layer()
    x, memory = example(built, T=6)
    path = torch.tensor([[0, 1, 1, 3, 4, 6], [0, 0, 1, 2, 4, 4]])
    added, positions = built.forward_along(x, memory, path)
    state = built.initial_state(memory)
    for t in range(6):
        one, position, state = built.step(x[:, t], memory, state)
        torch.testing.assert_close(one, added[:, t])
        torch.testing.assert_close(position, positions[:, t])
        state = state._replace(position=path[:, t].double())


def test_the_position_moves_forward_at_its_pace():
    built = AlignmentLayer(6, 8, STEP, RelativePositionBias(2, 16)).double()
    x, memory = example(built, T=50)
    torch.testing.assert_close(built(x, memory)[1][0], STEP * torch.arange(50.0).double())
    built.rescale_time(2.0)
    assert built(x, memory)[1][0].diff().tolist() == pytest.approx(49 * [2 * STEP])
    moved = layer()(x, memory)[1].diff()
    assert (moved > 0).all()
    assert float(moved.detach().std()) > 0.01


def test_long_after_the_end_the_context_stays_the_same():
    built = layer()
    x, memory = example(built, T=2)
    far = torch.tensor([[1e3, 1e6], [1e3, 1e6]]).double()
    contexts = built._contexts(far, memory)
    assert torch.isfinite(contexts).all()
    torch.testing.assert_close(contexts[:, 0], contexts[:, 1])


def test_padding_and_the_batch_change_nothing():
    built = layer()
    x, memory = example(built)
    together = built(x, memory)
    for b, N in enumerate((7, 5)):
        alone = built(x[b : b + 1], type(memory)(*(part[b : b + 1, :N] for part in memory[:3])))
        for part, expected in zip(together, alone):
            torch.testing.assert_close(part[b : b + 1], expected)


def test_every_parameter_has_a_gradient():
    for along in (None, torch.tensor([[0, 1, 1], [0, 0, 1]])):
        built = layer(width=4.0)
        x, memory = example(built, T=3)
        added, positions = built(x, memory) if along is None else built.forward_along(x, memory, along)
        (added.square().sum() + positions.square().sum()).backward()
        for name, parameter in built.named_parameters():
            assert parameter.grad is not None, name
            assert float(parameter.grad.abs().sum()) > 0, name
