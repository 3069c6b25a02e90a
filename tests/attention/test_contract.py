"""Properties that every attention must have, tested with every configuration."""

import importlib
import inspect
import pkgutil
from functools import cache, partial

import pytest
import torch
from hydra import compose, initialize_config_dir

import tts.attention
from tts.attention.base import Attention
from tts.core.config import config_root, instantiate
from tts.core.options import class_options
from tts.nn.fp16 import with_fp16_weights

CONFIGS = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
QUERY_DIM, MEMORY_DIM, T_DEC = 12, 8, 9  # four heads divide both widths
LENGTHS = torch.tensor([7, 4, 1])


@cache
def configuration(name):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        return compose(overrides=[f"+attention={name}"]).acoustic.decoder.attention


def build(name):
    memory_dim = QUERY_DIM if name == "luong_dot" else MEMORY_DIM  # a bare product needs equal widths
    torch.manual_seed(0)
    module = instantiate(configuration(name))(query_dim=QUERY_DIM, memory_dim=memory_dim).double().eval()
    module.sigmoid_noise = 0.0  # in training, where there is any: it would differ from run to run
    with torch.no_grad():
        for parameter in module.parameters():  # far from the flat start, so that weights are not all alike
            parameter.copy_(torch.randn_like(parameter) * 0.7)
    return module


@pytest.fixture(params=CONFIGS)
def attention(request):
    return build(request.param)


@pytest.fixture(params=["training", "generating"])
def mode(request, attention):
    return attention.train(request.param == "training")


def inputs(attention, B=3, T_text=7, T=T_DEC, seed=0):
    generator = torch.Generator().manual_seed(seed)
    queries = torch.randn(B, T, QUERY_DIM, generator=generator, dtype=torch.float64)
    memory = torch.randn(B, T_text, attention.memory_dim, generator=generator, dtype=torch.float64)
    return queries, memory, torch.arange(T_text) < LENGTHS[:B, None].clamp(max=T_text)


def scan(attention, queries, memory):
    state, contexts, alignments = attention.initial_state(memory), [], []
    for query in queries.unbind(1):
        context, weights, state = attention.step(query, memory, state)
        contexts.append(context)
        alignments.append(weights)
    return torch.stack(contexts, 1), torch.stack(alignments, 2)


