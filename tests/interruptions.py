"""Kill every command at random moments, interrupt it, and fill its disk. No data may be lost.

python tests/interruptions.py --seed 0 kills signals disks

One process imports everything and forks a child for every command, so that a trial costs what the command does. The
disk that is filled is a small tmpfs, which needs the right to mount one.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import soundfile
import torch

import tts.align
import tts.export
import tts.make_corpus
import tts.prepare
import tts.synthesize
import tts.train
from tts.data.corpus import Corpus
from tts.text import espeak
from tts.voices.voice import load_voice

TEXTS = ["The old boat waits.", "At the end.", "Of a long pier.", "Rain falls.", "On every roof.", "In the town."]
TEXTS += ["Good night.", "Sleep well.", "We walked.", "Along the river.", "She closed it.", "The window."]
QUIET = ["~callbacks.samples", "~callbacks.export", "logger=none"]
STEPS = 8


class Failed(Exception):
    """Data was lost."""


class Bench:
    """Runs commands in child processes.

    Args:
        folder: to work in.
        seed: of the moments.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random, self.log = folder, random.Random(seed), folder / "log"
        self.imported = folder / "imported"
        self.counts: Counter[str] = Counter()

    def start(self, module, *words: object) -> int:
        """Start a command in a child process. Returns its process id."""
        child = os.fork()
        if child:
            return child
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        status = 70
        try:
            sys.argv = [module.__name__, *map(str, words)]
            hydra = module in (tts.align, tts.prepare, tts.train)
            status = (module.main() if hydra else module.main(sys.argv[1:])) or 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            self.imported.write_text("\n".join(sys.modules))
            os._exit(status)

    def run(self, module, *words: object) -> int:
        """Run a command to its end. Returns its exit status."""
        return os.waitstatus_to_exitcode(os.waitpid(self.start(module, *words), 0)[1])

    def must(self, module, *words: object) -> float:
        """Run a command that must succeed. Returns its duration in seconds."""
        began = time.monotonic()
        status, seconds = self.run(module, *words), time.monotonic() - began
        if self.imported.exists():  # what it imported late is there for the next one
            for name in self.imported.read_text().splitlines():
                with suppress(Exception):
                    importlib.import_module(name)
        if status:
            raise Failed(f"{module.__name__} ended with {status}: {self.log.read_text()[-1500:]}")
        return seconds

    def stop(self, number: int, seconds: float, module, *words: object) -> int:
        """Run a command and send it a signal within the given seconds. Returns its exit status, -9 if killed."""
        child = self.start(module, *words)
        time.sleep(self.random.uniform(0.02, seconds))
        os.kill(child, number)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def new(self, name: str) -> Path:
        """A path that does not exist."""
        self.counts["folders"] += 1
        return self.folder / f"{name}{self.counts['folders']}"


