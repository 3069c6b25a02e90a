import numpy as np
import pytest
import torch

from tts.engine.random_numbers import Generator


@pytest.mark.parametrize("seed", [0, 7, 2**31])
def test_uniform_numbers_equal_torch(seed):
    expected = torch.rand(33, 2, generator=torch.Generator().manual_seed(seed)).numpy()
    np.testing.assert_array_equal(Generator(seed).uniform(33, 2), expected)


@pytest.mark.parametrize("count", [16, 32, 37])
def test_normal_numbers_equal_torch(count):
    expected = torch.randn(count, generator=torch.Generator().manual_seed(3)).numpy()
    np.testing.assert_allclose(Generator(3).normal(count), expected, atol=1e-5)
