import numpy as np
import torch
from torch import nn

from tts.engine.sessions import open_graph
from tts.onnx_export.graphs import write_graph
from tts.onnx_export.quantization import quantize


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution, self.linear = nn.Conv1d(64, 96, 5, padding=2), nn.Linear(96, 64)

    def forward(self, x):
        return self.linear(torch.relu(self.convolution(x.T.unsqueeze(0))[0]).T)


def test_int8_is_close_and_small_and_independent_of_the_batch(tmp_path):
    torch.manual_seed(0)
    x = torch.randn(50, 64)
    frames = {0: "frames"}
    source = write_graph(Network(), tmp_path / "a.onnx", {"x": x}, ["y"], {"x": frames, "y": frames})
    target = quantize(source, tmp_path / "b.onnx", [{"x": torch.randn(200, 64).numpy()}])
    assert target.stat().st_size < source.stat().st_size / 2.5
    exact, rounded = open_graph(source, 1), open_graph(target, 1)
    (expected,), (found,) = exact(x=x.numpy()), rounded(x=x.numpy())
    assert np.square(found - expected).mean() < 2e-3 * np.square(expected).mean()
    (part,) = rounded(x=x[10:30].numpy())
    np.testing.assert_array_equal(part[2:-2], found[12:28])
