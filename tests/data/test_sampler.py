import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.data.metadata import CorpusError
from tts.data.sampler import BucketSampler

LENGTHS = np.random.default_rng(0).integers(50, 800, size=300)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=200),
    st.integers(500, 5000),
    st.integers(1, 4),
    st.integers(0, 5),
)
def test_every_epoch_has_all_utterances_within_the_budget(lengths, budget, world_size, epoch):
    ranks = [BucketSampler(lengths, frames_per_batch=budget, rank=r, world_size=world_size) for r in range(world_size)]
    per_rank = [sampler.batches(epoch) for sampler in ranks]
    assert {len(batches) for batches in per_rank} == {len(ranks[0])}  # DDP stalls otherwise
    dealt = [tuple(batch) for batches in per_rank for batch in batches]
    assert sorted(index for batch in set(dealt) for index in batch) == list(range(len(lengths)))
    assert len(dealt) - len(set(dealt)) < world_size * len(set(dealt))
    for batch in dealt:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_ranks_get_equal_numbers_of_batches_with_few_repeats():
    samplers = [BucketSampler(LENGTHS, frames_per_batch=4000, rank=rank, world_size=4) for rank in range(4)]
    dealt = [tuple(batch) for sampler in samplers for batch in sampler.batches(0)]
    assert len(dealt) - len(set(dealt)) < 4


def test_batches_have_similar_lengths():
    sampler = BucketSampler(LENGTHS, frames_per_batch=6000)
    padded = sum(len(batch) * LENGTHS[batch].max() for batch in sampler)
    shuffled = np.random.default_rng(1).permutation(len(LENGTHS))
    naive = sum(len(part) * LENGTHS[part].max() for part in np.array_split(shuffled, len(sampler)))
    assert LENGTHS.sum() / padded > 0.85 > LENGTHS.sum() / naive


def test_epochs_differ_and_depend_on_the_seed():
    sampler = BucketSampler(LENGTHS, batch_size=16)
    first, second = sampler.batches(0), sampler.batches(1)
    assert first == BucketSampler(LENGTHS, batch_size=16).batches(0)
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in second}
    assert first != BucketSampler(LENGTHS, batch_size=16, seed=1).batches(0)
    assert max(map(len, first)) <= 16


def test_the_sampler_continues_from_its_state():
    reference = BucketSampler(LENGTHS, batch_size=16)
    order = [batch for epoch in range(3) for batch in reference.batches(epoch)]
    for done in (0, 1, len(reference) - 1, len(reference), len(reference) + 5):
        before = BucketSampler(LENGTHS, batch_size=16)
        for _ in range(done):
            before.advance()
        after = BucketSampler(LENGTHS, batch_size=16)
        after.load_state_dict(before.state_dict())
        rest = list(after)
        assert rest == order[done : done + len(rest)]
        assert len(rest) == len(reference) - done % len(reference)
        assert len(after) == len(reference)  # a progress bar counts whole epochs


@pytest.mark.parametrize("changed", [{"seed": 1}, {"batch_size": 8}, {"lengths": LENGTHS[1:]}])
def test_a_state_with_another_order_is_an_error(changed):
    arguments = {"lengths": LENGTHS, "batch_size": 16}
    state = BucketSampler(**arguments).state_dict()
    with pytest.raises(CorpusError, match="cannot be continued"):
        BucketSampler(**(arguments | changed)).load_state_dict(state)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (2, 4), (4, 2), (3, 2)])
def test_with_another_number_of_processes_less_than_a_step_is_repeated(before, after):
    ranks = [BucketSampler(LENGTHS, batch_size=16, rank=rank, world_size=before) for rank in range(before)]
    position = len(ranks[0]) * 2 // 3
    done = [tuple(batch) for sampler in ranks for batch in sampler.batches(0)[:position]]
    for _ in range(position):
        ranks[0].advance()
    continued = [BucketSampler(LENGTHS, batch_size=16, rank=rank, world_size=after) for rank in range(after)]
    for sampler in continued:
        sampler.load_state_dict(ranks[0].state_dict())
    left = [tuple(batch) for sampler in continued for batch in sampler]
    everything = {tuple(batch) for batch in BucketSampler(LENGTHS, batch_size=16).batches(0)}
    assert everything == set(done) | set(left)  # nothing is left out
    assert len(set(done) & set(left)) < before + after  # and little is done twice


def test_a_sampler_needs_a_batch_size_or_a_budget():
    with pytest.raises(ValueError, match="frames_per_batch, batch_size or both"):
        BucketSampler(LENGTHS)
    with pytest.raises(ValueError, match="no utterances"):
        BucketSampler([], batch_size=1)


def test_both_limits_apply():
    batches = BucketSampler(LENGTHS, frames_per_batch=6000, batch_size=8).batches(0)
    assert max(map(len, batches)) == 8
    assert all(len(batch) * LENGTHS[batch].max() <= 6000 for batch in batches)
    assert sorted(index for batch in batches for index in batch) == list(range(len(LENGTHS)))
