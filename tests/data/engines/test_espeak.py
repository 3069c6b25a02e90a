import librosa
import numpy as np

from tts.data.engines.espeak import Espeak

TEXT = "The sun rose over the quiet harbour."


def test_rate_pitch_and_voice_change_the_audio():
    assert len(Espeak(rate=100)(TEXT).audio) > 1.5 * len(Espeak(rate=250)(TEXT).audio)
    options = [{"pitch": 0}, {"pitch": 99}, {"voice": "f3"}]
    pitches = [librosa.yin(Espeak(**one)(TEXT).audio, fmin=50, fmax=400, sr=22050) for one in options]
    low, high, female = (np.median(pitch) for pitch in pitches)
    assert 1.5 * low < high
    assert 1.5 * low < female
