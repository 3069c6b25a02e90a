"""What every attention promises, checked over every configuration there is."""

from functools import partial
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tts.config import config_root, instantiate

CONFIGS = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
QUERY_DIM, MEMORY_DIM, T_DEC = 12, 10, 9
LENGTHS = torch.tensor([7, 4, 1])


@pytest.fixture(params=CONFIGS)
def attention(request):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        config = compose(overrides=[f"+attention={request.param}"]).acoustic.decoder.attention
    torch.manual_seed(0)
    module = instantiate(config)(query_dim=QUERY_DIM, memory_dim=MEMORY_DIM).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():  # far from the flat start, so that weights are not all alike
            parameter.copy_(torch.randn_like(parameter) * 0.7)
    return module


def inputs(B=3, T_text=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    queries = torch.randn(B, T_DEC, QUERY_DIM, generator=generator, dtype=torch.float64)
    memory = torch.randn(B, T_text, MEMORY_DIM, generator=generator, dtype=torch.float64)
    return queries, memory, torch.arange(T_text) < LENGTHS[:B, None]


def scan(attention, queries, memory):
    state, contexts, alignments = attention.initial_state(memory), [], []
    for query in queries.unbind(1):
        context, weights, state = attention.step(query, memory, state)
        contexts.append(context)
        alignments.append(weights)
    return torch.stack(contexts, 1), torch.stack(alignments, 2)


def test_every_configuration_is_covered():
    assert {"additive", "location_sensitive", "dynamic_convolution", "stepwise_monotonic"} <= set(CONFIGS)


def test_forward_equals_scan_in_outputs_and_gradients(attention):
    queries, memory, mask = inputs()
    results = []
    for run in (attention, partial(scan, attention)):
        q, m = queries.clone().requires_grad_(), memory.clone().requires_grad_()
        contexts, alignments = run(q, attention.prepare(m, mask))
        (contexts.square().sum() + alignments.square().sum()).backward()
        gradients = [p.grad.clone() for p in attention.parameters() if p.grad is not None]
        attention.zero_grad()
        results.append([contexts, alignments, q.grad, m.grad, *gradients])
    assert len(results[0]) == len(results[1]) >= 5
    for fast, slow in zip(*results):
        torch.testing.assert_close(fast, slow, atol=1e-10, rtol=1e-8)


def test_context_is_made_by_the_returned_weights(attention):
    queries, memory, mask = inputs()
    prepared = attention.prepare(memory, mask)
    contexts, alignments = attention(queries, prepared)
    torch.testing.assert_close(contexts, alignments.mean(1) @ prepared.values, atol=1e-10, rtol=1e-8)


def test_nan_in_lengthened_padding_changes_nothing(attention):
    queries, memory, mask = inputs()
    padded = torch.full((3, 12, MEMORY_DIM), float("nan"), dtype=torch.float64)
    padded[:, :7] = memory.masked_fill(~mask.unsqueeze(-1), float("nan"))
    longer = torch.arange(12) < LENGTHS[:, None]
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    contexts_padded, alignments_padded = attention(queries, attention.prepare(padded, longer))
    torch.testing.assert_close(contexts_padded, contexts, atol=1e-10, rtol=1e-8)
    torch.testing.assert_close(alignments_padded[..., :7], alignments, atol=1e-10, rtol=1e-8)
    assert alignments_padded[~longer[:, None, None].expand_as(alignments_padded)].abs().max() == 0


def test_batch_equals_singles(attention):
    queries, memory, mask = inputs()
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    for b, n in enumerate(LENGTHS.tolist()):
        single = attention.prepare(memory[b : b + 1, :n], mask[b : b + 1, :n])
        context, alignment = attention(queries[b : b + 1], single)
        torch.testing.assert_close(context[0], contexts[b], atol=1e-10, rtol=1e-8)
        torch.testing.assert_close(alignment[0], alignments[b, :, :, :n], atol=1e-10, rtol=1e-8)


def test_rows_are_distributions_even_for_extreme_energies(attention):
    queries, memory, mask = inputs()
    for scale in (1.0, 1e4):
        alignments = attention(queries * scale, attention.prepare(memory * scale, mask))[1]
        assert torch.isfinite(alignments).all()
        assert (alignments >= 0).all()
        sums = alignments.sum(-1)
        assert (sums <= 1 + 1e-9).all()
        if attention.rows_sum_to_one:
            torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-9, rtol=0)


def test_declared_monotony_and_advance_hold(attention):
    queries, memory, mask = inputs()
    alignments = attention(queries, attention.prepare(memory, mask))[1]
    if attention.max_advance == 1:
        steps, symbols = torch.meshgrid(torch.arange(T_DEC), torch.arange(7), indexing="ij")
        assert alignments[..., symbols > steps + 1].abs().max() == 0
    if attention.monotone == "hard":  # the weight that has not passed a symbol yet never grows again
        passed = alignments.cumsum(-1).diff(dim=2)
        assert passed.max() <= 1e-9


def test_follow_equals_stepping_with_the_path_as_state(attention):
    queries, memory, mask = inputs()
    prepared = attention.prepare(memory, mask)
    path = torch.minimum(torch.tensor([[0, 0, 1, 2, 2, 3, 4, 5, 6]]), LENGTHS[:, None] - 1)
    state, rows = attention.initial_state(prepared), []
    for t in range(T_DEC):
        _, weights, _ = attention.step(queries[:, t], prepared, state)
        rows.append(weights)
        taught = torch.zeros_like(weights).scatter_(2, path[:, t].view(-1, 1, 1), 1.0)
        state = attention.observe(taught, state)
    torch.testing.assert_close(attention.follow(queries, prepared, path), torch.stack(rows, 2), atol=1e-10, rtol=1e-8)


def test_half_precision_rows_stay_close(attention):
    queries, memory, mask = inputs()
    single = attention.float()
    exact = single(queries.float(), single.prepare(memory.float(), mask))[1]
    with torch.autocast("cpu", torch.bfloat16):
        rows = single(queries.float(), single.prepare(memory.float(), mask))[1]
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.sum(-1), exact.sum(-1), atol=1e-3, rtol=0)


@pytest.mark.gpu
def test_gpu_equals_cpu(attention):
    queries, memory, mask = inputs()
    expected = attention(queries, attention.prepare(memory, mask))
    moved = attention.cuda()
    found = moved(queries.cuda(), moved.prepare(memory.cuda(), mask.cuda()))
    for a, b in zip(found, expected):
        torch.testing.assert_close(a.cpu(), b, atol=1e-8, rtol=1e-6)


def test_configurations_name_every_argument():
    import inspect

    import hydra

    for name in CONFIGS:
        config = OmegaConf.load(Path(config_root()) / "conf" / "attention" / f"{name}.yaml")
        parameters = set(inspect.signature(hydra.utils.get_class(config["_target_"])).parameters)
        assert set(config) - {"_target_", "_partial_"} == parameters - {"query_dim", "memory_dim"}, name