class Project:
    """A corpus, a run and a voice that were made without interruption, for comparison."""

    def __init__(self, bench: Bench) -> None:
        self.bench, folder = bench, bench.folder
        self.texts = folder / "texts.txt"
        self.texts.write_text("".join(f"u{number:02d}|{text}\n" for number, text in enumerate(TEXTS)))
        self.seconds = {"make_corpus": bench.must(*self.make_corpus(folder / "spoken"))}
        self.seconds["prepare"] = bench.must(*self.prepare(folder / "corpus"))
        shutil.copytree(folder / "corpus", folder / "plain")
        self.seconds["align"] = bench.must(*self.align(folder / "corpus"))
        bench.must(*self.train(folder / "speaking", ["~callbacks.samples", "logger=none"]))
        self.seconds["train"] = bench.must(*self.train(folder / "run"))
        self.voice = folder / "voice"
        self.seconds["export"] = bench.must(tts.export, folder / "speaking", "-o", self.voice)
        self.sound = folder / "a.wav"
        bench.must(*self.speak(self.sound, 1))
        self.seconds["synthesize"] = bench.must(*self.speak(self.sound, 1))

    def make_corpus(self, folder: Path) -> list:
        return [tts.make_corpus, self.texts, "-o", folder, "--rate", 250]

    def prepare(self, folder: Path, source: Path | None = None) -> list:
        source = source or self.bench.folder / "spoken"
        asked = ["data=espeak_quickstart", f"data.source={source}", f"data.corpus={folder}", "workers=0"]
        return [
            tts.prepare,
            *asked,
            "data.checks.max_pace_ratio=100",
            "data.split.validation=0.13",
            "data.split.test=0",
        ]

    def align(self, folder: Path) -> list:
        return [tts.align, f"data.corpus={folder}", "steps=20", "data.batch_size=4", "aligner.hidden_dim=16"]

    def train(self, run: Path, quiet: Sequence[str] = QUIET) -> list:
        asked = ["debug=smoke", f"data.corpus={self.bench.folder}/plain", "acoustic.encoder.memory_dim=32"]
        asked += [f"acoustic.decoder.{name}=16" for name in ("attention_rnn_dim", "decoder_rnn_dim", "prenet_dim")]
        asked += ["acoustic.postnet.hidden_dim=16", f"trainer.max_steps={STEPS}"]
        asked += ["callbacks.checkpoints.every_n_steps=2", f"run_dir={run}"]
        asked += [f"trainer.val_check_interval={STEPS}"]
        return [tts.train, *asked, *quiet, "resume=auto"]

    def speak(self, path: Path, times: int) -> list:
        return [tts.synthesize, "Hello there. " * times, "--voice", self.voice, "-o", path, "--no-repair"]


def same_corpus(found: Path, expected: Path) -> None:
    """Raise `Failed` if an utterance is not bit-identical."""
    ours, theirs = (Corpus(folder, "all") for folder in (found, expected))
    if [u.id for u in ours] != [u.id for u in theirs]:
        raise Failed(f"{found} has other utterances")
    for number, (a, b) in enumerate(zip(ours, theirs)):
        same = a.text == b.text and np.array_equal(a.tokens, b.tokens) and np.array_equal(a.mel, b.mel)
        if not same or not np.array_equal(ours.audio(number), theirs.audio(number)):
            raise Failed(f"{a.id} of {found} differs")
        if not np.array_equal(a.durations, b.durations):
            raise Failed(f"the durations of {a.id} in {found} differ")


def newest(run: Path) -> dict:
    """The last checkpoint, without values that contain the name of the run."""
    stored = torch.load(sorted((run / "checkpoints").glob("*.ckpt"))[-1], weights_only=True)
    return {name: stored[name] for name in ("state_dict", "optimizer_states", "lr_schedulers", "global_step")}


