"""The packed corpus: a folder with memory-mapped data, which opens fast at any size.

========================  ==============================================================================
``config.yaml``           the configuration: ``text`` (with its symbols), ``audio``, ``trim``
``items.jsonl``           one utterance per line: id, split, text, phonemes, tokens, position of its data
``mels.f16``              frames x M, float16, natural log
``audio.i16``             trimmed samples, int16, hop_length samples per frame
``durations.npz``         optional: mel frames per symbol, from an aligner
``pitch.npz``             optional: ln Hz of every mel frame, zero where unvoiced
``journal.jsonl``         the log of the preparation, so that the next one computes only missing features
``report.json``, ``.txt`` all problems of the corpus
========================  ==============================================================================
"""

from __future__ import annotations

import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from tts.core.files import check_readable, replacing
from tts.core.plain_yaml import PlainYamlError, load_yaml
from tts.data.journal import AUDIO, ITEMS, MELS, is_place
from tts.data.metadata import CorpusError

CONFIG, DURATIONS, PITCH = "config.yaml", "durations.npz", "pitch.npz"

#: Without its symbols the tokens have no meaning, so all texts are read again.
CONFIG_HINT = (
    "Delete it and run the same python -m tts.prepare command again with update_text=true: it writes the file again, "
    "and the features of the recordings stay."
)
REPAIR_HINT = "Run the same python -m tts.prepare command again: it repairs the corpus."


class Utterance(NamedTuple):
    """One utterance for training."""

    id: str
    text: str
    phonemes: str
    tokens: np.ndarray  # (T_text,) int64
    mel: np.ndarray  # (M, T_mel) float32
    durations: np.ndarray | None = None  # (T_text,) int64
    pitch: np.ndarray | None = None  # (T_mel,) float32, ln Hz, zero where unvoiced


class Corpus:
    """One split of a prepared corpus, as a map-style dataset of `Utterance`.

    Args:
        folder: a folder that ``python -m tts.prepare`` wrote.
        split: ``train``, ``validation``, ``test`` or ``all``.
        text: the text configuration that the caller needs; None accepts any.
        audio: the mel configuration that the caller needs; None accepts any.

    Raises:
        CorpusError: the folder is not a corpus, the split is empty, or the corpus has another configuration.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        text: Mapping[str, Any] | None = None,
        audio: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.split = split
        self.config = read_config(self.folder)
        check_config(self.config, {"text": text, "audio": audio}, self.folder)
        items = _read_items(self.folder)
        _check_sizes(self.folder, items, int(self.config["audio"]["n_mels"]))
        _check_tokens(self.folder, items, len(self.config["text"].get("symbols") or ()))
        self.items = [item for item in items if split in ("all", item["split"])]
        if not self.items:
            raise CorpusError(
                f"{self.folder} has no utterances in its '{split}' split (it has {_count_splits(items)}). "
                "Increase the shares of data.split and prepare the corpus again."
            )
        self.num_frames = np.array([item["frames"][1] for item in self.items], dtype=np.int64)
        self.num_tokens = np.array([len(item["tokens"]) for item in self.items], dtype=np.int64)
        self._durations = _read_durations(self.folder, self.items)
        self._pitch = _load_ragged(self.folder / PITCH)
        self._maps: tuple[np.ndarray, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Utterance:
        item = self.items[index]
        tokens, durations, pitch = self.annotations(index)
        return Utterance(item["id"], item["text"], item["phonemes"], tokens, self.mel(index), durations, pitch)

    def annotations(self, index: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Tokens, durations and pitch of an utterance, as in `Utterance`."""
        item = self.items[index]
        durations, pitch = self._durations.get(item["id"]), self._pitch.get(item["id"])
        if pitch is not None:
            pitch = pitch.astype(np.float32) if len(pitch) == item["frames"][1] else None
        return np.array(item["tokens"], dtype=np.int64), durations, pitch

    @property
    def is_aligned(self) -> bool:
        """Whether every utterance of the split has durations (``python -m tts.align``)."""
        return not self.ids_without_durations

    @property
    def ids_without_durations(self) -> list[str]:
        """The ids of the utterances without durations."""
        return [item["id"] for item in self.items if item["id"] not in self._durations]

    @property
    def ids_without_pitch(self) -> list[str]:
        """The ids of the utterances without pitch."""
        known = {name: len(values) for name, values in self._pitch.items()}
        return [item["id"] for item in self.items if known.get(item["id"]) != item["frames"][1]]

    def mel(self, index: int, first: int = 0, length: int | None = None) -> np.ndarray:
        """The mel (M, T_mel) float32, or at most ``length`` frames of it from frame ``first``."""
        place = _part(self.items[index]["frames"], first, length)
        return np.asarray(self._mapped()[0][place].T, dtype=np.float32, order="C")

    def audio(self, index: int, first: int = 0, length: int | None = None) -> np.ndarray:
        """The trimmed recording (T_mel * hop_length,) float32 in [-1, 1], or at most ``length`` samples of it."""
        place = _part(self.items[index]["samples"], first, length)
        return self._mapped()[1][place].astype(np.float32) / 32768.0

    def stored_mel(self, index: int) -> np.ndarray:
        """The stored mel, (T_mel, M) float16."""
        return self._mapped()[0][_part(self.items[index]["frames"], 0, None)]

    def stored_audio(self, index: int) -> np.ndarray:
        """The stored trimmed recording, (T_mel * hop_length,) int16."""
        return self._mapped()[1][_part(self.items[index]["samples"], 0, None)]

    def index(self, name: str) -> int:
        """The index of the utterance with the id ``name``. Raises `KeyError`."""
        for index, item in enumerate(self.items):
            if item["id"] == name:
                return index
        raise KeyError(f"no utterance '{name}' in the '{self.split}' split of {self.folder}")

    def _mapped(self) -> tuple[np.ndarray, np.ndarray]:
        if self._maps is None:
            num_mels = int(self.config["audio"]["n_mels"])
            frames = np.memmap(self.folder / MELS, dtype=np.float16, mode="r").reshape(-1, num_mels)
            self._maps = frames, np.memmap(self.folder / AUDIO, dtype=np.int16, mode="r")
        return self._maps

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_maps": None}  # a pickled memmap would copy the whole file to every worker


