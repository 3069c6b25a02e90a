"""The evaluation of a voice: from the options of ``python -m tts.evaluate voice`` to the report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

import torch

from tts.audio.mel import MelSpectrogram
from tts.core.config import instantiate
from tts.data.corpus import Corpus
from tts.evaluation import report
from tts.evaluation.asr import Recognizer, load_recognizer
from tts.evaluation.error_rates import check_installed
from tts.evaluation.mos import MOSPredictor, load_predictor
from tts.evaluation.runs import WholeTextFrontend, fingerprint, synthesize_all
from tts.evaluation.scores import score
from tts.evaluation.systems import System, folder_system, held_out, measure_all, missing, recordings_system
from tts.evaluation.test_texts import EvaluationText, EvaluationTextError, categories, read_evaluation_texts
from tts.synthesis.synthesizer import TTS
from tts.voices.voice import check_mel_spec, find_voice, read_config


def evaluate_voice(
    options: argparse.Namespace, recognizer: Recognizer | None = None, predictor: MOSPredictor | None = None
) -> report.VoiceEvaluation:
    """Run the evaluation that ``options`` describe and write it to ``options.output``.

    Args:
        options: of `tts.commands.evaluate_voice.add_arguments`.
        recognizer: your own recognizer; used if ``options.asr`` is none.
        predictor: your own predictor of mean opinion scores; used if ``options.mos`` is none.

    Raises:
        AttuneError: a voice, corpus, text, system or recognizer does not exist; the message says what to do.
    """
    torch.set_num_threads(options.threads)
    if options.asr != "none":
        recognizer = load_recognizer(options.asr)
    if options.mos != "none":
        predictor = load_predictor(options.mos)
    if recognizer is not None:
        check_installed()
    source = find_voice(options.voice)
    mel = instantiate(read_config(source).audio, "audio")
    speaker = TTS(options.voice, engine=options.engine, threads=options.threads)
    if options.no_split:
        speaker.engine.frontend = WholeTextFrontend(speaker.engine.frontend)
    name = speaker.engine.name
    passages, others = _sources(options, name, mel)
    folder, rate = options.output, speaker.sample_rate
    folder.mkdir(parents=True, exist_ok=True)
    report.write_metadata(folder / "metadata.csv", passages)

    request = {"seed": options.seed, "repair": options.repair, "no_split": options.no_split, "threads": options.threads}
    request |= {"engine": options.engine, "version": metadata.version("attune-tts")}
    speak = partial(speaker, seed=options.seed, repair=options.repair)
    stream = partial(speaker.stream, seed=options.seed, repair=options.repair)
    readings = synthesize_all(speak, stream, passages, {**request, "voice": fingerprint(source)}, folder)
    systems = [folder_system(name, folder / "wavs", rate), *others]
    measured = measure_all(systems, passages, mel, recognizer, predictor, folder)

    about = {"voice": name, **request, "asr": recognizer and recognizer.name, "mos": predictor and predictor.name}
    scores = score(passages, readings, measured, name)
    evaluation = report.VoiceEvaluation(about, passages, readings, measured, scores, missing(measured, passages))
    report.write_results(folder / "results.json", evaluation)
    report.write_markdown(folder / "report.md", evaluation)
    report.write_page(folder / "report.html", evaluation, others, rate)
    return evaluation


def _sources(options: argparse.Namespace, voice: str, mel: MelSpectrogram) -> tuple[list[EvaluationText], list[System]]:
    """The test texts, and the other systems that have audio of them."""
    passages: list[EvaluationText] = []
    others: list[System] = []
    if options.corpus:
        corpus = Corpus(options.corpus, options.split)
        check_mel_spec(instantiate(corpus.config["audio"], "audio").mel_spec, mel.mel_spec, f"corpus {options.corpus}")
        passages += held_out(corpus, options.limit)
        others.append(recordings_system(corpus))
    for name in categories() if options.texts is None else options.texts:
        passages += read_evaluation_texts(name, options.limit)
    others += [_system(word, mel.sample_rate) for word in options.system]
    _check_unique([passage.id for passage in passages], "text")
    _check_unique([voice, *(other.label for other in others)], "system")
    if not passages:
        raise EvaluationTextError("There is nothing to read. Name --texts, or a --corpus.")
    return passages, others


def _system(word: str, sample_rate: int) -> System:
    """Parse ``LABEL=FOLDER`` into a system."""
    label, _, folder = word.partition("=")
    if not folder or not label or Path(label).name != label:
        raise EvaluationTextError(f"--system {word} must be LABEL=FOLDER, such as --system flite=made_by_flite.")
    return folder_system(label, folder, sample_rate)


def _check_unique(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationTextError(f"Two {what}s are called {', '.join(twice)}. Give each a name of its own.")