def same(found, expected) -> bool:
    """Whether nested values are bit-identical."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in expected)
    if isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(same, found, expected))
    return torch.equal(found, expected) if isinstance(expected, torch.Tensor) else found == expected


def same_run(found: Path, expected: Path) -> None:
    """Raise `Failed` if the result of a run differs."""
    if not same(newest(found), newest(expected)):
        raise Failed(f"{found} was not continued to the last bit")


def same_voice(folder: Path, expected: Path) -> None:
    """Raise `Failed` if a voice cannot be loaded or differs."""
    ours, theirs = (load_voice(path).acoustic.state_dict() for path in (folder, expected))
    if not same(dict(ours), dict(theirs)):
        raise Failed(f"the voice {folder} is another")


# ---- kills ----------------------------------------------------------------------------------------------------------


def kill(project: Project) -> None:
    """16 + 14 + 31 + 20 + 12 times SIGKILL: synthesize, export, make_corpus and prepare, align, train."""
    bench, seconds, home = project.bench, project.seconds, project.bench.folder

    def killed(name: str, command: list) -> bool:
        status = bench.stop(signal.SIGKILL, seconds[name], *command)
        if status not in (0, -signal.SIGKILL):
            raise Failed(f"{name} ended with {status}: {bench.log.read_text()[-1500:]}")
        bench.counts[f"killed {name}"] += status != 0
        return status != 0

    def often(name: str, times: int, command: Callable[[Path], list], check: Callable[[Path], None]) -> None:
        """Kill a command the given number of times, three times per folder, then let it finish and compare."""
        while bench.counts[f"killed {name}"] < times:
            place = bench.new(name)
            for _ in range(min(3, times - bench.counts[f"killed {name}"])):
                if not killed(name, command(place)):
                    break
            seconds[name] = min(seconds[name], bench.must(*command(place)) + 0.2)  # the first one imports more
            check(place)
            shutil.rmtree(place)
        print(f"  {name}: {bench.counts[f'killed {name}']} killed", flush=True)

    seconds["synthesize"] *= 2
    old = project.sound.read_bytes()
    while bench.counts["killed synthesize"] < 16:
        was_killed = killed("synthesize", project.speak(project.sound, 3))
        if was_killed and project.sound.read_bytes() != old and soundfile.info(project.sound).frames < len(old):
            raise Failed("half a sound")
        project.sound.write_bytes(old)

    def whole_or_absent() -> None:
        if target.exists():
            same_voice(target, project.voice)

    target = bench.new("exported")
    while bench.counts["killed export"] < 14:
        killed("export", [tts.export, home / "speaking", "-o", target])
        whole_or_absent()
        if bench.random.random() < 0.4:
            shutil.rmtree(target, ignore_errors=True)
    bench.must(tts.export, home / "speaking", "-o", target)
    whole_or_absent()

    def all_spoken(place: Path) -> None:
        if (place / "metadata.csv").read_bytes() != (home / "spoken" / "metadata.csv").read_bytes():
            raise Failed("texts were lost")
        for path in (home / "spoken" / "wavs").iterdir():
            lengths = [len(soundfile.read(folder / path.name)[0]) for folder in (place / "wavs", path.parent)]
            if abs(lengths[0] - lengths[1]) > 0.02 * lengths[1]:
                raise Failed(f"{path.name} was cut: {lengths}")

    often("make_corpus", 12, project.make_corpus, all_spoken)
    often("prepare", 19, project.prepare, lambda place: same_corpus(place, home / "plain"))

    def copied(place: Path) -> list:
        if not place.exists():
            shutil.copytree(home / "plain", place)
        return project.align(place)

    often("align", 20, copied, lambda place: same_corpus(place, home / "corpus"))
    often("train", 12, project.train, lambda place: same_run(place, home / "run"))


# ---- signals --------------------------------------------------------------------------------------------------------


def interrupt(project: Project) -> None:
    """14 trainings that receive a signal, the last one twice. Each must resume bit for bit."""
    bench, home = project.bench, project.bench.folder
    while bench.counts["interrupted trainings"] < 14:
        run, number = bench.new("stopped"), bench.random.choice((signal.SIGINT, signal.SIGTERM))
        for _ in range(2 if bench.counts["interrupted trainings"] == 13 else 1):
            status = bench.stop(number, project.seconds["train"], *project.train(run))
            if status not in (0, 130, 128 + number, -number):  # until training begins SIGTERM ends it as Ctrl-C does
                raise Failed(f"a training ended with {status}: {bench.log.read_text()[-1500:]}")
            if "Traceback" in bench.log.read_text():
                raise Failed(bench.log.read_text()[-1500:])
        bench.counts["interrupted trainings"] += status != 0
        bench.must(*project.train(run))
        same_run(run, home / "run")
        shutil.rmtree(run)


# ---- full disks -----------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path):
    """A tmpfs of 64 MB at ``folder``, and a function that leaves a given number of bytes free."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True)
    filler = folder / "filler"

    def leave(free: int | None) -> None:
        filler.unlink(missing_ok=True)
        if free is not None:
            with filler.open("wb") as file:
                file.write(bytes(max(shutil.disk_usage(folder).free - free, 0)))

    try:
        yield leave
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


