"""Attentions side by side: the same small corpus, the same steps, the same hard texts, one table and one figure.

python -m tts.compare_attentions -o runs/compare                                    # one of each mechanism
python -m tts.compare_attentions additive gmm trainer.max_steps=900 -o runs/longer  # KEY=VALUE goes to training
python -m tts.compare_attentions --voice ljspeech -o runs/ljspeech                  # a voice as it is, repeated words
python -m tts.compare_attentions acoustic.decoder.attention.inference=soft --voice runs/compare/mocha -o runs/soft

Every attention is trained by python -m tts.train experiment=compare_attentions/train;
recipes/compare_attentions/run.sh makes its corpus. FOLDER gets a run folder and a NAME.json for each, and
results.json, table.md and figure.png of all. The same command goes on where it was interrupted. Texts are read once:
no second seed, no repair.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tts.core.config import config_root

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
)
CORPUS = "corpora/compare"
MULTIPLES = (1, 2, 4, 8)  # of the longest training utterance
TEXTS = 16  # of each length


class CompareError(ValueError):
    """The comparison cannot go on; the message says what to do."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        "python -m tts.compare_attentions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "words", nargs="*", metavar="NAME or KEY=VALUE", help="attentions; changes to their training, or to the voices"
    )
    options.add_argument(
        "--voice", action="append", default=[], help="a voice or a run, judged as it is; repeat for several"
    )
    options.add_argument("--corpus", help=f"prepared corpus: held-out texts, and the longest training text ({CORPUS})")
    options.add_argument(
        "--lengths", type=int, nargs="+", default=MULTIPLES, help="of the texts, in longest training texts (1 2 4 8)"
    )
    options.add_argument("--repair", action="store_true", help="also read again what failed, and count what helped")
    options.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where everything goes")
    return options


def compare(options: argparse.Namespace) -> list[list[str]]:
    """Do what is not done yet; returns the table. Raises `CompareError`, or ValueError from the parts."""
    words = [word for word in options.words if "=" in word]
    names = [word for word in options.words if "=" not in word]
    names = names or ([] if options.voice else list(DEFAULT_ATTENTIONS))
    _check_names(names)
    corpus = options.corpus or (CORPUS if names else None)
    texts = {"corpus": corpus, "lengths": list(options.lengths), "repair": options.repair}
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for name in names:
        asked = {"training": words} | texts
        results.append(_kept(folder, name, asked) or _trained(folder, name, asked))
    for voice in options.voice:
        asked = {"voice": voice, "changes": [] if names else words} | texts
        results.append(_kept(folder, Path(voice).name, asked) or _try(folder, Path(voice).name, voice, asked))
    return _write(folder, results)


def _check_names(names: Sequence[str]) -> None:
    known = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
    for name in names:
        if name not in known:
            raise CompareError(f"there is no attention '{name}'. There are: {', '.join(known)}.")


