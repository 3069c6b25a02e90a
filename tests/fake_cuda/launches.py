"""Kernels and host waits of a training step at 600 frames, forward and backward, without the optimizer.

    I=$TORCH/include; c++ -shared -fPIC -std=c++20 -I$I -I$I/torch/csrc/api/include -o stub.so tests/fake_cuda/stub.cpp
    LD_PRELOAD=./stub.so PYTHONPATH=tests:. python -m fake_cuda.launches

``$TORCH`` is the folder of the installed torch. Widths do not matter, so the models are tiny; nor does the batch size.
An LSTM over a whole sequence, which is one call of cuDNN, is played step by step here and counts so, which hides the
gain of known durations.
"""

from fake_cuda.acoustic_model import SMALL, Case
from fake_cuda.device import FakeCuda

RECURRENT, TRANSFORMER = ([f"acoustic={name}", *words] for name, words in SMALL.items())
CASES = {
    "recurrent, along durations": ([*RECURRENT, "attention=stepwise_median", "loss=forced_alignment"], True),
    "Transformer, multi-head": ([*TRANSFORMER, "attention=multi_head", "loss=guided"], False),
    "Transformer, one path": ([*TRANSFORMER, "attention=shared_monotonic", "loss=forced_alignment"], True),
    "recurrent, location-sensitive": ([*RECURRENT, "attention=location_sensitive", "loss=guided"], False),
}

if __name__ == "__main__":
    for name, (words, follow) in CASES.items():
        with FakeCuda() as device:
            record = Case(device, *words, follow=follow, scale=25).train().record
        print(f"{name:30s} {record.launches:6d} kernels, {sum(record.waits.values())} waits", flush=True)