class FullDisk:
    """Commands with a full disk. Each prints one line, keeps existing files, and works when the disk has space."""

    def __init__(self, project: Project, disk: Path, leave: Callable[[int | None], None]) -> None:
        self.project, self.bench, self.home = project, project.bench, project.bench.folder
        self.disk, self.leave = disk, leave

    def refused(self, name: str, free: int, command: list) -> None:
        """Run a command with a limited number of free bytes. Then the disk has space again."""
        self.leave(free)
        status, said = self.bench.run(*command), self.bench.log.read_text()
        self.leave(None)
        if status == 0 or "Traceback" in said or "disk is full" not in said:
            raise Failed(f"{name} on a full disk ended with {status}: {said[-1500:]}")
        self.bench.counts["full disks"] += 1
        print(f"  {name}: {said.strip().splitlines()[-1][:150]}", flush=True)

    def sounds(self) -> None:
        """Outputs: wav, flac, mp3, report, timings and plot."""
        beside = {"json": "--report", "srt": "--timings", "png": "--alignment"}
        for suffix in ("wav", "flac", "mp3", *beside):
            path = self.disk / f"a.{suffix}"
            path.write_text("old")
            sound = self.home / "b.wav" if suffix in beside else path
            command = [*self.project.speak(sound, 1), *([beside[suffix], path] if suffix in beside else [])]
            self.refused(suffix, 0, command)
            if path.read_text() != "old":
                raise Failed(f"{path} was lost")
            self.bench.must(*command)
            path.unlink()

    def voices(self) -> None:
        """An export to a new folder, and over a voice."""
        size = sum(path.stat().st_size for path in self.project.voice.iterdir())
        for target in (self.disk / "new", self.disk / "there"):
            if target.name == "there":
                shutil.copytree(self.project.voice, target)
            command = [tts.export, self.home / "speaking", "-o", target]
            self.refused("export", size // 2, command)
            if litter := [path.name for path in self.disk.iterdir() if path.name.startswith(".")]:
                raise Failed(f"the export left {litter}")
            if target.name == "there":
                same_voice(target, self.project.voice)
            self.bench.must(*command)
            same_voice(target, self.project.voice)
            shutil.rmtree(target)

    def corpora(self) -> None:
        """A preparation and an alignment."""
        corpus, plain = self.disk / "corpus", self.home / "plain"
        needed = sum(path.stat().st_size for path in plain.iterdir())
        self.refused("prepare", needed // 2, self.project.prepare(corpus))
        self.bench.must(*self.project.prepare(corpus))
        same_corpus(corpus, plain)
        self.refused("align", 0, self.project.align(corpus))
        same_corpus(corpus, plain)
        self.bench.must(*self.project.align(corpus))
        same_corpus(corpus, self.home / "corpus")

    def runs(self) -> None:
        """A training with space for one checkpoint."""
        run = self.disk / "run"
        checkpoint = max(path.stat().st_size for path in (self.home / "run" / "checkpoints").iterdir())
        self.refused("train", int(1.7 * checkpoint), self.project.train(run))
        if len(list((run / "checkpoints").iterdir())) != 1:
            raise Failed("there is not one whole checkpoint")
        self.bench.must(*self.project.train(run))
        same_run(run, self.home / "run")


def fill(project: Project) -> None:
    """11 commands with a full disk."""
    disk = project.bench.new("disk")
    with small_disk(disk) as leave:
        full = FullDisk(project, disk, leave)
        for check in (full.runs, full.corpora, full.voices, full.sounds):
            check()


PARTS = {"kills": kill, "signals": interrupt, "disks": fill}


def main() -> int:
    """Run the checks. Returns the exit status, 1 if data was lost."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="+", choices=PARTS)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    torch.set_num_threads(1)
    os.environ["ATTUNE_CACHE"] = "off"
    espeak.phonemes("warm", "en-us")
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Bench(Path(folder), asked.seed))
        print({name: round(seconds, 1) for name, seconds in project.seconds.items()}, flush=True)
        for part in asked.parts:
            began = time.monotonic()
            try:
                PARTS[part](project)
            except Failed as error:
                print(f"LOST: {error}")
                return 1
            counts = {name: count for name, count in project.bench.counts.items() if name != "folders"}
            print(f"{part}: {counts}, nothing lost, {time.monotonic() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