def _part(place: tuple[int, int], first: int, length: int | None) -> slice:
    """The slice of a file for items ``first`` to ``first + length`` of an array at (start, count)."""
    start, count = place
    last = count if length is None else min(count, first + length)
    return slice(start + min(first, last), start + last)


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of the corpus in ``folder``. Raises `CorpusError` if the folder is not a corpus."""
    if not (folder / CONFIG).is_file():
        raise CorpusError(f"{folder} is not a prepared corpus. Run: python -m tts.prepare data.corpus={folder}")
    try:
        config = cast("dict[str, Any]", OmegaConf.to_container(load_yaml(folder / CONFIG), resolve=True))
    except (PlainYamlError, OmegaConfBaseException) as error:
        raise CorpusError(f"{error} {CONFIG_HINT}") from error
    missing = [part for part in ("text", "audio") if not isinstance(config.get(part), dict)]
    if missing:
        raise CorpusError(f"{folder / CONFIG} lacks {' and '.join(missing)}. {CONFIG_HINT}")
    return config


def check_config(have: Mapping[str, Any], want: Mapping[str, Any], folder: Path) -> None:
    """Raise `CorpusError`, which lists every key whose value in ``want`` is not None and differs from ``have``."""
    differing = list(_differences(have, want, ""))
    if differing:
        raise CorpusError(
            f"{folder} was prepared with another configuration:\n  " + "\n  ".join(differing) + "\n"
            "Prepare into another folder (data.corpus=...), or delete this one and prepare it again."
        )


def _differences(have: Any, want: Any, path: str) -> list[str]:
    if want is None:
        return []
    if isinstance(have, Mapping) and isinstance(want, Mapping):
        keys = [key for key in want if key in have or want[key] is not None]
        found = [_differences(have.get(key), want[key], f"{path}.{key}" if path else str(key)) for key in keys]
        return [line for lines in found for line in lines]
    if have == want:
        return []
    return [f"{path}: the corpus has {_shorten(have)}, but {_shorten(want)} is needed"]


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def write_durations(folder: str | Path, durations: Mapping[str, np.ndarray]) -> None:
    """Store mel frames per symbol by id. Durations of other ids stay.

    Raises `CorpusError` if an id is unknown, or if an array (T_text,) has a wrong length or sum.
    """
    folder = Path(folder)
    items = {item["id"]: item for item in _read_items(folder)}
    for name, values in durations.items():
        if name not in items:
            raise CorpusError(f"durations for '{name}', which is not in {folder}")
        symbols, frames = len(items[name]["tokens"]), items[name]["frames"][1]
        if len(values) != symbols or int(np.sum(values)) != frames or np.min(values) < 0:
            raise CorpusError(
                f"durations of '{name}' have length {len(values)} and sum {int(np.sum(values))}; "
                f"its {symbols} symbols take {frames} frames"
            )
    _write_ragged(folder / DURATIONS, {name: np.asarray(v, dtype=np.int32) for name, v in durations.items()})


def write_pitch(folder: str | Path, pitch: Mapping[str, np.ndarray]) -> None:
    """Store ln Hz of every mel frame by id, zero where unvoiced. The pitch of other ids stays.

    Raises `CorpusError` if an id is unknown, or if an array (T_mel,) has a wrong length.
    """
    folder = Path(folder)
    frames = {item["id"]: item["frames"][1] for item in _read_items(folder)}
    for name, values in pitch.items():
        if frames.get(name) != len(values):
            raise CorpusError(f"{folder} has no utterance '{name}' of {len(values)} frames to store a pitch for")
    _write_ragged(folder / PITCH, {name: np.asarray(v, dtype=np.float16) for name, v in pitch.items()})


def _write_ragged(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Add arrays of different lengths, by id, to the file ``path``."""
    merged = _load_ragged(path) | dict(arrays)
    packed = np.concatenate(list(merged.values())) if merged else np.zeros(0, np.int32)
    lengths = np.array([len(values) for values in merged.values()], dtype=np.int64)
    with replacing(path) as temporary:
        named: dict[str, Any] = {"ids": np.array(list(merged)), "lengths": lengths, path.stem: packed}
        np.savez(temporary, **named)