def _kept(folder: Path, name: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The result of an earlier call that asked for the same."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    result = json.loads(path.read_text(encoding="utf-8"))
    if result["asked"] != asked:
        raise CompareError(f"{path} is the result of {result['asked']}, not of {asked}. Give another folder with -o.")
    return result


def _trained(folder: Path, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    print(f"== {name}", flush=True)
    run = folder / name
    words = [
        "experiment=compare_attentions/train",
        f"attention={name}",
        f"name={name}",
        f"run_dir={run}",
        "resume=auto",
    ]
    words += [f"data.corpus={asked['corpus']}", *asked["training"]]
    status = subprocess.run([sys.executable, "-m", "tts.train", *words], check=False).returncode
    if status:
        raise CompareError(f"the training of {name} ended with status {status}. The same command goes on from there.")
    return _try(folder, name, str(run), asked)


def _try(folder: Path, name: str, voice: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Judge a voice and keep the result as FOLDER/NAME.json, its longest alignment as NAME.npz."""
    import numpy as np
    import torch

    from tts.data.corpus import atomic_write
    from tts.evaluation.attention import trial
    from tts.evaluation.attention.texts import repeated_words
    from tts.voices.voice import load_voice

    torch.set_num_threads(1)
    print(f"{name}: hard texts", flush=True)
    loaded, run = load_voice(voice, asked.get("changes", [])), folder / name
    longer = {
        multiple: trial.first_attempts(loaded, group)
        for multiple, group in _longer(loaded.frontend, asked["corpus"], asked["lengths"]).items()
    }
    repeated = trial.first_attempts(loaded, list(repeated_words().values()))
    result = {
        "name": name,
        "asked": asked,
        "curves": trial.learning_curves(run) if (run / "tensorboard").is_dir() else None,
        "lengths": {multiple: [reading.as_dict() for reading in readings] for multiple, readings in longer.items()},
        "repeated_words": [reading.as_dict() for reading in repeated],
        "repairs": _repairs(loaded, longer) if asked["repair"] else None,
        "costs": trial.measure_costs(loaded.acoustic, loaded.mel.mel_spec["n_mels"]),
    }
    shown = list(longer.values())[-1][0] if longer else repeated[-1]
    packed = io.BytesIO()
    np.savez_compressed(packed, alignment=trial.max_pool(shown.alignment))
    atomic_write(folder / f"{name}.npz", packed.getvalue())
    atomic_write(folder / f"{name}.json", json.dumps(result, indent=1, ensure_ascii=False))
    return result


def _repairs(voice: Any, longer: dict[str, list[Any]]) -> dict[str, dict[str, int]]:
    """What helped, by length; texts so long that `TTS` cuts them before reading are left out."""
    from tts.evaluation.attention.trial import NullVocoder, repairs
    from tts.synthesis.synthesizer import TTS

    tts = TTS(replace(voice, vocoder=NullVocoder()))
    found = {}
    for multiple, readings in longer.items():
        whole = [reading for reading in readings if len(voice.frontend.read(reading.text)) == 1]
        if whole:
            found[multiple] = repairs(tts, whole, f"repair, {multiple}x")
    return found


def _longer(frontend: Any, corpus: str | None, multiples: Sequence[int]) -> dict[str, list[str]]:
    """Held-out texts of the corpus made longer, by how many times its longest training utterance; none without one."""
    from tts.data.corpus import Corpus
    from tts.evaluation.attention.texts import make_long_texts

    if corpus is None:
        return {}
    longest = int(Corpus(corpus, "train").num_tokens.max())
    held_out = [item["text"] for split in ("validation", "test") for item in Corpus(corpus, split).items]

    def measure(text: str) -> int:
        return len(frontend(text).tokens)

    return {str(multiple): make_long_texts(held_out, multiple * longest, TEXTS, measure) for multiple in multiples}


def _write(folder: Path, results: Sequence[dict[str, Any]]) -> list[list[str]]:
    """results.json, table.md and figure.png of all; returns the table."""
    import numpy as np

    from tts.data.corpus import atomic_write
    from tts.evaluation.attention.report import draw, markdown, repair_table, table

    rows = table(results)
    text = markdown(rows)
    if any(result["repairs"] for result in results):
        text += "\n" + markdown(repair_table(results))
    picture = io.BytesIO()
    alignments = {result["name"]: np.load(folder / f"{result['name']}.npz")["alignment"] for result in results}
    draw(results, alignments).savefig(picture, format="png")
    atomic_write(
        folder / "results.json", json.dumps({result["name"]: result for result in results}, ensure_ascii=False)
    )
    atomic_write(folder / "table.md", text)
    atomic_write(folder / "figure.png", picture.getvalue())
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options = parser().parse_intermixed_args(arguments)
    try:
        rows = compare(options)
    except (ValueError, OSError) as error:  # CompareError, CorpusError, VoiceError
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    for row in rows:
        print("  ".join(cell.rjust(max(len(other[n]) for other in rows)) for n, cell in enumerate(row)))
    print(f"Table: {options.output / 'table.md'}  Figure: {options.output / 'figure.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
