import numpy as np
import pytest
import soundfile

from tests.configured import configured, part
from tts.audio.mel import MelSpectrogram
from tts.data.features import ExtractionTask, FeatureExtractor, Trim, count_clipped
from tts.data.metadata import Entry

RATE = 22050
CONFIG = {
    "text": {"_target_": "tts.text.frontend.TextFrontend", "language": "en-us"},
    "audio": part(MelSpectrogram),
    "trim": part(Trim),
}


def tone(seconds, level=0.5):
    return (level * np.sin(2 * np.pi * 220 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def silence(seconds):
    return (1e-4 * np.random.default_rng(0).standard_normal(int(seconds * RATE))).astype(np.float32)


def extract(tmp_path, audio, text="A tone.", rate=RATE):
    path = tmp_path / "a.wav"
    soundfile.write(path, audio, rate, subtype="PCM_16")
    return FeatureExtractor([ExtractionTask(Entry("a", text, path), "key")], CONFIG)[0]


def test_trim_keeps_a_little_silence():
    audio = np.concatenate([silence(0.5), tone(1.0), silence(0.3)])
    start, end, head, tail = Trim(threshold_db=40, keep_seconds=0.05)(audio, RATE)
    assert head == pytest.approx(0.5, abs=0.03)
    assert tail == pytest.approx(0.3, abs=0.03)
    assert start / RATE == pytest.approx(0.45, abs=0.03)
    assert end / RATE == pytest.approx(1.55, abs=0.03)


def test_trim_keeps_quiet_speech_inside_the_spoken_span():
    audio = np.concatenate([silence(0.5), tone(1.0), silence(0.6)])
    start, end, head, tail = Trim(threshold_db=40, keep_seconds=0.05)(audio, RATE, spoken=(0.2, 1.9))
    assert (start / RATE, end / RATE) == pytest.approx((0.15, 1.95), abs=1e-3)
    assert head == pytest.approx(0.2, abs=1e-3)
    assert tail == pytest.approx(0.2, abs=1e-3)


def test_trim_stays_inside_the_recording():
    start, end, *_ = configured(Trim)(tone(0.5), RATE)
    assert (start, end) == (0, int(0.5 * RATE))


def test_frames_and_samples_match_the_trimmed_recording(tmp_path):
    audio = np.concatenate([silence(0.5), tone(1.0), silence(0.3)])
    record, mel, pcm = extract(tmp_path, audio)
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    start, end = record["features"]["trim"]
    assert len(pcm) == len(mel) * 256 == end - start
    np.testing.assert_array_equal(pcm / np.float32(32768), stored[start:end])  # exact for 16-bit files
    import torch

    expected = configured(MelSpectrogram)(torch.from_numpy(stored[start:end])[None])[0].T
    np.testing.assert_allclose(mel, expected, atol=5e-3)  # float16 between -11.5 and 2
    assert record["phonemes"].startswith("ɐ tˈoʊn")
    assert record["unknown"] == []


def test_another_sample_rate_is_resampled_and_recorded(tmp_path):
    record, mel, _ = extract(tmp_path, tone(1.0)[::2], rate=RATE // 2)
    assert record["features"]["sample_rate"] == RATE // 2
    assert len(mel) == RATE // 256
    loudest = np.median(mel.astype(np.float32), axis=0).argmax()
    again = np.median(extract(tmp_path, tone(1.0)).mel.astype(np.float32), axis=0).argmax()
    assert loudest == again  # the pitch is what it was


@pytest.mark.parametrize(
    ("audio", "text", "kind", "words"),
    [
        (np.zeros(RATE, np.float32), "Fine.", "audio", "silent"),
        (np.zeros(0, np.float32), "Fine.", "audio", "no samples"),
        (tone(0.02), "Fine.", "audio", "four mel frames"),
        (tone(1.0), "...", "unreadable_text", "no word"),
        (tone(1.0), "\N{ROCKET}", "unreadable_text", ""),
    ],
)
def test_an_unusable_utterance_gives_a_problem_instead_of_an_exception(tmp_path, audio, text, kind, words):
    record, mel, pcm = extract(tmp_path, audio, text)
    assert record["problem"][0] == kind
    assert words in record["problem"][1]
    assert mel is None
    assert pcm is None


def test_a_corrupt_file_gives_a_problem_with_its_name(tmp_path):
    path = tmp_path / "broken.flac"
    path.write_bytes(b"fLaC and then nothing of the kind")
    record = FeatureExtractor([ExtractionTask(Entry("a", "Fine.", path), "key")], CONFIG)[0].record
    assert record["problem"][0] == "audio"
    assert "broken.flac" in record["problem"][1]


def test_a_single_peak_is_not_clipping():
    peaks = np.array([0, 1, 0, -1, 0, 1, 1, 0], np.float32)
    assert count_clipped(peaks) == 0
    assert count_clipped(np.clip(tone(1.0, level=2.0), -1, 1)) == 440  # both half waves of 220 periods
    assert count_clipped(tone(1.0, level=0.99)) == 0
