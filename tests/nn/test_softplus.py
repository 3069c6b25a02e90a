import pytest
import torch
import torch.nn.functional as F

from tts.nn.softplus import inverse_softplus


@pytest.mark.parametrize("value", [1e-6, 0.3, 1.0, 50.0, 1000.0])
def test_softplus_of_the_result_is_the_value(value):
    assert F.softplus(inverse_softplus(value)).item() == pytest.approx(value)
    values = torch.tensor([value, value])
    assert torch.allclose(F.softplus(inverse_softplus(values)), values)
