import pytest
import torch
from torch import nn

from tts.nn.convolution import ConvolutionBlock, MaskedBatchNorm, Positions

MASK = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
REAL = Positions.of(MASK)


def test_batch_statistics_ignore_padding():
    ours, plain = MaskedBatchNorm(3), nn.BatchNorm1d(3)
    nn.init.normal_(ours.weight)
    plain.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, 6) * 4 + 1
    x[1, :, 4:] = float("nan")
    expected = plain(x.mT[MASK])
    torch.testing.assert_close(ours(x, REAL).mT[MASK], expected, atol=1e-5, rtol=1e-5)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours.eval()(x, REAL).mT[MASK], plain.eval()(x.mT[MASK]))


def test_the_gradient_equals_plain_normalization():
    ours, plain, x = MaskedBatchNorm(3).double(), nn.BatchNorm1d(3).double(), torch.randn(2, 3, 6).double()
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    weights = torch.randn(10, 3).double()
    (ours(a, REAL).mT[MASK] * weights).sum().backward()
    (plain(b.mT[MASK]) * weights).sum().backward()
    torch.testing.assert_close(a.grad, b.grad)
    torch.testing.assert_close(ours.weight.grad, plain.weight.grad)
    torch.testing.assert_close(ours.bias.grad, plain.bias.grad)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.05)])
def test_the_compiled_gradient_equals_eager(dtype, tolerance):
    norm, x, weights, found = MaskedBatchNorm(3), torch.randn(2, 3, 6), torch.randn(2, 3, 6), []
    for call in (norm, torch.compile(norm, backend="eager", fullgraph=True)):
        norm.zero_grad()
        given = x.to(dtype).requires_grad_()
        (call(given, REAL) * weights).sum().backward()
        found.append([given.grad, norm.weight.grad, norm.bias.grad])
    for plain, compiled in zip(*found):
        torch.testing.assert_close(compiled, plain, atol=tolerance, rtol=tolerance)


def test_longer_padding_changes_nothing_in_training():
    block = ConvolutionBlock(3, 4, 5, torch.relu, dropout=0.0)
    x = torch.randn(2, 3, 6).masked_fill(~MASK.unsqueeze(1), 0.0)
    mask = torch.cat((MASK, torch.zeros(2, 3, dtype=torch.bool)), 1)
    longer = torch.cat((x, torch.zeros(2, 3, 3)), 2), Positions.of(mask)
    torch.testing.assert_close(block(*longer)[:, :, :6], block(x, REAL), atol=1e-6, rtol=1e-5)
