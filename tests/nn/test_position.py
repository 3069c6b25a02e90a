import math

import pytest
import torch

from tts.nn.position import RelativePositionBias, ScaledPositionalEncoding

PUBLISHED = {-100: 1, -64: 1, -10: 7.2488, -8: 8, -2.5: 13.5, 0: 16, 0.5: 16.5, 2.5: 18.5, 8: 24, 10: 24.7512, 64: 31}


def ruler(**options):
    """Return a bias whose value is the bucket."""
    bias = RelativePositionBias(1, 64, **options)
    with torch.no_grad():
        bias.table.copy_(torch.arange(32.0).unsqueeze(1))
    return bias


@pytest.mark.parametrize(("distance", "bucket"), PUBLISHED.items())
def test_buckets_equal_published_values(distance, bucket):
    beyond = max(0, abs(distance) - 64)
    assert float(ruler()(torch.tensor(float(distance)))) == pytest.approx(bucket - beyond, abs=1e-4)


def test_far_distances_have_a_linear_bias():
    near, far = ruler(penalty=2.0)(torch.tensor([64.0, 70.0])).squeeze(-1)
    assert float(near - far) == pytest.approx(12.0)


def test_a_causal_bias_covers_only_the_past():
    values = ruler(causal=True)(torch.tensor([5.0, 0.0, -3.0, -16.0, -64.0, -66.0])).squeeze(-1)
    torch.testing.assert_close(values, torch.tensor([0.0, 0.0, 3.0, 16.0, 31.0, 29.0]))


def test_the_bias_is_continuous_and_has_a_gradient_everywhere():
    torch.manual_seed(0)
    bias = RelativePositionBias(3, 20).double()
    distances = torch.linspace(-30, 30, 60001, dtype=torch.float64)
    assert bias(distances).diff(dim=0).abs().max() < 5e-3
    points = torch.tensor([-25.3, -9.7, -2.5, -0.3, 0.2, 3.4, 11.1, 24.8], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(bias, (points,))
    zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    bias(zero).sum().backward()
    assert torch.isfinite(zero.grad).all()


def test_too_few_positions_for_the_buckets_are_an_error():
    with pytest.raises(ValueError, match="more than 8"):
        RelativePositionBias(1, 8)


def test_sinusoids_equal_the_paper_from_any_start():
    encoding = ScaledPositionalEncoding(6)
    torch.nn.init.constant_(encoding.scale, 0.5)
    code = encoding(torch.zeros(1, 9, 6))[0]
    assert float(code[3, 2]) == pytest.approx(0.5 * math.sin(3 / 10000 ** (2 / 6)), abs=1e-6)
    assert float(code[3, 3]) == pytest.approx(0.5 * math.cos(3 / 10000 ** (2 / 6)), abs=1e-6)
    torch.testing.assert_close(encoding(torch.zeros(1, 2, 6), start=7)[0], code[7:])