def classes_of(package):
    """Return every concrete attention class that a module of ``package`` defines."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == found.name
            if own and issubclass(value, Attention) and not inspect.isabstract(value):
                yield value


def test_every_attention_has_a_configuration():
    configured = {configuration(name)._target_ for name in CONFIGS}
    defined = {f"{value.__module__}.{value.__name__}" for value in classes_of(tts.attention)}
    assert defined <= configured


def test_one_file_and_one_yaml_add_an_attention(tmp_path, monkeypatch):
    """A class in a new file and a yaml file are found, are built and pass the contract tests without other changes."""
    monkeypatch.setattr(tts.attention, "__path__", [*tts.attention.__path__, str(tmp_path)])
    (tmp_path / "newcomer.py").write_text(
        "from tts.attention.additive import Additive\n\n\n"
        'class Newcomer(Additive):\n    """Additive attention under another name."""\n'
    )
    (tmp_path / "attention").mkdir()
    (tmp_path / "attention" / "newcomer.yaml").write_text(
        "# @package acoustic.decoder.attention\n"
        "_target_: tts.attention.newcomer.Newcomer\n_partial_: true\nattention_dim: 16\n"
    )
    assert "Newcomer" in {value.__name__ for value in classes_of(tts.attention)}
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        found = [f"hydra.searchpath=[file://{tmp_path}]", "attention=newcomer"]
        config = compose("train", [*found, "acoustic=tacotron2_tiny", "num_symbols=9"]).acoustic
    assert type(instantiate(config, "acoustic").decoder.attention).__name__ == "Newcomer"
    options = {"query_dim": QUERY_DIM, "memory_dim": MEMORY_DIM}
    checks = contract()
    assert len(checks) >= 8
    for check, has_mode in checks:
        for training in (True, False) if has_mode else (False,):
            torch.manual_seed(0)
            attention = instantiate(config.decoder.attention)(**options).double().train(training)
            check(attention, attention) if has_mode else check(attention)


def contract():
    """Return the tests of this file that need only one attention: (test, whether it is for training and generation)."""
    for_one = {("attention",): False, ("attention", "mode"): True}
    tests = [value for name, value in globals().items() if name.startswith("test_") and "gpu" not in name]
    names = [(test, tuple(inspect.signature(test).parameters)) for test in tests]
    return [(test, for_one[parameters]) for test, parameters in names if parameters in for_one]


def test_forward_equals_scan_in_outputs_and_gradients(attention, mode):
    queries, memory, mask = inputs(attention)
    results = []
    for run in (attention, partial(scan, attention)):
        q, m = queries.clone().requires_grad_(), memory.clone().requires_grad_()
        contexts, alignments = run(q, attention.prepare(m, mask))
        (contexts.square().sum() + alignments.square().sum()).backward()
        gradients = [p.grad for p in (q, m, *attention.parameters()) if p.grad is not None]
        attention.zero_grad()
        results.append([contexts, alignments, *gradients])
    assert len(results[0]) == len(results[1]) >= (4 if attention.training else 3)  # a hard choice has no gradient
    for fast, slow in zip(*results):
        torch.testing.assert_close(fast, slow, atol=1e-10, rtol=1e-8)


def test_training_reaches_every_parameter(attention):
    queries, memory, mask = inputs(attention)
    contexts, _ = attention.train()(queries.requires_grad_(), attention.prepare(memory, mask))
    contexts.square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_the_context_uses_the_returned_weights(attention, mode):
    queries, memory, mask = inputs(attention)
    prepared = attention.prepare(memory, mask)
    contexts, alignments = attention(queries, prepared)
    slices = prepared.values.chunk(attention.num_heads, -1)  # every head reads its own
    expected = torch.cat([alignments[:, h] @ values for h, values in enumerate(slices)], -1)
    torch.testing.assert_close(contexts, expected, atol=1e-10, rtol=1e-8)
    torch.testing.assert_close(attention.contexts(queries, prepared), contexts, atol=1e-10, rtol=1e-8)


def test_longer_padding_with_nan_changes_nothing(attention, mode):
    queries, memory, mask = inputs(attention)
    padded = torch.full((3, 12, attention.memory_dim), float("nan"), dtype=torch.float64)
    padded[:, :7] = memory.masked_fill(~mask.unsqueeze(-1), float("nan"))
    longer = torch.arange(12) < LENGTHS[:, None]
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    contexts_padded, alignments_padded = attention(queries, attention.prepare(padded, longer))
    torch.testing.assert_close(contexts_padded, contexts, atol=1e-10, rtol=1e-8)
    torch.testing.assert_close(alignments_padded[..., :7], alignments, atol=1e-10, rtol=1e-8)
    assert alignments_padded[~longer[:, None, None].expand_as(alignments_padded)].abs().max() == 0


def test_batch_equals_singles(attention, mode):
    queries, memory, mask = inputs(attention)
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    for b, n in enumerate(LENGTHS.tolist()):
        single = attention.prepare(memory[b : b + 1, :n], mask[b : b + 1, :n])
        context, alignment = attention(queries[b : b + 1], single)
        torch.testing.assert_close(context[0], contexts[b], atol=1e-10, rtol=1e-8)
        torch.testing.assert_close(alignment[0], alignments[b, :, :, :n], atol=1e-10, rtol=1e-8)


def test_rows_are_distributions_even_for_extreme_energies(attention, mode):
    queries, memory, mask = inputs(attention)
    for scale in (1.0, 1e4):
        alignments = attention(queries * scale, attention.prepare(memory * scale, mask))[1]
        assert torch.isfinite(alignments).all()
        assert (alignments >= 0).all()
        sums = alignments.sum(-1)
        if attention.rows_at_most_one:
            assert (sums <= 1 + 1e-9).all()
        if attention.rows_sum_to_one:
            torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-9, rtol=0)


def test_declared_monotony_and_advance_hold(attention, mode):
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(1, T_DEC, QUERY_DIM, generator=generator, dtype=torch.float64)
    memory = torch.randn(1, 40, attention.memory_dim, generator=generator, dtype=torch.float64)
    alignments = attention(queries, attention.prepare(memory, torch.ones(1, 40, dtype=torch.bool)))[1]
    steps, symbols = torch.meshgrid(torch.arange(T_DEC), torch.arange(40), indexing="ij")
    assert alignments[..., symbols > (steps + 1) * attention.max_advance].abs().sum() == 0
    if attention.is_monotonic:  # the weight that has not passed a symbol yet never grows again
        passed = alignments.cumsum(-1).diff(dim=2)
        assert passed.max() <= 1e-9


def test_an_attention_that_is_declared_parallel_has_no_loop_over_time(attention, mode):
    if not attention.parallel:
        return
    sizes = []
    for T in (4, 8):
        queries, memory, mask = inputs(attention, T=T)
        contexts, _ = attention(queries.requires_grad_(), attention.prepare(memory.requires_grad_(), mask))
        sizes.append(count_operations(contexts))
    assert sizes[0] == sizes[1]


def count_operations(result):
    """Number of differentiable operations that computed ``result``."""
    found, waiting = set(), [result.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return len(found)


def test_alignments_along_equals_steps_along_the_path(attention):
    attention.train()  # which is what it is for
    queries, memory, mask = inputs(attention)
    prepared = attention.prepare(memory, mask)
    path = torch.minimum(torch.tensor([[0, 0, 1, 2, 2, 3, 4, 5, 6]]), LENGTHS[:, None] - 1)
    state, rows = attention.initial_state(prepared), []
    for t in range(T_DEC):
        _, weights, _ = attention.step(queries[:, t], prepared, state)
        rows.append(weights)
        taught = torch.zeros_like(weights).scatter_(2, path[:, t].view(-1, 1, 1).expand(-1, weights.shape[1], 1), 1.0)
        state = attention.update_state(taught, state)
    torch.testing.assert_close(
        attention.alignments_along(queries, prepared, path), torch.stack(rows, 2), atol=1e-10, rtol=1e-8
    )


def test_the_order_of_the_batch_does_not_matter(attention, mode):
    queries, memory, mask = inputs(attention)
    order = torch.tensor([2, 0, 1])
    plain = attention(queries, attention.prepare(memory, mask))
    mixed = attention(queries[order], attention.prepare(memory[order], mask[order]))
    for a, b in zip(plain, mixed):
        torch.testing.assert_close(a[order], b, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize(("B", "T", "T_text"), [(1, 1, 1), (1, T_DEC, 1), (2, 1, 7)])
def test_the_smallest_sizes_work(attention, mode, B, T, T_text):
    queries, memory, mask = inputs(attention, B, T_text, T)
    contexts, alignments = attention(queries, attention.prepare(memory, mask))
    assert contexts.shape == (B, T, attention.memory_dim)
    assert alignments.shape == (B, attention.num_heads, T, T_text)
    if T_text == 1 and attention.rows_sum_to_one:
        torch.testing.assert_close(alignments, torch.ones_like(alignments))


@pytest.mark.gpu
def test_gpu_equals_cpu(attention):
    queries, memory, mask = inputs(attention)
    expected = attention(queries, attention.prepare(memory, mask))
    moved = attention.cuda()
    found = moved(queries.cuda(), moved.prepare(memory.cuda(), mask.cuda()))
    for a, b in zip(found, expected):
        torch.testing.assert_close(a.cpu(), b, atol=1e-8, rtol=1e-6)


def test_configurations_name_every_argument():
    for name in CONFIGS:
        config = configuration(name)
        parameters = set(class_options(config["_target_"]))
        assert set(config) - {"_target_", "_partial_"} == parameters - {"query_dim", "memory_dim"}, name


def long_run(attention, N, T):
    attention = attention.float()
    with torch.inference_mode():
        memory = attention.prepare(torch.randn(1, N, attention.memory_dim), torch.ones(1, N, dtype=torch.bool))
        contexts, alignments = attention(torch.randn(1, T, QUERY_DIM), memory)
    assert torch.isfinite(contexts).all()
    assert torch.isfinite(alignments).all()
    if attention.rows_sum_to_one:
        sums = alignments.sum(-1)
        torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-3, rtol=0)


def test_long_texts_work(attention):
    long_run(attention, N=2000, T=40)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_whole_chapter_works(attention, mode):
    long_run(attention, N=2000, T=10_000)


CUDA_OR_CPU = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.mark.parametrize("device", CUDA_OR_CPU)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_rows_sum_to_one_with_autocast(attention, mode, device, dtype):
    queries, memory, mask = inputs(attention)
    single = attention.float().to(device)
    queries, memory, mask = queries.float().to(device), memory.float().to(device), mask.to(device)
    exact = single(queries, single.prepare(memory, mask))[1]
    with torch.autocast(device, dtype):
        rows = single(queries, single.prepare(memory, mask))[1]
    assert rows.dtype == torch.float32
    if attention.rows_sum_to_one:
        torch.testing.assert_close(rows.sum(-1), exact.sum(-1), atol=1e-3, rtol=0)


def test_steps_work_with_half_weights(attention):
    """A Transformer decoder uses half-precision weights in generation on a CPU."""
    attention = attention.float()
    queries, memory, mask = inputs(attention)
    half, queries, memory = with_fp16_weights(attention), queries.float(), memory.float()
    with torch.inference_mode():
        exact, rounded = (module.prepare(memory, mask) for module in (attention, half))
        state = attention.initial_state(exact)
        for query in queries.unbind(1):  # both from the same state: what is rounded must not pile up
            context, weights, _ = half.step(query, rounded, state)
            expected, expected_weights, state = attention.step(query, exact, state)
            torch.testing.assert_close(context, expected, atol=0.02, rtol=0.01)
            torch.testing.assert_close(weights, expected_weights, atol=0.01, rtol=0.01)
