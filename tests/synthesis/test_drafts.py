"""A parallel voice streams a long sentence while its mel is computed, and the audio equals the whole."""

import numpy as np
import pytest

from tts import TTS
from tts.engine import base
from tts.engine.base import Delivery
from tts.synthesis import synthesizer

TEXT = "The old fisherman who had lived in a small house by the harbor for years opened his door to see the sea."


@pytest.fixture(scope="module", params=["onnx", "torch"])
def tts(request):
    return TTS("heart", engine=request.param)


@pytest.mark.parametrize(("first", "most"), [(96, 768), (7, 50), (64, 64), (1000, 1000)])
@pytest.mark.parametrize("delivery", [Delivery(), Delivery(speed=1.3, pitch=2.0)])
def test_a_draft_equals_the_whole(tts, first, most, delivery, monkeypatch):
    monkeypatch.setattr(base, "FIRST_FRAMES", first)
    monkeypatch.setattr(base, "MAX_CHUNK_FRAMES", most)
    tokens = tts.engine.frontend.read(TEXT)[0].reading.tokens
    (whole,) = tts.engine.decode([tokens], 0, None, [delivery])
    draft = tts.engine.draft(tokens, delivery)
    assert not draft.decoded.mel.any()  # nothing has been made
    pieces = list(draft.chunks)
    assert max(piece.shape[1] for piece in pieces) <= most
    tolerance = 0.0 if tts.engine.__class__.__name__ == "OnnxEngine" else 1e-4  # int8 with fixed ranges is exact
    for found in (np.concatenate(pieces, axis=1), draft.decoded.mel):
        np.testing.assert_allclose(found, whole.mel, atol=tolerance, rtol=0)
    np.testing.assert_allclose(draft.decoded.alignment, whole.alignment, atol=tolerance, rtol=0)
    np.testing.assert_allclose(draft.decoded.stop, whole.stop, atol=1e-6)


def test_a_stream_in_chunks_equals_the_speech(tts, monkeypatch):
    monkeypatch.setattr(synthesizer, "LONG_SYMBOLS", 50)
    made = count_frames(tts, monkeypatch)
    text = f"{TEXT} And then? {TEXT}"
    speech = tts(text, speed=1.1)
    pieces = tts.stream(text, speed=1.1)
    heard = [next(piece for piece in pieces if len(piece.audio))]
    assert made == [base.FIRST_FRAMES]  # of some 600
    heard += list(pieces)
    np.testing.assert_allclose(np.concatenate([piece.audio for piece in heard]), speech.audio, atol=1e-3)
    sentences = list({piece.sentence.start: piece.sentence for piece in heard}.values())
    assert len(sentences) == len(speech.sentences) == 3
    for found, expected in zip(sentences, speech.sentences):
        np.testing.assert_allclose(found.mel, expected.mel, atol=1e-4)
        np.testing.assert_allclose(found.alignment, expected.alignment, atol=1e-4)
        assert found.start == expected.start
        assert [(w.text, w.start, w.end) for w in found.words] == [(w.text, w.start, w.end) for w in expected.words]
        assert found.report.verdict == expected.report.verdict


def test_a_long_sentence_is_repaired_before_its_audio_is_sent(tts, monkeypatch):
    monkeypatch.setattr(synthesizer, "LONG_SYMBOLS", 50)
    draft = tts.engine.draft

    def faulty(tokens, delivery):
        made = draft(tokens, delivery)
        made.decoded.alignment[:, 20:40] = 0.0  # a word is left out
        return made

    monkeypatch.setattr(tts.engine, "draft", faulty)
    made = count_frames(tts, monkeypatch)
    heard = np.concatenate([piece.audio for piece in tts.stream(TEXT)])
    assert made == []  # what had a fault was not made to sound
    np.testing.assert_allclose(heard, tts(TEXT).audio, atol=1e-3)
    assert next(tts.stream(TEXT, repair=False)).sentence.report.healthy is False


def count_frames(tts, monkeypatch):
    """Return a list that gets the number of frames of every chunk of a draft."""
    made, draft = [], tts.engine.draft

    def counted(tokens, delivery):
        found = draft(tokens, delivery)
        return found._replace(chunks=(made.append(chunk.shape[1]) or chunk for chunk in found.chunks))

    monkeypatch.setattr(tts.engine, "draft", counted)
    return made
