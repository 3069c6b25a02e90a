"""Kernels, host waits and copies of a training step at 600 frames, forward and backward, without the optimizer.

    I=$TORCH/include; c++ -shared -fPIC -std=c++20 -I$I -I$I/torch/csrc/api/include -o stub.so tests/fake_cuda/stub.cpp
    LD_PRELOAD=./stub.so PYTHONPATH=tests:. python -m fake_cuda.launches

``$TORCH`` is the folder of the installed torch. Widths do not matter, so the models are tiny; nor does the batch size.
An LSTM over a whole sequence is one launch forward and one backward, as cuDNN is called, whatever it launches itself.
Of whole steps, with Lightning, clipping, AdamW and the average, ``tests/fake_cuda/cases_trainer.py`` prints the same
(``python -m pytest -s tests/fake_cuda/cases_trainer.py``, with the same two variables).
"""

import torch

from fake_cuda.acoustic_model import SMALL, Case
from fake_cuda.cases_vocoder import module
from fake_cuda.device import FakeCuda, Record
from fake_cuda.graphs import fake_graphs
from tts.data.segments import SegmentBatch
from tts.training.vocoder_step import EagerStep, GraphedStep

RECURRENT, TRANSFORMER, PARALLEL = ([f"acoustic={name}", *words] for name, words in SMALL.items())
RECURRENT = [*RECURRENT, "acoustic.postnet.num_layers=4", "acoustic.postnet.dropout=0"]  # as tacotron2_small has it
LOCATION = [*RECURRENT, "attention=location_sensitive", "loss=guided"]
CASES = {
    "recurrent, along durations": ([*RECURRENT, "attention=stepwise_median", "loss=forced_alignment"], True),
    "recurrent, location-sensitive": (LOCATION, False),
    "the same as a CUDA graph": (LOCATION, False),
    "Transformer, multi-head": ([*TRANSFORMER, "attention=multi_head", "loss=guided"], False),
    "Transformer, one path": ([*TRANSFORMER, "attention=shared_monotonic", "loss=forced_alignment"], True),
    "parallel": ([*PARALLEL, "loss=parallel"], True),
}


def acoustic(name: str) -> Record:
    """Run a step of one of ``CASES``."""
    words, follow = CASES[name]
    with FakeCuda() as device, fake_graphs():
        case = Case(device, *words, follow=follow, scale=25, logs=False)
        if "graph" in name:
            case.model.decoder.use_cuda_graphs()
            case.train()
            case.model.zero_grad()
        return case.train().record


def vocoder(graphs: bool) -> Record:
    """Compute the gradients of the generator and the discriminators for 64 frames."""
    with FakeCuda() as device, fake_graphs(), torch.autocast("cuda", torch.bfloat16):
        training = module("vocos_harmonic", True).to("cuda").train()
        mel, wav = (torch.randn(2, 80, 64) - 5).to("cuda"), (0.1 * torch.randn(2, 64 * 256)).to("cuda")
        batch = SegmentBatch(["a", "b"], mel, wav, torch.full((2,), 64))
        parts = training.model, training.model.training_forward, training.adversary, training._sum_losses
        step = EagerStep(*parts, torch.Tensor.backward, 10.0, batch)
        step = GraphedStep(step) if graphs else step
        record = device.fresh()
        if graphs:
            step.load(batch)
        step.first()
        step.second()
        return record


def show(name: str, record: Record) -> None:
    """Print a line."""
    waits, copies = sum(record.waits.values()), sum(record.copies.values())
    print(f"{name:32s} {record.launches:6d} kernels, {waits} waits, {copies} copies to the device", flush=True)


if __name__ == "__main__":
    for name in CASES:
        show(name, acoustic(name))
    show("vocoder and discriminators", vocoder(False))
    show("the same as CUDA graphs", vocoder(True))
