"""Runs the comparison: trains the missing models, tests them on hard texts, and writes the table.

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
from tts.evaluation.attention.mechanisms import FAMILIES, check_names, mechanism_names, training_words
from tts.evaluation.attention.report import failures, markdown, repair_table, table
from tts.evaluation.attention.texts import make_long_texts, repeated_words
from tts.synthesis.synthesizer import TTS
from tts.voices.vocoder import with_vocoder
from tts.voices.voice import load_voice

CORPUS = "corpora/compare"
TEXTS = 16  # number of texts of each length


class CompareError(AttuneError):
    """The comparison cannot continue; the message says what to do."""


def compare(options: argparse.Namespace) -> list[list[str]]:
    """Run the missing parts of the comparison and return the table.

    Args:
        options: of ``python -m tts.compare_attentions``.

    Raises:
        ValueError: something that was named is not there, or a training failed; the message says what to do.
    """
    torch.set_num_threads(1)
    words = [word for word in options.words if "=" in word]
    names = [word for word in options.words if "=" not in word]
    names = mechanism_names() if options.every else names or ([] if options.voice else list(FAMILIES))
    check_names(names)
    texts = {"corpus": options.corpus or (CORPUS if names else None), "lengths": list(options.lengths)}
    texts["repair"] = options.repair
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    requests = [(name, {"training": words, "seed": seed} | texts) for seed in options.seeds for name in names]
    changes = [] if names else words
    requests += [(Path(voice).name, {"voice": voice, "changes": changes} | texts) for voice in options.voice]
    results, failed = [], []
    for name, request in requests:
        result = _stored_result(folder, name, request)
        if result is None and not options.finished:
            result = _train_and_test(folder, name, request)
        results += [] if result is None else [result]
        failed += [_stem(name, request)] if result is None else []
        _write(folder, results)
    if options.asr:
        results = [_heard(folder, result, options) for result in results]
    if failed and not options.finished:
        raise CompareError(f"these trainings failed: {', '.join(failed)}. The same command tries them again.")
    if not results:
        raise CompareError(f"{folder} has no result yet: leave out --finished, or wait.")
    _draw(folder, results)
    return _write(folder, results)


def _stem(name: str, request: dict[str, Any]) -> str:
    """Stem of the file names of a result."""
    return name.replace(":", "_") + (f"-seed{request['seed']}" if request.get("seed") else "")


def _stored_result(folder: Path, name: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """The stored result of an earlier call with the same settings."""
    path = folder / f"{_stem(name, request)}.json"
    if not path.is_file():
        return None
    result = json.loads(path.read_text(encoding="utf-8"))
    result["asked"].pop("asr", None)  # older results have it; word errors are added separately
    if result["asked"] != request:
        raise CompareError(f"{path} is the result of {result['asked']}, not of {request}. Give another folder with -o.")
    return result


def _train_and_test(folder: Path, name: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """Train the model unless it is a voice already, and test it. Returns None if the training failed."""
    if "voice" in request:
        return _test(folder, name, request["voice"], request)
    stem = _stem(name, request)
    print(f"== {stem}", flush=True)
    words = [
        *training_words(name),
        f"name={stem}",
        f"run_dir={folder / stem}",
        "resume=auto",
        f"seed={request['seed']}",
    ]
    words += [f"data.corpus={request['corpus']}", "~callbacks.samples", *request["training"]]  # no samples needed
    if subprocess.run([sys.executable, "-m", "tts.train", *words], check=False).returncode:
        return None
    return _test(folder, name, str(folder / stem), request)


def _test(folder: Path, name: str, voice: str, request: dict[str, Any]) -> dict[str, Any]:
    """Test a voice. Stores the result as JSON and its longest alignment as NPZ."""
    stem = _stem(name, request)
    print(f"{stem}: hard texts", flush=True)
    loaded = load_voice(voice, request.get("changes", []))
    texts = _texts(loaded, request)
    longer = {multiple: trial.first_attempts(loaded, group) for multiple, group in texts.items()}
    repeated = trial.first_attempts(loaded, list(repeated_words().values()))
    result = {
        "name": name,
        "asked": request,
        "curves": trial.learning_curves(folder / stem) if (folder / stem / "tensorboard").is_dir() else None,
        "lengths": {multiple: [reading.as_dict() for reading in readings] for multiple, readings in longer.items()},
        "repeated_words": [reading.as_dict() for reading in repeated],
        "repairs": _repairs(loaded, longer) if request["repair"] else None,
        "hearing": None,
        "costs": trial.measure_costs(loaded.acoustic, loaded.mel.mel_spec["n_mels"]),
    }
    shown = list(longer.values())[-1][0] if longer else repeated[-1]
    packed = io.BytesIO()
    np.savez_compressed(packed, alignment=trial.max_pool(shown.alignment))
    atomic_write(folder / f"{stem}.npz", packed.getvalue())
    _keep(folder, result)
    return result


def _keep(folder: Path, result: dict[str, Any]) -> None:
    path = folder / f"{_stem(result['name'], result['asked'])}.json"
    atomic_write(path, json.dumps(result, indent=1, ensure_ascii=False))


_recognizer = cache(load_recognizer)


def _heard(folder: Path, result: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Add the word errors of the audio to a result that has none yet, if its shortest texts have no faults.

    Raises:
        ValueError: it was heard through another vocoder.
    """
    request, through = result["asked"], options.vocoder
    shortest = next(iter(result["lengths"].values()), result["repeated_words"])
    if result["hearing"] is None and not failures(shortest):
        stem = _stem(result["name"], request)
        print(f"{stem}: {options.asr}", flush=True)
        voice = load_voice(request.get("voice") or str(folder / stem), request.get("changes", []))
        voice = voice if through is None else with_vocoder(voice, through)
        heard = hear(voice, [row["text"] for row in shortest], _recognizer(options.asr))
        result["hearing"] = {**heard, "vocoder": through}
        _keep(folder, result)
    if result["hearing"] is not None and result["hearing"].get("vocoder") != through:
        raise CompareError(f"{folder} was heard with --vocoder {result['hearing'].get('vocoder')}: use the same.")
    return result


