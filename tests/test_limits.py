"""The amount of audio of any text is limited."""

import pytest

from tts import TTS
from tts.synthesis.limits import Limits, TextTooLongError


@pytest.fixture
def fast(tiny_voice):
    def build(**limits):
        return TTS(tiny_voice, limits=Limits(**limits))

    return build


def nested(rate, times):
    return "<speak>" + f'<prosody rate="{rate}">' * times + "hello" + "</prosody>" * times + "</speak>"


def test_nested_rates_are_limited_to_the_slowest(fast):
    once = fast()("hello", repair=False).duration
    assert fast()(nested("0.25", 40), repair=False).duration == pytest.approx(5 * once, rel=0.1)
    assert fast()(nested("4", 40), repair=False).duration >= once / 6


def test_a_sentence_that_is_too_long_is_an_error(fast):
    with pytest.raises(TextTooLongError, match=r"The sentence 'hello' would last 1 s; the limit is 0 s"):
        fast(sentence=0.5)(nested("0.25", 2), repair=False)


def test_pauses_are_checked_before_synthesis(fast):
    many = fast(text=60.0)
    many.engine.decode = None  # nothing is decoded
    text = "<speak>hello" + '<break time="30s"/>one' * 5 + "</speak>"
    for speak in (many, many.stream):  # SSML is read as a whole before a stream begins
        with pytest.raises(TextTooLongError, match=r"more than 60 s .* or raise the limit"):
            speak(text)


def test_a_text_that_is_too_long_is_not_read_to_its_end(fast):
    tts, taken = fast(text=10.0), []
    sentences = tts.engine.frontend.sentences
    tts.engine.frontend.sentences = lambda text: (taken.append(part) or part for part in sentences(text))
    with pytest.raises(TextTooLongError, match="more than 10 s"):
        tts("One more sentence. " * 1000)
    assert 5 < len(taken) < 50


def test_a_stream_of_plain_text_reads_while_it_speaks(fast):
    tts, taken = fast(text=10.0), []
    sentences = tts.engine.frontend.sentences
    tts.engine.frontend.sentences = lambda text: (taken.append(part) or part for part in sentences(text))
    chunks = tts.stream("One more sentence. " * 1000, repair=False)
    next(chunks)
    assert len(taken) == 1
    with pytest.raises(TextTooLongError, match="more than 10 s"):
        list(chunks)
    assert len(taken) < 50


def test_the_real_duration_of_speech_is_checked(fast):
    slow = fast(text=0.05)
    slow.limits = Limits(text=0.05)
    with pytest.raises(TextTooLongError):
        slow("a", repair=False)
    with pytest.raises(TextTooLongError):
        list(fast(text=0.02).stream("a", repair=False))


def test_an_hour_of_speech_is_allowed():
    Limits().check_text(3600.0)
    Limits().check_sentence(100.0, "x")


def test_surrogates_can_be_written(fast, tmp_path):
    speech = fast()("he\ud800llo \udfff there", repair=False)
    for suffix in ("json", "srt", "vtt", "TextGrid"):
        assert speech.save_timings(tmp_path / f"a.{suffix}").stat().st_size
