import math

import pytest
import torch

from tts.attention.rotary import progress_positions, rotary_angles, rotary_frequencies, rotate


def test_a_pair_is_rotated_by_its_angle():
    x = torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]])  # pairs (1, 0) and (0, 2)
    angles = torch.tensor([[[math.pi / 2, math.pi / 6]]])
    expected = torch.tensor([[[[0.0, -1.0, 1.0, math.sqrt(3.0)]]]])
    torch.testing.assert_close(rotate(x, angles), expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(rotate(x, angles.unsqueeze(1)), expected, atol=1e-6, rtol=0)


def test_products_depend_only_on_position_differences():
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 8, dtype=torch.float64)
    frequencies = rotary_frequencies(8)

    def product(p, q):
        turned = [
            rotate(x, rotary_angles(torch.tensor([[at]], dtype=torch.float64), frequencies))
            for x, at in ((query, p), (key, q))
        ]
        return (turned[0] * turned[1]).sum()

    torch.testing.assert_close(product(3.25, 1.0), product(103.25, 101.0), atol=1e-12, rtol=0)
    assert (product(3.25, 1.0) - product(4.25, 1.0)).abs() > 1e-3


def test_frequencies_decrease_from_one():
    torch.testing.assert_close(rotary_frequencies(4, base=100.0), torch.tensor([1.0, 0.1]))
    with pytest.raises(ValueError, match="even number"):
        rotary_frequencies(7)


def test_progress_grows_from_zero_to_the_scale():
    positions = progress_positions(4, torch.tensor([4, 2]), torch.tensor([8.0, 3.0]))
    torch.testing.assert_close(positions, torch.tensor([[0.0, 2.0, 4.0, 6.0], [0.0, 1.5, 3.0, 4.5]]))
    torch.testing.assert_close(
        progress_positions(1, torch.tensor([4, 2]), torch.tensor([8.0, 3.0]), start=3), positions[:, 3:]
    )


def test_half_precision_keeps_its_dtype():
    x = torch.randn(1, 2, 3, 4, dtype=torch.bfloat16)
    assert rotate(x, torch.zeros(1, 3, 2)).dtype == torch.bfloat16
    torch.testing.assert_close(rotate(x, torch.zeros(1, 3, 2)), x)
