"""Prepare a packed corpus from recordings: read the metadata, compute missing features, check, split and report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DataLoader
from tqdm import tqdm

from tts.core.config import config_root, instantiate
from tts.core.files import atomic_write
from tts.core.plain_yaml import load_yaml
from tts.data.checks import write_report
from tts.data.corpus import CONFIG, check_config, read_config, write_durations
from tts.data.download import download_corpus
from tts.data.exact_durations import exact_durations, spoken_spans
from tts.data.features import ExtractionTask, FeatureExtractor
from tts.data.journal import ITEMS, Journal
from tts.data.metadata import CorpusError, Entry, Problem, read_metadata
from tts.data.writing import writing_alone


def prepare(config: DictConfig) -> dict[str, Any]:
    """Prepare the corpus that ``config`` (conf/prepare.yaml) describes. Returns the summary of the report.

    Raises `CorpusError` if the source or the corpus folder cannot be used, or if no utterance is usable.
    """
    source, folder = Path(config.data.source), Path(config.data.corpus)
    if config.data.get("url") and not (source / "metadata.csv").is_file():
        if not _is_own_folder(config):
            download_corpus(source, config.data.url, config.data.sha256)
        elif not source.exists():
            raise CorpusError(
                f"{source} does not exist. Set data.source to the folder of metadata.csv and wavs/; "
                "without data.source, LJSpeech is downloaded."
            )
    entries, problems = read_metadata(source)
    corpus_config = _corpus_config(config, folder)
    with writing_alone(folder), Journal(folder, corpus_config["audio"]["n_mels"]) as journal:
        atomic_write(folder / CONFIG, OmegaConf.to_yaml(OmegaConf.create(corpus_config)))
        if damaged := journal.forget_damaged():
            print(f"damaged on the disk, computed again: {', '.join(damaged[:10])}{' ...' if damaged[10:] else ''}")
        _extract_missing(entries, journal, corpus_config, config)
        return _finish(folder, config, entries, problems, journal.records)


def _is_own_folder(config: DictConfig) -> bool:
    """Whether ``data.source`` is another folder than LJSpeech's own: then it has the user's recordings."""
    usual = load_yaml(config_root() / "conf/data/ljspeech.yaml")
    return config.data.url == usual["url"] and Path(config.data.source) != Path(usual["source"])


def _corpus_config(config: DictConfig, folder: Path) -> dict[str, Any]:
    """The configuration of the features. An existing corpus keeps its symbols, so that its tokens stay valid."""
    parts = {"text": config.text, "audio": config.audio, "trim": config.data.trim}
    requested: dict[str, Any] = OmegaConf.to_container(OmegaConf.create(parts), resolve=True)  # type: ignore[assignment]
    if (folder / CONFIG).is_file():
        check_config(existing := read_config(folder), requested, folder)
        return existing
    requested["text"]["symbols"] = list(instantiate(requested["text"], "text").symbols)
    return requested


def _extract_missing(entries: list[Entry], journal: Journal, corpus_config: dict[str, Any], config: DictConfig) -> None:
    spans = spoken_spans(Path(config.data.source))
    found = (_task(entry, journal.records.get(entry.id), config.update_text) for entry in entries)
    tasks = [task._replace(spoken=spans.get(task.entry.id)) for task in found if task]
    extractions = DataLoader(
        FeatureExtractor(tasks, corpus_config), batch_size=None, num_workers=config.workers, collate_fn=_unchanged
    )
    for extraction in tqdm(extractions, total=len(tasks), desc="features", unit="clip", disable=not tasks):
        journal.append(*extraction)


def _task(entry: Entry, known: dict[str, Any] | None, update_text: bool) -> ExtractionTask | None:
    """The task for ``entry``, or None if its record is of the same text and file."""
    try:
        status = entry.audio.stat()
        key = f"{status.st_size}-{status.st_mtime_ns}"
    except OSError:  # a broken link, or deleted since the folder was listed: the extractor reports it
        key = "missing"
    if known is None or known["key"] != key:
        return ExtractionTask(entry, key)
    if known["text"] == entry.text and not update_text:
        return None
    return ExtractionTask(entry, key, known if "features" in known else None)


def _unchanged(extraction: Any) -> Any:
    return extraction  # no stacking, because utterances have different lengths


def _finish(
    folder: Path, config: DictConfig, entries: list[Entry], problems: list[Problem], records: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    ordered = [records[entry.id] for entry in entries]
    found = instantiate(config.data.checks, "checks")(ordered)
    corpus_config, transcripts = read_config(folder), {}
    if config.get("transcripts"):
        check = instantiate(config.transcripts, "transcripts")
        misread, transcripts = check(folder, ordered, corpus_config["audio"]["sample_rate"])
        found += misread
    excluded = {problem.id for problem in found if problem.excluded}
    problems = problems + found
    sides = instantiate(config.data.split, "split")(entry.id for entry in entries)
    items = [_item(record, sides) for record in ordered if record["id"] not in excluded]
    if items:
        atomic_write(folder / ITEMS, "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))
    durations = exact_durations(Path(config.data.source), items, corpus_config)
    if durations:
        write_durations(folder, durations)
    summary = (
        _summarize(items, ordered, problems) | transcripts | ({"exact durations": len(durations)} if durations else {})
    )
    print(write_report(folder, summary, problems), f"details: {folder / 'report.txt'}", sep="\n")
    if not items:
        first = f"{problems[0].id}: {problems[0].detail}" if problems else "metadata.csv has no line"
        raise CorpusError(f"no usable utterance in {config.data.source} ({first}); see {folder / 'report.txt'}")
    return summary


def _item(record: dict[str, Any], sides: dict[str, str]) -> dict[str, Any]:
    kept = ("id", "text", "normalized", "phonemes", "tokens", "frames", "samples")
    item = {key: record[key] for key in kept}
    return item | {"split": sides[record["id"]], "trim": record["features"]["trim"]}


def _summarize(items: list[dict[str, Any]], records: list[dict[str, Any]], problems: list[Problem]) -> dict[str, Any]:
    features = {record["id"]: record["features"] for record in records if "features" in record}
    recorded = sum(feature["seconds"] for feature in features.values())
    kept = sum(features[item["id"]]["kept_seconds"] for item in items)
    splits = [item["split"] for item in items]
    return {
        "utterances": len(items),
        "left out": len({p.id for p in problems if p.excluded}),
        "hours": round(kept / 3600, 3),
        "hours before trimming": round(recorded / 3600, 3),
        "frames": sum(item["frames"][1] for item in items),
        "splits": {split: splits.count(split) for split in ("train", "validation", "test")},
        "longest": f"{max((features[i['id']]['kept_seconds'] for i in items), default=0):.1f} s",
        "sample rates": sorted({feature["sample_rate"] for feature in features.values()}),
    }
