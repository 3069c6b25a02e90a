import json
import shutil
from itertools import islice

import numpy as np
import pytest
import torch

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.data.corpus import Corpus
from tts.data.metadata import CorpusError
from tts.data.segments import SegmentDataModule, SegmentLoader, Segments


def test_mel_and_audio_of_a_segment_match(tone_corpus):
    batch = Segments(Corpus(tone_corpus), batch_size=4, frames=24)[3]
    assert batch.mel.shape == (4, 80, 24)
    assert batch.wav.shape == (4, 24 * 256)
    heard = configured(MelSpectrogram)(batch.wav)
    assert (heard - batch.mel)[:, :, 3:-3].abs().max() < 0.05  # at its ends a piece does not hear its neighbors


def test_a_batch_depends_only_on_its_number(tone_corpus):
    segments = [Segments(Corpus(tone_corpus), 4, 24, seed) for seed in (0, 0, 1)]
    assert torch.equal(segments[0][5].wav, segments[1][5].wav)
    assert not torch.equal(segments[0][5].wav, segments[0][6].wav)
    assert not torch.equal(segments[0][5].wav, segments[2][5].wav)


def test_short_recordings_end_in_silence(tone_corpus):
    corpus = Corpus(tone_corpus)
    batch = Segments(corpus, 2, int(corpus.num_frames.max()) + 10)[0]
    assert not batch.wav[:, -10 * 256 :].any()
    np.testing.assert_allclose(batch.mel[:, :, -10:], np.log(1e-5), rtol=1e-6)


def test_a_loader_resumes_and_ranks_share_the_stream(tone_corpus):
    segments = Segments(Corpus(tone_corpus), 1, 16)

    def taken(loader, count):
        found = []
        while len(found) < count:
            for batch in loader:
                found.append(batch.wav)
                if len(found) == count:
                    break
        return found

    whole = taken(SegmentLoader(segments), 25)  # more than an epoch
    first = SegmentLoader(segments)
    beginning = taken(first, 11)
    second = SegmentLoader(segments)
    second.load_state_dict(first.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(beginning + taken(second, 14), whole))
    ranks = [taken(SegmentLoader(segments, rank=rank, world_size=2), 5) for rank in (0, 1)]
    mixed = [wav for pair in zip(*ranks) for wav in pair]
    assert all(torch.equal(a, b) for a, b in zip(mixed, whole))


def test_a_loader_resumes_with_other_processes_but_not_another_stream(tone_corpus):
    segments = Segments(Corpus(tone_corpus), 1, 16)
    first = SegmentLoader(segments, world_size=1)
    first.sampler.position = 7
    second = SegmentLoader(segments, rank=1, world_size=2)
    second.load_state_dict(first.state_dict())
    assert next(iter(second.sampler)) == 7  # of rank 0: 6, which is done again
    with pytest.raises(CorpusError, match="cannot be continued"):
        SegmentLoader(Segments(Corpus(tone_corpus), 2, 16)).load_state_dict(first.state_dict())


def test_validation_segments_stay_the_same(tone_corpus):
    data = configured(SegmentDataModule, corpus=str(tone_corpus), batch_size=2, frames=16, validation_batches=2)
    first, second = ([batch.wav for batch in data.val_dataloader()] for _ in range(2))
    assert len(first) == 2
    assert all(torch.equal(a, b) for a, b in zip(first, second))


def test_two_corpora_are_mixed_by_their_shares(tone_corpus, tmp_path):
    second = shutil.copytree(tone_corpus, tmp_path / "second")
    lines = [json.loads(line) for line in (second / "items.jsonl").read_text().splitlines()]
    renamed = [line | {"id": "second-" + line["id"]} for line in lines]
    (second / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in renamed))
    data = configured(
        SegmentDataModule,
        corpus=str(tone_corpus),
        batch_size=50,
        frames=16,
        second_corpus=str(second),
        second_share=0.25,
        validation_batches=1,
    )
    ids = [name for batch in islice(data.train_dataloader(), 8) for name in batch.ids]
    assert 0.18 < sum(name.startswith("second-") for name in ids) / len(ids) < 0.32
    (batch,) = data.val_dataloader()
    index = next(k for k, name in enumerate(batch.ids) if name.startswith("second-"))
    corpus = Corpus(second, "validation")
    whole = corpus.mel(corpus.index(batch.ids[index]))
    piece = batch.mel[index].numpy()
    starts = range(whole.shape[1] - piece.shape[1] + 1)
    assert any(np.array_equal(whole[:, start : start + 16], piece) for start in starts)


def test_a_share_outside_0_and_1_is_refused(tone_corpus):
    with pytest.raises(CorpusError, match="second_share"):
        configured(
            SegmentDataModule,
            corpus=str(tone_corpus),
            batch_size=2,
            frames=16,
            second_corpus=str(tone_corpus),
            second_share=1.5,
        )