def _repairs(voice: Any, longer: dict[str, list[Any]]) -> dict[str, dict[str, int]]:
    """Counts of repair strategies that helped, by length, without texts that `TTS` splits before synthesis."""
    tts = TTS(replace(voice, vocoder=trial.NullVocoder()))
    found = {}
    for multiple, readings in longer.items():
        whole = [reading for reading in readings if len(voice.frontend.read(reading.text)) == 1]
        if whole:
            found[multiple] = trial.repairs(tts, whole, f"repair, {multiple}x")
    return found


_text_cache: dict[tuple[str, ...], dict[str, list[str]]] = {}  # shared by voices with the same front end


def _texts(voice: Any, request: dict[str, Any]) -> dict[str, list[str]]:
    """Long texts by their length relative to the longest training utterance; empty without a corpus."""
    if request["corpus"] is None:
        return {}
    key = (request["corpus"], str(request["lengths"]), str(voice.config["text"]))
    if key not in _text_cache:
        _text_cache[key] = long_texts(voice.frontend, request["corpus"], request["lengths"])
    return _text_cache[key]


def long_texts(frontend: Any, corpus: str, multiples: Sequence[int]) -> dict[str, list[str]]:
    """Concatenated held-out texts of the corpus, by their length relative to its longest training utterance."""
    longest = int(Corpus(corpus, "train").num_tokens.max())
    held_out = [item["text"] for split in ("validation", "test") for item in Corpus(corpus, split).items]

    def measure(text: str) -> int:
        return len(frontend(text).tokens)

    return {str(multiple): make_long_texts(held_out, multiple * longest, TEXTS, measure) for multiple in multiples}


def _write(folder: Path, results: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Write results.json and table.md; returns the table."""
    if not results:
        return []
    rows = table(results)
    text = markdown(rows)
    if any(result["repairs"] for result in results):
        text += "\n" + markdown(repair_table(results))
    by_stem = {_stem(result["name"], result["asked"]): result for result in results}
    atomic_write(folder / "results.json", json.dumps(by_stem, ensure_ascii=False))
    atomic_write(folder / "table.md", text)
    return rows


def _draw(folder: Path, results: Sequence[dict[str, Any]]) -> None:
    """Write figure.png, with the alignments of the first seed of each attention."""
    stems = {result["name"]: _stem(result["name"], result["asked"]) for result in reversed(results)}
    alignments = {name: np.load(folder / f"{stem}.npz")["alignment"] for name, stem in reversed(stems.items())}
    picture = io.BytesIO()
    draw(results, alignments).savefig(picture, format="png")
    atomic_write(folder / "figure.png", picture.getvalue())