def _load_ragged(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        return {}
    check_readable(path)
    try:
        with np.load(path) as stored:
            lengths, packed, ids = stored["lengths"], stored[path.stem], stored["ids"].tolist()
        if lengths.ndim != 1 or packed.ndim != 1 or len(ids) != len(lengths) or lengths.sum() != len(packed):
            raise ValueError("its lengths are inconsistent")
        return dict(zip(ids, np.split(packed, np.cumsum(lengths)[:-1])))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        reason = "it is no NumPy archive of numbers" if "allow_pickle" in str(error) else error
        raise CorpusError(
            f"{path} is damaged ({reason}). Delete it and run: python -m tts.align data.corpus={path.parent}"
        ) from error


def _read_durations(folder: Path, items: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    stored, fitting = _load_ragged(folder / DURATIONS), {}
    for item in items:
        values = stored.get(item["id"])
        if values is not None and len(values) == len(item["tokens"]) and values.sum() == item["frames"][1]:
            fitting[item["id"]] = values.astype(np.int64)
    if stored and len(fitting) < len(items):
        warnings.warn(
            f"{len(items) - len(fitting)} of {len(items)} utterances of {folder} have no valid durations; "
            "align the corpus again",
            stacklevel=3,
        )
    return fitting


def _read_items(folder: Path) -> list[dict[str, Any]]:
    if not (folder / ITEMS).is_file():
        raise CorpusError(
            f"the preparation of {folder} has not finished. Run the same python -m tts.prepare command again."
        )
    try:
        with (folder / ITEMS).open(encoding="utf-8") as lines:
            items = [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{folder / ITEMS} is damaged ({error}). {REPAIR_HINT}") from error
    for number, item in enumerate(items, 1):
        if not _is_item(item):
            raise CorpusError(f"{folder / ITEMS} is damaged at line {number}. {REPAIR_HINT}")
    return items


def is_safe_id(name: Any) -> bool:
    """Whether a file that is named by the id ``name`` stays inside its folder."""
    parts = name.replace("\\", "/").split("/") if isinstance(name, str) else [".."]
    return not {"", ".", ".."} & set(parts) and "\0" not in name and not re.match("[A-Za-z]:", name)


def _is_item(item: Any) -> bool:
    if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in ("split", "text", "phonemes")):
        return False
    tokens = item.get("tokens")
    if not is_safe_id(item.get("id")) or not isinstance(tokens, list):
        return False
    has_places = is_place(item.get("frames")) and is_place(item.get("samples"))
    return has_places and item["frames"][1] > 0 and all(type(token) is int and token >= 0 for token in tokens)


def _check_sizes(folder: Path, items: list[dict[str, Any]], num_mels: int) -> None:
    """Raise `CorpusError` if the data files end before the last frame or sample of the items."""
    for name, key, size in ((MELS, "frames", 2 * num_mels), (AUDIO, "samples", 2)):
        path, needed = folder / name, size * max((sum(item[key]) for item in items), default=0)
        found = path.stat().st_size if path.is_file() else 0
        if found < needed or found % size:
            raise CorpusError(f"{path} has {found} bytes, the utterances need {needed}. {REPAIR_HINT}")


def _check_tokens(folder: Path, items: list[dict[str, Any]], num_symbols: int) -> None:
    """Raise `CorpusError` if a token is none of the corpus' symbols."""
    largest = max((token for item in items for token in item["tokens"]), default=0)
    if num_symbols and largest >= num_symbols:
        raise CorpusError(f"{folder / ITEMS} has token {largest}, but {num_symbols} symbols. {REPAIR_HINT}")


def _count_splits(items: list[dict[str, Any]]) -> dict[str, int]:
    splits = [item["split"] for item in items]
    return {split: splits.count(split) for split in sorted(set(splits))}
