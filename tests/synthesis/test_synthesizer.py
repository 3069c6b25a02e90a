import io
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from tts import TTS
from tts.alignment import Fault
from tts.audio.io import AudioError
from tts.core.errors import AttuneError
from tts.core.interfaces import AcousticOutput
from tts.synthesis.synthesizer import SENTENCES_PER_BATCH
from tts.text.frontend import TextError
from tts.voices.voice import VoiceError

TWO = "Hello there. How are you today, my friend?"


class OneFramePerSymbol(torch.nn.Module):
    """A model in which frame t attends to symbol t; it records its inputs."""

    reduction_factor = 1
    is_stochastic, supports_constraints, has_speed, has_pitch = True, False, True, False

    def __init__(self, level=-2.0):
        super().__init__()
        self.level, self.batches = level, []

    def generate(self, tokens, token_lengths, seeds, speed=1.0):
        B, T = tokens.shape
        self.batches.append((token_lengths.tolist(), seeds, speed))
        mel = torch.full((B, 8, T), self.level)
        alignments = torch.eye(T).expand(B, 2, T, T)
        stop = torch.full((B, T), -5.0)
        return AcousticOutput(mel, mel, token_lengths, stop, alignments, token_lengths)


class Hum(torch.nn.Module):
    """A fast stand-in for a vocoder."""

    def forward(self, mel):
        return mel.mean(1).tanh().repeat_interleave(256, dim=1)


@pytest.fixture
def tts(tiny_voice):
    return TTS(tiny_voice)


@pytest.fixture
def fast(tiny_voice):
    return TTS(replace(tiny_voice, acoustic=OneFramePerSymbol(), vocoder=Hum()))


def test_the_alignment_of_a_long_text_is_not_built(fast, monkeypatch):
    speech = fast(TWO)
    monkeypatch.setattr("tts.synthesis.speech.MAX_ALIGNMENT_BYTES", 1000)
    monkeypatch.setattr("tts.synthesis.speech.MAX_PICTURE_BYTES", 1000)
    with pytest.raises(TextError, match=r"would take .* GB. Use those of its 2 sentences"):
        _ = speech.alignment
    assert "<img" not in speech._repr_html_()


def test_a_sentence_has_all_its_fields(tts):
    speech = tts("Hello world.")
    T_dec, T_text = speech.alignment.shape
    assert speech.audio.dtype == speech.mel.dtype == np.float32
    assert speech.audio.shape == (speech.mel.shape[1] * 256,)
    assert np.abs(speech.audio).max() <= 1.0
    assert speech.mel.shape == (8, 3 * T_dec)
    assert T_text == len(speech.symbols)
    assert speech.symbols[1:-1] == list(speech.phonemes)
    assert speech.sample_rate == tts.sample_rate == 22050
    assert speech.duration == len(speech.audio) / 22050
    np.testing.assert_allclose(speech.alignment.sum(1), 1.0, rtol=1e-5)


def test_the_seed_determines_the_speech(tts):
    first, again, other = tts("Hello world."), tts("Hello world."), tts("Hello world.", seed=1)
    np.testing.assert_array_equal(first.audio, again.audio)
    assert not np.array_equal(first.mel, other.mel)


def test_a_sentence_does_not_depend_on_its_neighbors(tts):
    alone = tts("Hello there.")
    together = tts(f"Hello there. {'Something else comes next. ' * 3}")
    np.testing.assert_allclose(together.sentences[0].mel, alone.mel, atol=1e-4)
    np.testing.assert_allclose(together.audio[: len(alone.audio)], alone.audio, atol=1e-3)


