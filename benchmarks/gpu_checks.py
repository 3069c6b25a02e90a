"""The parts of ``benchmarks/gpu.sh`` that are Python: ``python -m benchmarks.gpu_checks NAME``.

Every part prints lines that begin with NOTE, which the table shows. The script hands down ``DEVICE``, cuda or cpu;
``FAST``, anything for a dry run of tiny sizes; ``RUNS``, the folder of its training runs; ``VOICE``, the voice trained
at its end, and ``SAID``, the folder of what that voice says.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
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
from tts.core.errors import AttuneError
from tts.core.interfaces import Batch

DEVICE, FAST = os.environ.get("DEVICE", "cuda"), bool(os.environ.get("FAST"))
TEXT = "The morning train was late again, and nobody on the platform seemed surprised."
SENTENCES = (
    TEXT,
    "She put the letter back into the drawer and locked it.",
    "Nothing in the report explained why the engine had stopped.",
    "We walked along the river until the lights of the town came into view.",
    "The committee will meet again in the first week of October.",
    "He said that the garden needed rain more than anything else.",
    "Most of the books on the upper shelf had belonged to her father.",
    "If the weather holds, the boats will leave before noon.",
)
MODELS = {  # overrides, and whether it is taught along durations
    "recurrent, along durations": (["acoustic=tacotron2_small", "attention=stepwise_monotonic"], True),
    "recurrent, location-sensitive": (["acoustic=tacotron2_small", "attention=location_sensitive"], False),
    "Transformer, multi-head": (["acoustic=transformer_small", "attention=multi_head"], False),
    "Transformer, one path": (["acoustic=transformer_small", "attention=shared_monotonic"], True),
    "parallel": (["acoustic=parallel", "~attention"], True),
}
COMPILED = ("Transformer, multi-head", "parallel")


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

    set_tf32(False)
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
    set_tf32(False)  # which the CPU does not have
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
    without_noise(model)
    found, batch = {}, noise(3, 56, ragged=True)
    for place in dict.fromkeys(("cpu", DEVICE)):
        model, losses, here = model.to(place), losses.to(place), batch.to(place)
        model.zero_grad(set_to_none=True)
        loss = total(model, losses, here)
        loss.backward()
        found[place] = float(loss), float(_norm(model))
    model.zero_grad(set_to_none=True)
    loss = half_precision_total(model, losses, batch.to(DEVICE))
    loss.backward()
    (a, slope), (b, other) = found["cpu"], found[DEVICE]
    near = abs(a - b) < 5e-3 * abs(a) and abs(slope - other) < 5e-3 * slope and abs(float(loss) - a) < 0.05 * abs(a)
    if near and torch.isfinite(_norm(model)):
        return None
    return f"losses {a:.4f}, {b:.4f}, in bfloat16 {float(loss):.4f}; gradients {slope:.3f}, {other:.3f}"


def profile() -> None:
    """Wall time, kernels, how busy the GPU was, host waits, memory; and what switches bring."""
    set_tf32(False)
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
    set_tf32(True)
    said = [f"TF32 {wall / median(step):.2f} x"]
    set_tf32(False)
    fused = training_step(model, losses, batch, fused=True)
    said.append(f"fused AdamW {wall / median(fused):.2f} x")
    print("     ", ", ".join(said), flush=True)


def compiled() -> None:
    """What ``compile=true`` brings, how long it takes at the start, and whether the loss stays the same."""
    from tts.training.hardware import check_compiler

    try:
        check_compiler()
    except AttuneError as error:
        note(str(error))
        return
    B, T = (2, 70) if FAST else (64, 600)
    for name in COMPILED[: 1 if FAST else None]:
        words, taught = MODELS[name]
        model, losses = (part.to(DEVICE) for part in build(words, taught))
        without_noise(model)
        batch = noise(B, T, ragged=True).to(DEVICE)
        step = training_step(model, losses, batch)
        eager, expected = median(step), float(half_precision_total(model, losses, batch))
        began = time.perf_counter()
        model.compile(dynamic=False)
        found = float(half_precision_total(model, losses, batch))
        step()
        synchronize()
        start = time.perf_counter() - began
        note(f"{name}: {eager / median(step):.2f} x, {start:.0f} s to compile, losses {expected:.4f}, {found:.4f}")
        if abs(found - expected) > 0.02 * abs(expected):
            sys.exit(f"error: the compiled {name} has another loss")


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


def graph() -> None:
    """What ``cuda_graphs=true`` brings to the loop of a recurrent decoder, and that it changes no loss."""
    B, T = (2, 70) if FAST else (64, 600)
    model, losses = build(MODELS["recurrent, location-sensitive"][0], False)
    model, losses, batch = model.to(DEVICE), losses.to(DEVICE), noise(B, T, ragged=True).to(DEVICE)
    step = training_step(model, losses, batch)
    eager = median(step)
    note(f"recurrent, location-sensitive, as it is: {1e3 * eager:.1f} ms")
    if DEVICE == "cuda":
        model.decoder.use_cuda_graphs()
        replayed = median(training_step(model, losses, batch))
        captured = model.decoder._graphs.captured
        note(f"as CUDA graphs {captured}: {1e3 * replayed:.1f} ms, {eager / replayed:.1f} x, {memory():.0f} MiB")


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
    """What the voice of the last run says; the wave files stay."""
    from tts import TTS

    tts, folder = TTS(os.environ["VOICE"], device=DEVICE, engine="torch"), Path(os.environ["SAID"])
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(SENTENCES[: 2 if FAST else None], 1):
        speech = tts(text, seed=0)
        speech.save(folder / f"{number}.wav")
        note(f"'{text}': {speech.duration:.1f} s, {speech.report.verdict}")


def hear() -> None:
    """How much of it Whisper understands; on another machine ``SAID=DIR python -m benchmarks.gpu_checks hear``."""
    import soundfile

    from tts.evaluation.asr import load_recognizer, resampled
    from tts.evaluation.error_rates import check_installed, count_errors, error_rates

    try:
        check_installed()
        recognizer = load_recognizer("whisper")
    except AttuneError as error:
        note(f"nobody listened: {error}")
        return
    waves, counted = sorted(Path(os.environ["SAID"]).glob("*.wav")), []
    if not waves:
        sys.exit("error: nothing was said")
    for path in waves:
        text, heard = SENTENCES[int(path.stem) - 1], recognizer(resampled(*soundfile.read(path, dtype="float32")))
        counted.append(count_errors(text, heard, recognizer.normalize))
        print(f"'{text}' was heard as '{heard}'", flush=True)
    note(f"{recognizer.name}: WER {error_rates(counted)['wer']:.1f} % of {len(counted)} sentences; the last: '{heard}'")


def build(words: list[str], taught: bool) -> tuple[nn.Module, nn.ModuleDict]:
    """A model and its losses."""
    loss = "parallel" if "acoustic=parallel" in words else "forced_alignment" if taught else "guided"
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", ["num_symbols=40", f"loss={loss}", *words])
    if "use_forced_alignment" in config.acoustic:
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
    pitch = torch.full((B, T - T % 7), 5.3)
    return Batch(["-"] * B, torch.randint(1, 40, (B, T // 7)), lengths // 7, mel, lengths, durations, pitch)


def total(model: nn.Module, losses: nn.ModuleDict, batch: Batch) -> Tensor:
    """The weighted sum of the losses."""
    output = model(batch)
    return torch.stack([losses[name].weight * loss(output, batch, 500) for name, loss in losses.items()]).sum()


def half_precision_total(model: nn.Module, losses: nn.ModuleDict, batch: Batch) -> Tensor:
    """`total` under bfloat16."""
    with torch.autocast(DEVICE, torch.bfloat16):
        return total(model, losses, batch)


def without_noise(model: nn.Module) -> None:
    """Remove what is random, which differs between devices and after compilation."""
    for module in model.modules():
        for key in [key for key in vars(module) if key == "p" or key.endswith(("dropout", "noise", "drop_frame_rate"))]:
            setattr(module, key, 0.0)


def training_step(model: nn.Module, losses: nn.ModuleDict, batch: Batch, fused: bool = False) -> Callable[[], None]:
    """Forward, backward and AdamW under bfloat16."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=fused)

    def step() -> None:
        half_precision_total(model, losses, batch).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def set_tf32(enabled: bool) -> None:
    """`use_tf32`. Its module loads Lightning, which takes seconds, and not every part of this file needs it."""
    from tts.training.hardware import use_tf32

    use_tf32(enabled)


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


PARTS = (environment, voice, attentions, profile, compiled, graph, train, samples, speak, hear)

if __name__ == "__main__":
    {part.__name__: part for part in PARTS}[sys.argv[1]]()
