"""Properties that every attention of a parallel decoder must have, tested with every configuration."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from tests.configured import configured
from tts.attention.gaussian_upsampling import GaussianUpsampling
from tts.attention.larope import LARoPE
from tts.attention.parallel import timing
from tts.core.config import config_root, instantiate

CONFIGS = sorted(path.stem for path in (config_root() / "conf" / "parallel_attention").glob("*.yaml"))
LENGTHS, STEPS = torch.tensor([7, 4, 1]), torch.tensor([12, 9, 3])
DURATIONS = torch.tensor([[4.0, 2, 0, 6, 5, 3, 4], [8, 1, 5, 4, 0, 0, 0], [6, 0, 0, 0, 0, 0, 0]])


@pytest.fixture(params=CONFIGS)
def attention(request):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        config = compose(overrides=[f"+parallel_attention={request.param}"]).parallel_attention
    torch.manual_seed(0)
    return instantiate(config)(query_dim=12, memory_dim=16).double().eval()


def inputs(B=3, T_text=7):
    generator = torch.Generator().manual_seed(1)
    queries = torch.randn(3, 12, 12, generator=generator, dtype=torch.float64)[:B]
    memory = torch.randn(3, T_text, 16, generator=generator, dtype=torch.float64)[:B]
    return queries, memory, torch.arange(T_text) < LENGTHS[:B, None]


def place(durations=DURATIONS, rows=slice(None), num_steps=12):
    return timing(durations[rows], LENGTHS[rows], STEPS[rows], reduction_factor=2, num_steps=num_steps)


def test_rows_are_distributions_without_weight_on_padding(attention):
    queries, memory, mask = inputs()
    contexts, alignments = attention(queries, attention.prepare(memory, mask), place())
    assert contexts.shape == (3, 12, 16)
    assert alignments.shape == (3, attention.num_heads, 12, 7)
    torch.testing.assert_close(alignments.sum(-1), torch.ones_like(alignments.sum(-1)))
    assert alignments.masked_select(~mask[:, None, None].expand_as(alignments)).abs().max() == 0


def test_contexts_equal_those_of_forward(attention):
    queries, memory, mask = inputs()
    prepared = attention.prepare(memory, mask)
    expected = attention(queries, prepared, place())[0]
    torch.testing.assert_close(attention.contexts(queries, prepared, place()), expected, atol=1e-6, rtol=1e-6)


def test_batch_equals_singles_and_nan_padding_changes_nothing(attention):
    queries, memory, mask = inputs()
    memory = memory.masked_fill(~mask.unsqueeze(-1), float("nan"))
    contexts, alignments = attention(queries, attention.prepare(memory, mask), place())
    for b, (n, steps) in enumerate(zip(LENGTHS.tolist(), STEPS.tolist())):
        one = slice(b, b + 1)
        prepared = attention.prepare(memory[one, :n], mask[one, :n])
        context, alignment = attention(queries[one, :steps], prepared, place(DURATIONS[:, :n], one, steps))
        torch.testing.assert_close(context[0], contexts[b, :steps], atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(alignment[0], alignments[b, :, :steps, :n], atol=1e-6, rtol=1e-6)


def test_a_range_of_steps_equals_the_whole(attention):
    queries, memory, mask = inputs()
    prepared, whole = attention.prepare(memory, mask), place()
    _, alignments = attention(queries, prepared, whole)
    part = whole.window(3, 8)
    assert part.lengths.tolist() == [5, 5, 0]
    _, found = attention(queries[:, 3:8], prepared, part)
    torch.testing.assert_close(found[:2], alignments[:2, :, 3:8], atol=1e-6, rtol=1e-6)


def test_training_reaches_every_parameter(attention):
    queries, memory, mask = inputs()
    attention.train().contexts(queries, attention.prepare(memory, mask), place()).square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_timing_equals_values_by_hand():
    found = timing(torch.tensor([[3.0, 0.0, 5.0]]), torch.tensor([3]), torch.tensor([4]), 2, 5)
    assert found.symbols.tolist() == [[0, 2, 2, 2, 2]]  # the steps' middles are frames 1, 3, 5, 7 and, padding, 9
    torch.testing.assert_close(found.progress, torch.tensor([[1 / 3, 0.0, 0.4, 0.8, 1.0]]))
    torch.testing.assert_close(found.centers, torch.tensor([[0.75, 1.5, 2.75]]))
    assert found.mask.tolist() == [[True, True, True, True, False]]


def test_gaussian_weights_equal_values_by_hand():
    attention = GaussianUpsampling(1, 4, initial_width=0.5)
    prepared = attention.prepare(torch.randn(1, 2, 4), torch.ones(1, 2, dtype=torch.bool))
    found = timing(torch.tensor([[2.0, 2.0]]), torch.tensor([2]), torch.tensor([4]), 1, 4)
    _, alignments = attention(torch.zeros(1, 4, 1), prepared, found)
    width = (0.25 + 2.0) * 0.5
    energies = -0.5 * ((torch.arange(4)[:, None] + 0.5 - torch.tensor([1.0, 3.0])) / width) ** 2
    torch.testing.assert_close(alignments[0, 0], energies.softmax(-1))


def test_larope_depends_on_relative_positions():
    torch.manual_seed(0)
    attention = configured(LARoPE, 8, 8, num_heads=1)
    query, key = torch.randn(8), torch.randn(8)

    def weights(T_dec, T_text):
        durations, n = torch.full((1, T_text), T_dec / T_text), torch.tensor([T_text])
        at = timing(durations, n, torch.tensor([T_dec]), 1, T_dec)
        prepared = attention.prepare(key.expand(1, T_text, 8), torch.ones(1, T_text, dtype=torch.bool))
        return attention(query.expand(1, T_dec, 8), prepared, at)[1][0, 0]

    short, long = weights(6, 3), weights(12, 6)
    torch.testing.assert_close(long[::2, ::2] / long[::2, ::2].sum(-1, keepdim=True), short, atol=1e-5, rtol=1e-4)
