"""With R = 1 and location-sensitive attention the model equals the Tacotron 2 of torchaudio."""

import pytest
import torch
import torchaudio.models.tacotron2 as torchaudio_module

from benchmarks.reference_tacotron2 import copy_weights, tacotron2, torchaudio_tacotron2
from tts.core.interfaces import Batch

SIZE = {"memory_dim": 32, "hidden": 48, "attention_dim": 16, "prenet_dim": 24}


@pytest.fixture
def models(monkeypatch):
    monkeypatch.setattr(torchaudio_module.F, "dropout", lambda x, *_, **__: x)  # its prenet's never rests
    torch.manual_seed(0)
    peer, ours = torchaudio_tacotron2(**SIZE).eval(), tacotron2(**SIZE, dropout=0.0).eval()
    for module in peer.modules():  # statistics as after training, not those of initialization
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
    copy_weights(peer, ours)
    return peer, ours


def batch(lengths, frames):
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(1, 40, (len(lengths), max(lengths)), generator=generator)
    mel = torch.randn(len(lengths), 80, max(frames), generator=generator)
    return Batch([str(i) for i in range(len(lengths))], tokens, torch.tensor(lengths), mel, torch.tensor(frames))


def compare(theirs, ours, row, n, T):
    mel, stop, alignment = theirs
    torch.testing.assert_close(ours.mel[row, :, :T], mel, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours.stop_logits[row, :T], stop, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours.alignments[row, 0, :T, :n], alignment, atol=1e-5, rtol=0)


@torch.no_grad()
def test_teacher_forcing_equals_torchaudio_single_and_batch(models):
    peer, ours = models
    lengths, frames = [11, 7, 9], [30, 18, 25]
    data = batch(lengths, frames)
    together = ours(data)
    for i, (n, T) in enumerate(zip(lengths, frames)):
        one = Batch(*(x[i : i + 1] if x is not None else None for x in data[:-1]))
        one = one._replace(tokens=one.tokens[:, :n], mel=one.mel[:, :, :T])
        _, mel, stop, alignment = peer(one.tokens, one.token_lengths, one.mel, one.mel_lengths)
        theirs = mel[0], stop[0], alignment[0]
        compare(theirs, ours(one), 0, n, T)
        compare(theirs, together, i, n, T)


@torch.no_grad()
def test_teacher_forcing_of_a_batch_equals_torchaudio(models):
    peer, ours = models
    data = batch([11, 11], [30, 30])
    _, mel, stop, alignment = peer(data.tokens, data.token_lengths, data.mel, data.mel_lengths)
    found = ours(data)
    for i in range(2):
        compare((mel[i], stop[i], alignment[i]), found, i, 11, 30)


@torch.no_grad()
def test_generation_equals_torchaudio(models):
    peer, ours = models
    ours.decoder.max_frames_offset, ours.decoder.max_frames_per_symbol = 40, 0
    peer.decoder.decoder_max_step = 40
    data = batch([9], [1])
    mel, lengths, alignment = peer.infer(data.tokens, data.token_lengths)
    found = ours.generate(data.tokens, data.token_lengths, [0])
    assert found.mel_lengths.tolist() == lengths.tolist()
    T = int(lengths[0])
    torch.testing.assert_close(found.mel[0, :, :T], mel[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.alignments[0, 0, :T], alignment[0], atol=1e-5, rtol=0)
