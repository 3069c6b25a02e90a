"""The parts of ``benchmarks/gpu.sh`` that are Python: ``python -m benchmarks.gpu_checks NAME``.

Every part prints lines that begin with NOTE, which the table shows. ``DEVICE``, ``FAST`` and ``RUNS`` come from the
script: cuda or cpu, anything for a dry run of tiny sizes, and the folder of its training runs.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import runpy
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from torch import Tensor, nn
from torch.profiler import ProfilerActivity

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch, Memory

DEVICE, FAST = os.environ.get("DEVICE", "cuda"), bool(os.environ.get("FAST"))
TEXT = "The morning train was late again, and nobody on the platform seemed surprised."
MODELS = {  # overrides, and whether it is taught along durations
    "recurrent, along durations": (["acoustic=tacotron2_small", "attention=stepwise_monotonic"], True),
    "recurrent, location-sensitive": (["acoustic=tacotron2_small", "attention=location_sensitive"], False),
    "Transformer, multi-head": (["acoustic=transformer_small", "attention=multi_head"], False),
    "Transformer, one path": (["acoustic=transformer_small", "attention=shared_monotonic"], True),
}


def environment() -> None:
    """Versions, the card, and whether every module imports."""
    note(f"python {sys.version.split()[0]}, torch {torch.__version__}, CUDA {torch.cuda.is_available()}")
    if torch.cuda.is_available():
        note(f"{torch.cuda.get_device_name()}, cuDNN {torch.backends.cudnn.version()}")
    import tts

    for module in pkgutil.walk_packages(tts.__path__, "tts."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ImportError as error:  # an extra that this machine does without
                note(f"{module.name} does not import: {error}")


def voice() -> None:
    """The shipped voice on the device against the CPU, and the real-time factors of both."""
    import numpy as np

    from tts import TTS

    said = {}
    for place in dict.fromkeys(("cpu", DEVICE)):
        tts = TTS(device=place, engine="torch")
        tts.voice.acoustic.decoder.fp16_generation = False
        tts(TEXT, seed=0)
        began = time.perf_counter()
        said[place] = tts(TEXT, seed=0)
        seconds = time.perf_counter() - began
        frames, factor = said[place].mel.shape[1], seconds / said[place].duration
        note(f"{place}: {frames} frames, real-time factor {factor:.4f}, {said[place].report.verdict}")
    streamed = np.concatenate([piece.audio for piece in tts.stream(TEXT, seed=0)])
    note(f"streamed equals whole within {np.abs(streamed - said[DEVICE].audio).max():.2e}")
    a, b = said["cpu"].mel, said[DEVICE].mel
    apart = f"differ by at most {np.abs(a - b).max():.2e}" if a.shape == b.shape else "are of different lengths"
    note(f"mels of the CPU and of {DEVICE} {apart}")


def attentions(seconds: float = 60.0) -> None:
    """Every attention in both decoders: float32 loss and gradient as on the CPU, and a finite step in bfloat16."""
    bad, done, began = [], 0, time.monotonic()
    names = sorted(path.stem for path in (config_root() / "conf/attention").glob("*.yaml"))
    cases = [(n, a, t) for n in names for a in ("tacotron2_tiny", "transformer_small") for t in (True, False)]
    for name, acoustic, taught in cases[:: 16 if FAST else 1]:
        if time.monotonic() - began > seconds:
            break
        words = [f"acoustic={acoustic}", f"attention={name}"]
        words += ["acoustic.encoder.memory_dim=96"] if (name, acoustic) == ("luong_dot", "tacotron2_tiny") else []
        try:
            fault = _compare(words, taught)
        except Exception as error:  # the table is to show it beside the others
            fault = f"{type(error).__name__} {str(error)[:160]}"
        bad += [f"{acoustic} {name} {'taught' if taught else 'free'}: {fault}"] if fault else []
        done += 1
    for line in bad:
        print("BAD", line)
    note(f"{done} of {len(cases)} combinations compared with the CPU, {len(bad)} differ or fail")
    sys.exit(bool(bad))


def _compare(words: list[str], taught: bool) -> str | None:
    model, losses = build(words, taught)
    for module in model.modules():  # what is random differs between devices
        for key in vars(module).keys() & {"dropout", "noise", "attention_dropout", "decoder_dropout", "p"}:
            setattr(module, key, 0.0)
    found, batch = {}, noise(3, 56, ragged=True)
    for place in dict.fromkeys(("cpu", DEVICE)):
        model, losses, here = model.to(place), losses.to(place), batch.to(place)
        model.zero_grad(set_to_none=True)
        loss = total(model, losses, here)
        loss.backward()
        found[place] = float(loss), float(_norm(model))
    model.zero_grad(set_to_none=True)
    with torch.autocast(DEVICE, torch.bfloat16):
        loss = total(model, losses, batch.to(DEVICE))
    loss.backward()
    (a, slope), (b, other) = found["cpu"], found[DEVICE]
    near = abs(a - b) < 5e-3 * abs(a) and abs(slope - other) < 5e-3 * slope and abs(float(loss) - a) < 0.05 * abs(a)
    if near and torch.isfinite(_norm(model)):
        return None
    return f"losses {a:.4f}, {b:.4f}, in bfloat16 {float(loss):.4f}; gradients {slope:.3f}, {other:.3f}"


def profile() -> None:
    """Wall time, kernels, how busy the GPU was, host waits, memory; and what switches bring."""
    B, T = (2, 70) if FAST else (64, 600)
    for name, (words, taught) in list(MODELS.items())[: 2 if FAST else None]:
        try:
            _profile(name, *[part.to(DEVICE) for part in build(words, taught)], noise(B, T, ragged=True).to(DEVICE))
        except Exception as error:  # the others are worth their rows
            note(f"{name}: FAILED {type(error).__name__} {str(error)[:160]}")


def _profile(name: str, model: nn.Module, losses: nn.ModuleDict, batch: Batch) -> None:
    frames = batch.mel.shape[0] * batch.mel.shape[2]
    step = training_step(model, losses, batch)
    memory()
    wall = median(step)
    waits, (kernels, busy) = _waits(step), _kernels(step)
    note(
        f"{name}: {frames / wall:,.0f} frames/s, {1e3 * wall:.1f} ms, {kernels} kernels, GPU busy {busy / wall:.0%}, "
        f"{waits} waits, {memory():.0f} MiB"
    )
    torch.set_float32_matmul_precision("high")
    said = [f"TF32 {wall / median(step):.2f} x"]
    torch.set_float32_matmul_precision("highest")
    fused = training_step(model, losses, batch, fused=True)
    said.append(f"fused AdamW {wall / median(fused):.2f} x")
    if name.startswith("Transformer") and not FAST:
        model.compile(dynamic=True)
        said.append(f"compiled {wall / median(step):.2f} x")
    print("     ", ", ".join(said), flush=True)


def _waits(step: Callable[[], None]) -> int:
    if DEVICE != "cuda":
        return 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        step()
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(warning.message) for warning in caught)


def _kernels(step: Callable[[], None]) -> tuple[int, float]:
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if DEVICE == "cuda" else [])]
    with torch.profiler.profile(activities=activities) as profiler:
        step()
        synchronize()
    events = [event for event in profiler.events() if event.device_type == torch.autograd.DeviceType.CUDA]
    return len(events), sum(event.device_time_total for event in events) / 1e6


class Scan(nn.Module):
    """The loop over decoder steps of a recurrent decoder that finds its own way."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.rnn, self.attention, self._decoder = decoder.attention_rnn, decoder.attention, [decoder]

    def forward(self, inputs: Tensor, values: Tensor, keys: Tensor) -> tuple[Tensor, ...]:
        """Queries, contexts and alignments."""
        mask = torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)
        with torch.autocast(DEVICE, torch.bfloat16, cache_enabled=False):
            return self._decoder[0]._attend(inputs, Memory(values, keys, mask), None)


