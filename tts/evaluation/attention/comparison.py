"""Train what is not trained yet, try what has not been tried yet, and put all of it side by side.

Everything that a training and a trial gave is kept in the folder of the comparison as NAME.json and NAME.npz, of
another seed than 0 as NAME-seedN.*; the same call goes on after an interruption, and a larger call keeps what there is.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tts.core.errors import AttuneError
from tts.core.files import atomic_write
from tts.data.corpus import Corpus
from tts.evaluation.asr import load_recognizer
from tts.evaluation.attention import trial
from tts.evaluation.attention.figure import draw
from tts.evaluation.attention.hearing import hear
from tts.evaluation.attention.mechanisms import check_names, mechanism_names, training_words
from tts.evaluation.attention.report import markdown, repair_table, table
from tts.evaluation.attention.texts import make_long_texts, repeated_words
from tts.synthesis.synthesizer import TTS
from tts.voices.voice import load_voice

DEFAULT_ATTENTIONS = (
    "additive",
    "luong_general",
    "location_sensitive",
    "forward_attention",
    "gmm",
    "dynamic_convolution",
    "hard_monotonic",
    "mocha",
    "stepwise_monotonic",
    "stepwise_median",
    "position_aware",
    "neural_hmm",
    "transducer",
)
CORPUS = "corpora/compare"
TEXTS = 16  # of each length


class CompareError(AttuneError):
    """The comparison cannot go on; the message says what to do."""


def compare(options: argparse.Namespace) -> list[list[str]]:
    """Do what is not done yet; returns the table.

    Args:
        options: of ``python -m tts.compare_attentions``.

    Raises:
        ValueError: something that was named is not there, or a training failed; the message says what to do.
    """
    torch.set_num_threads(1)
    words = [word for word in options.words if "=" in word]
    names = [word for word in options.words if "=" not in word]
    names = mechanism_names() if options.every else names or ([] if options.voice else list(DEFAULT_ATTENTIONS))
    check_names(names)
    corpus = options.corpus or (CORPUS if names else None)
    texts = {"corpus": corpus, "lengths": list(options.lengths), "repair": options.repair, "asr": options.asr}
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for seed in options.seeds if names else ():
        for name in names:
            asked = {"training": words, "seed": seed} | texts
            results.append(_kept(folder, name, asked) or _trained(folder, name, asked))
            _write(folder, results)
    for voice in options.voice:
        asked = {"voice": voice, "changes": [] if names else words} | texts
        results.append(_kept(folder, Path(voice).name, asked) or _try(folder, Path(voice).name, voice, asked))
    return _write(folder, results)


def _stem(name: str, asked: dict[str, Any]) -> str:
    """Of the files of a result."""
    return name.replace(":", "_") + (f"-seed{asked['seed']}" if asked.get("seed") else "")


def _kept(folder: Path, name: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The result of an earlier call that asked for the same."""
    path = folder / f"{_stem(name, asked)}.json"
    if not path.is_file():
        return None
    result = json.loads(path.read_text(encoding="utf-8"))
    if result["asked"] != asked:
        raise CompareError(f"{path} is the result of {result['asked']}, not of {asked}. Give another folder with -o.")
    return result


def _trained(folder: Path, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    stem = _stem(name, asked)
    print(f"== {stem}", flush=True)
    words = [*training_words(name), f"name={stem}", f"run_dir={folder / stem}", "resume=auto", f"seed={asked['seed']}"]
    words += [f"data.corpus={asked['corpus']}", *asked["training"]]
    status = subprocess.run([sys.executable, "-m", "tts.train", *words], check=False).returncode
    if status:
        raise CompareError(f"the training of {stem} ended with status {status}. The same command goes on from there.")
    return _try(folder, name, str(folder / stem), asked)


def _try(folder: Path, name: str, voice: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Try a voice and keep the result as JSON, its longest alignment as NPZ."""
    stem = _stem(name, asked)
    print(f"{stem}: hard texts", flush=True)
    loaded = load_voice(voice, asked.get("changes", []))
    texts = _long_texts(loaded.frontend, asked["corpus"], asked["lengths"])
    longer = {multiple: trial.first_attempts(loaded, group) for multiple, group in texts.items()}
    repeated = trial.first_attempts(loaded, list(repeated_words().values()))
    heard = next(iter(texts.values()), list(repeated_words().values()))
    result = {
        "name": name,
        "asked": asked,
        "curves": trial.learning_curves(folder / stem) if (folder / stem / "tensorboard").is_dir() else None,
        "lengths": {multiple: [reading.as_dict() for reading in readings] for multiple, readings in longer.items()},
        "repeated_words": [reading.as_dict() for reading in repeated],
        "repairs": _repairs(loaded, longer) if asked["repair"] else None,
        "hearing": None if asked["asr"] is None else hear(loaded, heard, _recognizer(asked["asr"])),
        "costs": trial.measure_costs(loaded.acoustic, loaded.mel.mel_spec["n_mels"]),
    }
    shown = list(longer.values())[-1][0] if longer else repeated[-1]
    packed = io.BytesIO()
    np.savez_compressed(packed, alignment=trial.max_pool(shown.alignment))
    atomic_write(folder / f"{stem}.npz", packed.getvalue())
    atomic_write(folder / f"{stem}.json", json.dumps(result, indent=1, ensure_ascii=False))
    return result


_recognizer = cache(load_recognizer)


def _repairs(voice: Any, longer: dict[str, list[Any]]) -> dict[str, dict[str, int]]:
    """What helped, by length; texts so long that `TTS` cuts them before reading are left out."""
    tts = TTS(replace(voice, vocoder=trial.NullVocoder()))
    found = {}
    for multiple, readings in longer.items():
        whole = [reading for reading in readings if len(voice.frontend.read(reading.text)) == 1]
        if whole:
            found[multiple] = trial.repairs(tts, whole, f"repair, {multiple}x")
    return found


def _long_texts(frontend: Any, corpus: str | None, multiples: Sequence[int]) -> dict[str, list[str]]:
    """Held-out texts of the corpus made longer, by how many times its longest training utterance; none without one."""
    if corpus is None:
        return {}
    longest = int(Corpus(corpus, "train").num_tokens.max())
    held_out = [item["text"] for split in ("validation", "test") for item in Corpus(corpus, split).items]

    def measure(text: str) -> int:
        return len(frontend(text).tokens)

    return {str(multiple): make_long_texts(held_out, multiple * longest, TEXTS, measure) for multiple in multiples}


def _write(folder: Path, results: Sequence[dict[str, Any]]) -> list[list[str]]:
    """results.json, table.md and figure.png of all; returns the table."""
    rows = table(results)
    text = markdown(rows)
    if any(result["repairs"] for result in results):
        text += "\n" + markdown(repair_table(results))
    stems = {result["name"]: _stem(result["name"], result["asked"]) for result in reversed(results)}  # the first seed
    alignments = {name: np.load(folder / f"{stem}.npz")["alignment"] for name, stem in reversed(stems.items())}
    picture = io.BytesIO()
    draw(results, alignments).savefig(picture, format="png")
    by_stem = {_stem(result["name"], result["asked"]): result for result in results}
    atomic_write(folder / "results.json", json.dumps(by_stem, ensure_ascii=False))
    atomic_write(folder / "table.md", text)
    atomic_write(folder / "figure.png", picture.getvalue())
    return rows
