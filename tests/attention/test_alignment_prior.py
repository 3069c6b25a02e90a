import pytest
import torch
from scipy import stats

from tests.configured import configured
from tts.attention.additive import Additive
from tts.attention.alignment_prior import AlignmentPrior
from tts.attention.base import ConstrainedAttention
from tts.nn.beta_binomial import log_alignment_prior, log_alignment_priors


@pytest.mark.parametrize(
    ("T", "N", "rows"),
    [
        (2, 3, [[0.5, 1 / 3, 1 / 6], [1 / 6, 1 / 3, 0.5]]),
        (3, 4, [[0.5, 0.3, 0.15, 0.05], [0.2, 0.3, 0.3, 0.2], [0.05, 0.15, 0.3, 0.5]]),
    ],
)
def test_the_prior_equals_published_values(T, N, rows):
    torch.testing.assert_close(log_alignment_prior(T, N).exp(), torch.tensor(rows, dtype=torch.float64))


@pytest.mark.parametrize("scale", [1.0, 0.5, 2.0])
def test_a_batch_equals_distributions_of_scipy(scale):
    steps, symbols = torch.tensor([9, 5, 1]), torch.tensor([4, 6, 1])
    priors = log_alignment_priors(steps, symbols, scale).exp()
    for b, (T, N) in enumerate(zip(steps.tolist(), symbols.tolist())):
        torch.testing.assert_close(priors[b, :T, :N], log_alignment_prior(T, N, scale).exp())
        torch.testing.assert_close(priors[b, :T].sum(1), torch.ones(T, dtype=torch.float64))
        torch.testing.assert_close(priors[b, :T, :N], priors[b, :T, :N].flip(0, 1))
        for t in range(T):
            expected = stats.betabinom(N - 1, scale * (t + 1), scale * (T - t)).pmf(range(N))
            torch.testing.assert_close(priors[b, t, :N], torch.as_tensor(expected))
    assert priors[0, :, 4:].abs().max() == 0


def test_the_prior_fades_during_training():
    attention = Additive(6, 3, 4)
    torch.nn.init.zeros_(attention.score.weight)  # flat without the prior
    memory = attention.prepare(torch.randn(2, 5, 3), torch.arange(5) < torch.tensor([[5], [3]]))
    prior = configured(AlignmentPrior, fade_start=1, fade_end=3)
    lengths = torch.tensor([5, 3]), torch.tensor([8, 6])
    expected = log_alignment_priors(lengths[1], lengths[0]).exp()
    for batch in range(3):  # full, full, half; then gone
        prior.set_step(batch)
        ruled = ConstrainedAttention(attention, [prior(*lengths)])
        state, flat = ruled.initial_state(memory), max(0.0, (batch - 1) / 2)
        for t in range(6):
            _, weights, state = ruled.step(torch.randn(2, 6), memory, state)
            rows = (expected[:, t] + (1 - expected[:, t]) * flat) * memory.mask
            torch.testing.assert_close(weights[:, 0], (rows / rows.sum(1, keepdim=True)).float(), atol=1e-5, rtol=1e-5)
    prior.set_step(3)
    assert prior(*lengths) is None


def test_the_prior_applies_in_training_and_its_count_is_stored():
    prior = configured(AlignmentPrior, fade_start=1, fade_end=2)
    lengths = torch.tensor([5]), torch.tensor([8])
    assert prior.eval()(*lengths) is None
    assert prior.train()(*lengths) is not None
    assert prior(*lengths) is not None  # batches of one optimizer step do not count
    prior.set_step(1)
    resumed = configured(AlignmentPrior, fade_start=1, fade_end=2)
    resumed.load_state_dict(prior.state_dict())
    assert int(resumed.batches) == 1


def test_an_incomplete_fade_is_an_error():
    with pytest.raises(ValueError, match="fade_start"):
        configured(AlignmentPrior, fade_start=5, fade_end=None)