def graph() -> None:
    """What a CUDA graph around that loop would bring."""
    B, T = (2, 70) if FAST else (64, 600)
    decoder = build(MODELS["recurrent, location-sensitive"][0], False)[0].to(DEVICE).decoder
    sizes = (T // 2, decoder.prenet.hidden_dim), (T // 7, decoder.attention.memory_dim), (T // 7, 128)
    parts = [torch.randn(B, *size, device=DEVICE, requires_grad=True) for size in sizes]

    def step_of(scan: Callable[..., tuple[Tensor, ...]]) -> Callable[[], None]:
        return lambda: sum(part.float().square().mean() for part in scan(*parts)).backward()

    scan = Scan(decoder)
    eager = median(step_of(scan))
    note(f"scan over {T // 2} steps, eager: {1e3 * eager:.1f} ms")
    if DEVICE == "cuda":
        graphed = torch.cuda.make_graphed_callables(scan, tuple(parts), allow_unused_input=True)
        replayed = median(step_of(graphed))
        note(f"the same as CUDA graphs: {1e3 * replayed:.1f} ms, {eager / replayed:.1f} x")


def train() -> None:
    """``tts.train`` with the words that follow, and the memory it needed."""
    sys.argv = ["tts.train", *sys.argv[2:]]
    try:
        runpy.run_module("tts.train", run_name="__main__", alter_sys=True)
    finally:
        print(f"PEAK {memory():.0f} MiB")


def samples() -> None:
    """Whether the runs left pictures, sounds and checkpoints."""
    for run in sorted(Path(os.environ["RUNS"]).iterdir()):
        found = {kind: len(list(run.rglob(f"samples/**/*.{kind}"))) for kind in ("png", "wav")}
        note(f"{run.name}: {found}, {[path.name for path in run.glob('checkpoints/*')]}")


def speak() -> None:
    """What the voice of the last run says; the wave file stays."""
    from tts import TTS

    speech = TTS(os.environ["VOICE"], device=DEVICE, engine="torch")(TEXT, seed=0)
    speech.save(os.environ["WAVE"])
    note(f"'{TEXT}': {speech.duration:.1f} s, {speech.report.verdict}")


def table() -> None:
    """All rows of the file that follows."""
    print(f"\n{'step':18s} {'result':9s} {'s':>6s}  {'frames/s':>10s} {'MiB':>7s}  notes")
    for line in Path(sys.argv[2]).read_text().splitlines():
        name, result, seconds, log = line.split("\t")
        text = Path(log).read_text(errors="replace") if Path(log).exists() else ""
        speeds = sorted(float(x.replace(",", "")) for x in re.findall(r"([\d,]+) mel frames/s", text)[1:])
        peak = re.findall(r"PEAK (\d+) MiB", text)
        notes = re.findall(r"^NOTE (.*)", text, re.M) or ([log] if result == "SKIP" else [""])
        if result.startswith("FAIL"):
            notes += re.findall(r"^(?:BAD|tts\.train: |error: |\w+(?:Error|Exception)\b).*", text, re.M)[-4:]
        speed = f"{speeds[len(speeds) // 2]:,.0f}" if speeds else ""
        print(f"{name:18s} {result:9s} {seconds:>6s}  {speed:>10s} {peak[-1] if peak else '':>7s}  {notes[0][:160]}")
        for more in notes[1:40]:
            print(" " * 57 + more[:200])
        if name.startswith("bench"):
            print("\n".join(f"    {row}" for row in text.splitlines() if re.search(r"batch \d|\d x ", row)))


def build(words: list[str], taught: bool) -> tuple[nn.Module, nn.ModuleDict]:
    """A model and its losses."""
    loss = "forced_alignment" if taught else "guided"
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", ["num_symbols=40", f"loss={loss}", *words])
    config.acoustic.use_forced_alignment = taught
    torch.manual_seed(0)
    model = instantiate(config.acoustic, "acoustic").train()
    return model, nn.ModuleDict({name: instantiate(part, "loss") for name, part in config.loss.items()})


def noise(B: int, T: int, ragged: bool) -> Batch:
    """A batch of noise, 7 frames a symbol; ``ragged`` lengths differ."""
    torch.manual_seed(1)
    lengths = T - T % 7 - (torch.arange(B) % 5 * 7 if ragged else torch.zeros(B, dtype=torch.long))
    durations = 7 * (torch.arange(T // 7) < lengths.unsqueeze(1) // 7).long()
    mel = torch.randn(B, 80, T - T % 7) * 2 - 5.5
    return Batch(["-"] * B, torch.randint(1, 40, (B, T // 7)), lengths // 7, mel, lengths, durations)


def total(model: nn.Module, losses: nn.ModuleDict, batch: Batch) -> Tensor:
    """The weighted sum of the losses."""
    output = model(batch)
    return torch.stack([losses[name].weight * loss(output, batch, 500) for name, loss in losses.items()]).sum()


def training_step(model: nn.Module, losses: nn.ModuleDict, batch: Batch, fused: bool = False) -> Callable[[], None]:
    """Forward, backward and AdamW under bfloat16."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=fused)

    def step() -> None:
        with torch.autocast(DEVICE, torch.bfloat16):
            loss = total(model, losses, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def median(step: Callable[[], None]) -> float:
    """Seconds of a step, after two to warm up."""
    seconds = []
    for _ in range(4 if FAST else 7):
        began = time.perf_counter()
        step()
        synchronize()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds[2:])[len(seconds[2:]) // 2]


def memory() -> float:
    """MiB at most since the last call, on a GPU."""
    if DEVICE != "cuda":
        return 0.0
    peak = torch.cuda.max_memory_allocated() / 2**20
    torch.cuda.reset_peak_memory_stats()
    return peak


def synchronize() -> None:
    """Wait for the GPU, if there is one."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def note(text: str) -> None:
    """A line for the table."""
    print(f"NOTE {text}", flush=True)


def _norm(model: nn.Module) -> Tensor:
    return nn.utils.get_total_norm([value.grad for value in model.parameters() if value.grad is not None])


PARTS = (environment, voice, attentions, profile, graph, train, samples, speak, table)

if __name__ == "__main__":
    {part.__name__: part for part in PARTS}[sys.argv[1]]()