def test_synthesis_does_not_change_the_global_random_state(tts):
    before = torch.random.get_rng_state()
    tts("Hello world.", seed=5)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_sentences_keep_their_order_and_have_pauses_between(fast):
    texts = [f"{'Word ' * n}here." for n in (3, 20, 1, 9)]
    speech = fast(" ".join(texts))
    assert [sentence.text for sentence in speech.sentences] == texts
    assert len(speech.audio) == speech.mel.shape[1] * 256
    ends = [round(s.start * 22050) + len(s.audio) for s in speech.sentences]
    for end, following in zip(ends, speech.sentences[1:]):
        start = round(following.start * 22050)
        assert 0.1 < (start - end) / 22050 < 1.0
        assert not speech.audio[end:start].any()
        assert speech.mel[:, end // 256 : start // 256] == pytest.approx(np.log(1e-5))
    assert ends[-1] == len(speech.audio)  # no pause after the last


def test_the_alignment_of_sentences_is_their_block_diagonal(fast):
    speech = fast(TWO)
    steps, symbols = np.sum([s.alignment.shape for s in speech.sentences], axis=0)
    np.testing.assert_array_equal(speech.alignment, np.eye(steps, symbols))
    assert len(speech.symbols) == symbols
    assert speech.phonemes == " ".join(s.phonemes for s in speech.sentences)


def test_a_text_of_any_length_is_spoken_in_bounded_batches(fast):
    words = "Nobody reads ten thousand words in a single breath or so. " * 910
    speech = fast(words)
    assert len(speech.sentences) == 910
    assert len(speech.audio) == speech.mel.shape[1] * 256
    assert max(len(lengths) for lengths, _, _ in fast.voice.acoustic.batches) <= SENTENCES_PER_BATCH
    assert speech.report.end_reached  # and no matrix of 60,000 by 60,000 on the way


def test_the_report_of_a_text_combines_its_sentences(fast):
    good = fast("Hello there. How are you?")
    assert good.report.verdict == "complete and in order"
    assert good.report.coverage == 1.0
    fault = Fault("skipped", "/h/ was skipped", (1, 1), (1, 1), "h")
    cut = good.sentences[1].report._replace(
        end_reached=False, skipped=["h (1)"], coverage=0.5, backward_jumps=2, verdict=fault.message, faults=(fault,)
    )
    bad = replace(good, sentences=[good.sentences[0], replace(good.sentences[1], report=cut)])
    assert bad.report.skipped == ["h (1) in sentence 2"]
    assert bad.report.verdict == "sentence 2: /h/ was skipped"
    assert bad.report.faults == (fault,)
    assert not bad.report.end_reached
    assert bad.report.backward_jumps == 2
    assert 0.5 < bad.report.coverage < 1.0


def test_every_sentence_gets_the_same_seed(fast):
    fast(TWO, seed=7)
    assert fast.voice.acoustic.batches[0][1] == [7, 7]


def test_unusual_argument_types_are_accepted_or_errors(tts):
    speech = tts("Hello.", seed=np.int64(3), repair=False)
    np.testing.assert_array_equal(speech.audio, tts("Hello.", seed=3, repair=False).audio)
    np.testing.assert_array_equal(tts("Hi.", seed=None, repair=False).audio, tts("Hi.", repair=False).audio)
    for wrong in (None, 42, ["One."]):
        with pytest.raises(TextError, match=r"the text is a .*one string"):
            tts(wrong)
    for format in ("wav", "ogg"):
        sound = speech.save(io.BytesIO(), format, sample_rate=8000)
        assert soundfile.info(io.BytesIO(sound.getvalue())).samplerate == 8000
    for rate in (0, -8000, 10**9, 8000.5, float("nan"), "8000"):
        with pytest.raises(AudioError, match=r"sample_rate is .*whole number"):
            speech.save(io.BytesIO(), sample_rate=rate)
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(AudioError, match="closed file"):
        speech.save(closed)
    page = speech._repr_html_()
    assert "data:audio/wav;base64," in page
    assert "data:image/png;base64," in page
    assert len(repr(speech)) < 200


def test_a_leading_break_comes_first(tts):
    text = '<speak><break time="0.5s"/>Hello.</speak>'
    silent = round(0.5 * tts.sample_rate / tts.engine.hop_length) * tts.engine.hop_length
    speech = tts(text, repair=False)
    assert not speech.audio[:silent].any()
    assert speech.sentences[0].start == pytest.approx(silent / tts.sample_rate)
    assert len(speech.audio) == silent + len(tts("Hello.", repair=False).audio)
    assert sum(len(chunk.audio) for chunk in tts.stream(text, repair=False)) == len(speech.audio)


def test_a_trailing_break_comes_last(tts):
    text = '<speak>Hello.<break time="0.5s"/></speak>'
    silent = round(0.5 * tts.sample_rate / tts.engine.hop_length) * tts.engine.hop_length
    speech = tts(text, repair=False)
    assert not speech.audio[-silent:].any()
    assert len(speech.audio) == len(tts("Hello.", repair=False).audio) + silent
    assert sum(len(chunk.audio) for chunk in tts.stream(text, repair=False)) == len(speech.audio)


def test_speed_is_passed_to_models_with_speed(fast):
    fast("Hello.", speed=2.0)
    assert fast.voice.acoustic.batches[0][2] == [2.0]
    fast('<speak>Slow. <prosody rate="0.5">Slower.</prosody></speak>', speed=0.8)
    assert sorted(fast.voice.acoustic.batches[1][2]) == [0.4, 0.8]


@pytest.mark.parametrize("speed", [0.5, 1.25, 2.0])
def test_speed_stretches_the_mel_of_other_models(tts, speed):
    plain, changed = tts("Hello there."), tts("Hello there.", speed=speed)
    assert abs(changed.mel.shape[1] - plain.mel.shape[1] / speed) <= 0.5
    assert changed.words[-1].end == pytest.approx(plain.words[-1].end / speed, rel=0.03)


WRONG = {
    "a slow speed": ({"speed": 0.1}, "speed is 0.1: use a number from 0.2 to 5"),
    "a fast speed": ({"speed": 9.0}, "speed is 9.0: use a number from 0.2 to 5"),
    "no number": ({"speed": float("nan")}, "speed is nan: use a number from 0.2 to 5"),
    "a word as speed": ({"speed": "fast"}, "speed is 'fast': use a number from 0.2 to 5"),
    "a high pitch": ({"pitch": 20.0}, "pitch is 20.0: use semitones from -12 to 12"),
    "a word as pitch": ({"pitch": "x"}, "pitch is 'x': use semitones from -12 to 12"),
    "a word as seed": ({"seed": "a"}, "seed is 'a': use a whole number"),
    "half a seed": ({"seed": 0.5}, "seed is 0.5: use a whole number"),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_values_that_are_impossible_are_errors(tts, options, message):
    with pytest.raises(AttuneError, match=re.escape(message)):
        tts("Hello.", **options)
    with pytest.raises(AttuneError, match=re.escape(message)):
        tts.stream("Hello.", **options)


@pytest.mark.parametrize("voice", [5, True, b"heart", ["heart"]])
def test_a_voice_that_is_no_name_is_an_error(voice):
    with pytest.raises(VoiceError, match="Give a name, the path of a voice folder or a run, or None"):
        TTS(voice)


def test_an_unknown_device_is_an_error():
    with pytest.raises(VoiceError, match=r"Device 'foo' cannot be used here .*Use device 'cpu'") as error:
        TTS(device="foo")
    assert len(str(error.value)) < 200


def test_a_folder_is_not_a_file_to_save_to(fast, tmp_path):
    speech = fast("Hello.")
    with pytest.raises(AudioError, match=r"is a folder; give the path of a file, such as .*speech\.wav"):
        speech.save(tmp_path)
    (tmp_path / "f.txt").write_text("a file")
    with pytest.raises(AudioError, match="a part of its path is a file"):
        speech.save(tmp_path / "f.txt" / "x.wav")
    assert speech.save(tmp_path / "new" / "x.wav").stat().st_size > 100


def test_pitch_is_an_error_for_models_without_pitch(tts):
    for text, pitch in (("Hello.", 2.0), ('<speak><prosody pitch="high">Hello.</prosody></speak>', 0.0)):
        with pytest.raises(VoiceError, match="no control of its pitch"):
            tts(text, pitch=pitch)


def test_volume_of_ssml_scales_the_samples(tts):
    plain = tts("<speak>Hello.</speak>")
    soft = tts('<speak><prosody volume="-6dB">Hello.</prosody></speak>')
    np.testing.assert_allclose(soft.audio, plain.audio * 10 ** (-6 / 20), atol=1e-6)


@pytest.mark.parametrize("text", ["", " \n\t", "...!?", "😀🎉", "\x00\x07\x1b", "Привет, мир", "((()))"])
def test_a_text_without_words_is_a_clear_error(fast, text):
    with pytest.raises(TextError, match=r".{20,}"):
        fast(text)


@pytest.mark.parametrize(
    "text", ["a" * 500, "Hello 😀 world.", "Say\x07 it.", "Hi... ... ... there!", "Привет, friend.", "5"]
)
def test_unusual_text_is_spoken_as_far_as_possible(fast, text):
    speech = fast(text)
    assert len(speech.audio) > 0
    assert all(len(sentence.text) <= 200 for sentence in speech.sentences)


def test_text_must_be_text(fast):
    with pytest.raises(TextError, match="bytes"):
        fast(b"Hello.")


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_speech_is_saved_into_new_folders(fast, tmp_path, suffix):
    speech = fast("Hello world.")
    path = speech.save(tmp_path / "new" / f"hello{suffix}")
    audio, rate = soundfile.read(path, dtype="float32")
    assert rate == speech.sample_rate
    np.testing.assert_allclose(audio, speech.audio, atol=1e-4)


def test_the_result_has_the_usual_interface(fast, tmp_path):
    path = fast.tts_to_file(text="Hello world.", file_path=tmp_path / "hello.wav", seed=3)
    assert path == str(tmp_path / "hello.wav")
    assert soundfile.info(path).frames == len(fast("Hello world.").audio)
    assert TTS.list_models() == TTS.list_voices()


def test_plots_return_figures_and_write_files(fast, tmp_path):
    speech = fast(TWO)
    figure = speech.plot(tmp_path / "plots" / "second.png", sentence=1)
    assert figure.axes
    assert (tmp_path / "plots" / "second.png").read_bytes().startswith(b"\x89PNG")


def test_a_voice_with_nan_output_is_an_error(tiny_voice):
    broken = TTS(replace(tiny_voice, acoustic=OneFramePerSymbol(level=float("nan"))))
    with pytest.raises(VoiceError, match="computed NaN"):
        broken("Hello.")


def test_a_missing_device_is_an_error(tiny_voice):
    with pytest.raises(VoiceError, match="Use device 'cpu'"):
        TTS(tiny_voice, device="nonsense")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_a_clear_error(tiny_voice):
    with pytest.raises(VoiceError, match="Use device 'cpu'"):
        TTS(tiny_voice, device="cuda")


def test_synthesis_imports_no_training_or_plotting_packages(tiny_voice_folder):
    code = f"import sys; from tts import TTS; TTS({str(tiny_voice_folder)!r})('Hello.'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "tts.synthesis.synthesizer" in loaded
    assert not {"librosa", "numba", "scipy", "lightning", "matplotlib", "tensorboard", "pandas"} & set(loaded)


def test_words_have_times_and_text_positions(tts, tmp_path):
    text = "Dr. Jones paid $3.50. We left."
    speech = tts(text, repair=False)
    assert [word.text for word in speech.words] == ["Dr.", "Jones", "paid", "$3.50", "We", "left"]
    assert all(text[word.char_start : word.char_end] == word.text for word in speech.words)
    assert speech.words[4].start >= speech.sentences[1].start
    assert all(0 <= word.start <= word.end <= speech.duration + 0.05 for word in speech.words)
    assert "IntervalTier" in speech.save_timings(tmp_path / "a.TextGrid").read_text(encoding="utf-8")
    for suffix in ("json", "srt", "vtt"):
        assert "Jones" in speech.save_timings(tmp_path / f"a.{suffix}").read_text(encoding="utf-8")


def test_ssml_sets_pauses_and_rates(tts):
    plain = tts("<speak>One two</speak>", repair=False)
    slow = tts('<speak><prosody rate="50%">One two</prosody></speak>', repair=False)
    assert slow.mel.shape[1] == 2 * plain.mel.shape[1]
    paused = tts('<speak>One two <break time="2s"/> One two</speak>', repair=False)
    assert paused.duration == pytest.approx(2 * plain.duration + 2.0, abs=0.03)


def test_another_default_dtype_of_torch_is_supported(tiny_voice_folder):
    tts = TTS(model_name=tiny_voice_folder, gpu=False)
    usual = tts.tts("Hello.", repair=False)
    torch.set_default_dtype(torch.float64)
    try:
        np.testing.assert_array_equal(tts.tts("Hello.", repair=False), usual)
    finally:
        torch.set_default_dtype(torch.float32)
