import torch

from tts.nn.beta_binomial import log_alignment_prior


def test_priors_equal_published_values():
    torch.testing.assert_close(
        log_alignment_prior(2, 3).exp(), torch.tensor([[3, 2, 1], [1, 2, 3]], dtype=torch.float64) / 6
    )
    expected = torch.tensor([[10, 6, 3, 1], [4, 6, 6, 4], [1, 3, 6, 10]], dtype=torch.float64) / 20
    torch.testing.assert_close(log_alignment_prior(3, 4).exp(), expected)


def test_rows_are_distributions_and_the_prior_is_symmetric():
    prior = log_alignment_prior(40, 13, scale=0.7).exp()
    torch.testing.assert_close(prior.sum(1), torch.ones(40, dtype=torch.float64))
    torch.testing.assert_close(prior, prior.flip(0, 1))
