"""Train the aligner on a corpus, find the durations of every symbol, and store missing durations and pitch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from tts.acoustic.aligner import Aligner
from tts.core.config import instantiate
from tts.core.errors import check_threads
from tts.core.interfaces import Batch
from tts.data.checks import add_to_report
from tts.data.collate import Collate, dataset_of
from tts.data.corpus import Corpus, write_durations, write_pitch
from tts.data.metadata import Problem
from tts.data.pitch import measure_pitch
from tts.data.sampler import BucketSampler
from tts.data.writing import writing_alone
from tts.losses.forward_sum import forward_sum_loss
from tts.nn.beta_binomial import log_alignment_priors
from tts.training.corpus_values import fill_in, fill_mel_statistics
from tts.training.text_check import misplaced_texts, path_scores

#: Maximum number of misplaced texts to print. The report lists all.
SHOWN = 10
SHOW_EVERY = 20  # steps between two losses in the progress bar


def align(config: DictConfig) -> tuple[dict[str, np.ndarray], list[Problem]]:
    """Train the aligner of ``config`` (conf/align.yaml).

    Returns:
        Mel frames per symbol (T_text,) by utterance id, and the utterances for which another text fits better.
    """
    check_threads(config.threads)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    corpus = Corpus(config.data.corpus, "all")
    filled = fill_mel_statistics(fill_in(config, corpus.config, "text", "audio"), corpus)
    aligner = instantiate(filled.aligner).to(config.device)
    _train(aligner, corpus, config)
    durations, fits = _durations(aligner, corpus, config)
    misplaced = misplaced_texts(aligner, corpus, [fits[item["id"]] for item in corpus.items], config.device)
    return durations, misplaced


def _train(aligner: Aligner, corpus: Corpus, config: DictConfig) -> None:
    optimizer = torch.optim.AdamW(aligner.parameters(), lr=config.learning_rate)
    sampler = BucketSampler(corpus.num_frames, batch_size=config.data.batch_size, seed=config.seed)
    collate = Collate(corpus.config["audio"]["floor"])
    with tqdm(total=config.steps, desc="aligner", unit="step") as progress:
        while progress.n < config.steps:
            sampler.epoch += 1
            batches = sampler.batches(sampler.epoch)
            for batch in DataLoader(dataset_of(corpus), batch_sampler=batches, collate_fn=collate):
                loss = _loss(aligner, batch.to(config.device), config, progress.n / config.steps)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if progress.n % SHOW_EVERY == 0:  # to ask a GPU is to wait for it
                    progress.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
                progress.update()
                if progress.n >= config.steps:
                    break


def _loss(aligner: Aligner, batch: Batch, config: DictConfig, done: float) -> Tensor:
    logits = aligner(batch.tokens, batch.token_lengths, batch.mel)
    if done < config.prior_fraction:
        strength = 1.0 - done / config.prior_fraction
        logits = torch.log_softmax(logits, -1) + strength * _prior(batch, config.prior_scale)
    return forward_sum_loss(logits, batch.token_lengths, batch.mel_lengths)


def _prior(batch: Batch, scale: float) -> Tensor:
    shape = batch.mel.shape[2], batch.tokens.shape[1]
    prior = log_alignment_priors(batch.mel_lengths, batch.token_lengths, scale, shape)
    return prior.clamp_min(-20.0).to(batch.mel.dtype)


@torch.inference_mode()
def _durations(aligner: Aligner, corpus: Corpus, config: DictConfig) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Frames per symbol of every utterance, and a score of how well its text fits."""
    batches = BucketSampler(corpus.num_frames, batch_size=config.data.batch_size).batches(0)
    collate = Collate(corpus.config["audio"]["floor"])
    loader = DataLoader(dataset_of(corpus), batch_sampler=batches, collate_fn=collate)
    durations: dict[str, np.ndarray] = {}
    fits: dict[str, float] = {}
    for batch in tqdm(loader, desc="durations", unit="batch"):
        batch = batch.to(config.device)
        logits = aligner(batch.tokens, batch.token_lengths, batch.mel)
        found, scores = path_scores(logits, batch.token_lengths, batch.mel_lengths)
        rows = zip(batch.ids, found.cpu().numpy(), batch.token_lengths.tolist())
        durations |= {name: row[:n] for name, row, n in rows}
        fits |= dict(zip(batch.ids, scores.tolist()))
    return durations, fits


def complete(config: DictConfig) -> str:
    """Store missing durations and pitch of the corpus of ``config``, or all with ``overwrite``. Returns a summary.

    Raises:
        CorpusError: the corpus is damaged, or another process writes into it.
        tts.core.files.PlaceError: the corpus cannot be written; nothing was computed.
    """
    corpus = Corpus(config.data.corpus, "all")
    if not (config.overwrite or corpus.ids_without_durations or corpus.ids_without_pitch):
        return _summary({}, len(corpus))
    with writing_alone(corpus.folder):
        return _complete(config)


def _complete(config: DictConfig) -> str:
    corpus = Corpus(config.data.corpus, "all")
    names = {item["id"] for item in corpus.items}
    lacking = names if config.overwrite else set(corpus.ids_without_durations)
    found, misplaced = align(config) if lacking else ({}, [])
    durations = {name: frames for name, frames in found.items() if name in lacking}
    write_durations(config.data.corpus, durations)
    if lacking:
        add_to_report(Path(config.data.corpus), "wrong_text", misplaced)
    lacking = names if config.overwrite else set(corpus.ids_without_pitch)
    tracker = instantiate(fill_in(config, corpus.config, "audio").pitch)
    write_pitch(config.data.corpus, measure_pitch(corpus, tracker, lacking))
    return _summary(durations, len(names)) + _warning(misplaced)


def _warning(misplaced: list[Problem]) -> str:
    lines = [f"\n  {problem.id}: {problem.detail}" for problem in misplaced[:SHOWN]]
    return f"\n{len(misplaced)} texts fit another recording better (report.txt):{''.join(lines)}" if misplaced else ""


def _summary(durations: dict[str, np.ndarray], num_utterances: int) -> str:
    if not durations:
        return f"all {num_utterances} utterances have durations; overwrite=true computes them again"
    frames = np.concatenate(list(durations.values()))
    return (
        f"{len(durations)} of {num_utterances} utterances aligned, {frames.mean():.1f} frames per symbol, "
        f"median {np.median(frames):.0f}, 99 % at most {np.quantile(frames, 0.99):.0f}"
    )
