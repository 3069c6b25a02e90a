"""`tts.evaluate voice`: its counts, stored results, messages and HTML page."""

import json
import shutil
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import soundfile
import torch
from omegaconf import OmegaConf

from tts import evaluate
from tts.alignment import report
from tts.core.config import instantiate
from tts.engine.torch_engine import TorchEngine
from tts.evaluation.error_rates import as_spoken
from tts.evaluation.runs import WholeTextFrontend, fingerprint, synthesize_all
from tts.evaluation.scores import score
from tts.evaluation.test_texts import EvaluationText
from tts.evaluation.voice import evaluate_voice
from tts.synthesis.repair import attempt
from tts.synthesis.speech import AudioChunk, Speech, SpokenSentence
from tts.synthesis.synthesizer import TTS
from tts.voices.voice import load_voice, save_voice

RATE = 22050
SYMBOLS = list("^abcdefghij$")


def reading_of(text, path, audio_seconds=0.5):
    """Build a sentence whose alignment follows ``path`` (T_dec,)."""
    weights = np.eye(len(SYMBOLS), dtype=np.float32)[path]
    health = report(weights, SYMBOLS, step_seconds=0.02)
    audio = np.full(int(audio_seconds * RATE), 0.1, np.float32)
    mel = np.zeros((8, 4), np.float32)
    told = (attempt("first", 0, health),)
    return SpokenSentence(text, text, SYMBOLS, audio, mel, weights, np.zeros(len(path)), health, attempts=told)


def planted(text):
    """Build one sentence per word: "skip" omits symbols, "stall" stays on a symbol, any other word is correct."""
    good = np.repeat(np.arange(len(SYMBOLS)), 3)
    paths = {"skip": good[(good < 4) | (good > 7)], "stall": np.sort(np.append(good, [5] * 200))}
    sentences = [reading_of(word, paths.get(word, good)) for word in text.split()]
    audio = np.concatenate([sentence.audio for sentence in sentences])
    return Speech(text, audio, RATE, np.zeros((8, 4), np.float32), sentences)


def in_one_piece(text):
    """Return a stream of a single piece."""
    speech = planted(text)
    yield AudioChunk(speech.audio, speech.sentences[0])


def passages_of(*texts, category="c"):
    return [EvaluationText(f"{category}-{n}", category, text) for n, text in enumerate(texts, 1)]


def test_planted_errors_are_counted(tmp_path):
    passages = passages_of("fine", "fine skip stall fine", "skip") + passages_of("fine fine", category="d")
    readings = synthesize_all(planted, in_one_piece, passages, {}, tmp_path)
    measured = {"v": {passage.id: {"seconds": readings[passage.id]["seconds"]} for passage in passages}}
    found = score(passages, readings, measured, "v")
    assert (found["c"]["v"]["errors"], found["c"]["v"]["sentences"]) == (3, 6)
    assert (found["d"]["v"]["errors"], found["d"]["v"]["sentences"]) == (0, 2)
    assert found["c"]["v"]["coverage"] == pytest.approx((4 * 10 + 2 * 6) / 60)
    assert found["c"]["v"]["rate"] == pytest.approx(6 * 10 / (6 * 0.5))
    assert found["d"]["v"]["first_audio"] > 0
    verdicts = [sentence["report"]["verdict"] for sentence in readings["c-2"]["sentences"]]
    assert ["skipped" in verdict for verdict in verdicts] == [False, True, False, False]
    assert ["hung" in verdict for verdict in verdicts] == [False, False, True, False]


def test_a_repaired_sentence_counts_as_a_first_attempt_error(tmp_path):
    def speak(text):
        (bad,), (good,) = planted("skip").sentences, planted("fine").sentences
        mended = replace(good, attempts=bad.attempts + good.attempts)
        return Speech(text, mended.audio, RATE, mended.mel, [mended])

    passages = passages_of("one")
    readings = synthesize_all(speak, in_one_piece, passages, {}, tmp_path)
    found = score(passages, readings, {"v": {"c-1": {"seconds": 1.0}}}, "v")["c"]["v"]
    assert (found["errors"], found["errors_kept"]) == (1, 0)


def test_results_are_cached_until_an_option_changes(tmp_path):
    spoken = []

    def speak(text):
        spoken.append(text)
        return planted(text)

    def read(texts, **made_from):
        spoken.clear()
        synthesize_all(speak, in_one_piece, passages_of(*texts), made_from, tmp_path)
        return spoken[1:]  # the first is to warm up

    assert read(["one", "two"], seed=0) == ["one", "two"]
    assert read(["one", "two"], seed=0) == []
    assert read(["one", "other"], seed=0) == ["other"]
    assert read(["one", "other"], seed=1) == ["one", "other"]
    (tmp_path / "wavs" / "c-1.wav").unlink()
    assert read(["one", "other"], seed=1) == ["one"]


def test_an_interruption_loses_only_the_current_text(tmp_path):
    spoken = []

    def speak(text, broken=True):
        if text == "three" and broken:
            raise KeyboardInterrupt
        spoken.append(text)
        return planted(text)

    passages = passages_of("one", "two", "three", "four")
    with pytest.raises(KeyboardInterrupt):
        synthesize_all(speak, in_one_piece, passages, {}, tmp_path)
    spoken.clear()
    readings = synthesize_all(partial(speak, broken=False), in_one_piece, passages, {}, tmp_path)
    assert spoken[1:] == ["three", "four"]
    assert list(readings) == ["c-1", "c-2", "c-3", "c-4"]


def test_a_voice_is_identified_by_its_files(tiny_voice_folder, tmp_path):
    known = fingerprint(tiny_voice_folder)
    copy = shutil.copytree(tiny_voice_folder, tmp_path / "copy")
    assert fingerprint(copy) == known
    with (copy / "acoustic.safetensors").open("ab") as weights:
        weights.write(b"0")
    assert fingerprint(copy) != known


def test_no_split_speaks_a_text_as_one_sentence(tiny_voice):
    text = "This is one. This is another, and it goes on. " * 3
    assert len(TTS(tiny_voice)(text, repair=False).sentences) == 6
    whole = TTS(replace(tiny_voice, frontend=WholeTextFrontend(tiny_voice.frontend)))(text, repair=False)
    assert len(whole.sentences) == 1
    assert whole.sentences[0].text == text


# ---- the whole command ----------------------------------------------------------------------------------------------


class Deaf:
    """A recognizer that always returns the same text."""

    name = "deaf"

    def __init__(self):
        self.calls = 0

    def __call__(self, wav):
        assert wav.dtype == np.float32
        assert np.abs(wav).max() <= 1.0
        self.calls += 1
        return "hello"

    normalize = staticmethod(as_spoken)


class Critic:
    """A predictor whose rating is the largest sample of the audio."""

    name = "critic"

    def __call__(self, wav):
        return float(wav.max())


@pytest.fixture(scope="module")
def voice_folder(tiny_voice_folder, tmp_path_factory):
    """The tiny voice with the mel of the tones."""
    torch.manual_seed(0)
    config = OmegaConf.load(tiny_voice_folder / "config.yaml")
    for part in (config.audio, config.acoustic.decoder, config.acoustic.postnet):
        part.n_mels = 80
    return save_voice(tmp_path_factory.mktemp("wide") / "tiny", config, instantiate(config.acoustic).state_dict())


@pytest.fixture
def asked(voice_folder, tone_corpus, tmp_path):
    """Return the arguments of a call with three texts and one recording."""
    (tmp_path / "mine.txt").write_text("a|Hello.\nb|Hello again.\nc|One. Two.\n")
    (tmp_path / "other").mkdir()
    soundfile.write(tmp_path / "other" / "a.wav", np.full(8000, 0.1), 16000)
    words = ["voice", "--voice", str(voice_folder), "--texts", str(tmp_path / "mine.txt"), "-o", str(tmp_path / "r")]
    return [*words, "--corpus", str(tone_corpus), "--system", f"other={tmp_path / 'other'}"]


def judged(words, recognizer=None, predictor=None):
    return evaluate_voice(evaluate.parser().parse_args(words), recognizer, predictor)


def test_one_report_has_all_systems(asked, tmp_path):
    deaf = Deaf()
    judged(asked, deaf, Critic())
    found = json.loads((tmp_path / "r" / "results.json").read_text())
    asked_for = {"voice", "seed", "repair", "no_split", "threads", "asr", "mos", "engine", "version"}
    assert set(found) == asked_for | {"scores", "missing", "texts"}
    assert (found["voice"], found["asr"], found["mos"]) == ("tiny", "deaf", "critic")
    assert [text["id"] for text in found["texts"]] == ["t7", "a", "b", "c"]
    held_out, mine = found["scores"]["held_out"], found["scores"]["mine"]
    assert set(held_out) == {"tiny", "recording"}
    assert set(mine) == {"tiny", "other"}
    assert held_out["tiny"]["mcd"] > 0
    assert held_out["tiny"]["duration_ratio"] > 0
    assert "mcd" not in held_out["recording"]
    assert mine["other"] == {**mine["other"], "texts": 1, "wer": 0, "wer_interval": None, "seconds": 0.5}
    assert mine["other"]["mos"] == pytest.approx(0.1, abs=0.01)
    assert mine["tiny"]["wer"] == pytest.approx(100 * (0 + 1 + 2) / 5)  # "hello" of "hello again", nothing of "one two"
    ratings = [text["systems"]["tiny"]["mos"] for text in found["texts"] if text["category"] == "mine"]
    assert mine["tiny"]["mos"] == pytest.approx(np.mean(ratings))
    assert mine["tiny"]["mos_interval"] == pytest.approx(1.96 * np.std(ratings, ddof=1) / 3**0.5)
    assert 0 < mine["tiny"]["wer_interval"] < 100
    report = (tmp_path / "r" / "report.md").read_text()
    assert f"| {mine['tiny']['wer']:.1f} ±{mine['tiny']['wer_interval']:.1f} |" in report
    assert "heard by deaf, rated by critic" in report
    assert mine["tiny"]["sentences"] == 4
    assert mine["tiny"]["errors"] == 4  # untrained
    assert mine["tiny"]["rtf"] > 0
    (c,) = (text for text in found["texts"] if text["id"] == "c")
    assert [sentence["name"] for sentence in c["sentences"]] == ["c.1", "c.2"]
    assert c["systems"]["tiny"]["heard"] == "hello"
    assert {"focus", "coverage", "faults", "verdict"} <= set(c["sentences"][0]["report"])
    assert deaf.calls == 6
    judged(asked, deaf)
    assert deaf.calls == 6  # cached_json
    assert (tmp_path / "r" / "metadata.csv").read_text().splitlines()[1:3] == ["a|Hello.", "b|Hello again."]


def test_missing_texts_of_a_system_give_a_warning(asked, tmp_path, capsys):
    assert evaluate.main([*asked, "--limit", "2"]) == 0
    told = capsys.readouterr()
    assert "warning: other has no wave file for t7, b; its row leaves them out" in told.err
    assert "held_out" in told.out
    assert "RTF" in told.out
    text = (tmp_path / "r" / "report.md").read_text()
    assert "other has no wave file for t7, b" in text
    assert "| mine | other | 1 |" in text
    assert "WER" not in text  # nobody listened
    found = json.loads((tmp_path / "r" / "results.json").read_text())
    assert found["missing"] == {"other": ["t7", "b"]}
    assert found["asr"] is None


class BareEngine:
    """An engine that implements only `tts.engine.base.Engine`, without a torch voice."""

    def __init__(self, engine):
        promised = (
            "name",
            "frontend",
            "sample_rate",
            "hop_length",
            "log_floor",
            "step_seconds",
            "has_speed",
            "has_pitch",
        )
        for name in (*promised, "is_stochastic", "rules", "has_drafts", "decode", "vocode", "vocode_chunks"):
            setattr(self, name, getattr(engine, name))


def test_a_voice_of_any_engine_is_evaluated(asked, tmp_path, monkeypatch):
    def load(name, engine, *_):
        assert engine == "onnx"
        return BareEngine(TorchEngine(load_voice(name)))

    monkeypatch.setattr("tts.synthesis.synthesizer.load_engine", load)
    assert evaluate.main([*asked, "--engine", "onnx", "--no-split"]) == 0
    found = json.loads((tmp_path / "r" / "results.json").read_text())
    assert found["scores"]["mine"]["tiny"]["sentences"] == 3
    assert found["engine"] == "onnx"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--asr", "nobody"], "Use one of pocketsphinx"),
        (["--asr", "whisper"], "pip install"),
        (["--mos", "nobody"], "Use one of distillmos"),
        (["--mos", "distillmos"], "pip install"),
        (["--texts", "nowhere"], "Name a UTF-8 file, or one of article"),
        (["--system", "x"], "must be LABEL=FOLDER"),
        (["--system", "x=nowhere"], "is not a folder"),
        (["--system", "recording=."], "Two systems are called recording"),
        (["--texts", "hard", "hard"], "Two texts are called hard-01"),
        (["--corpus", "nowhere"], "not a prepared corpus"),
        (["--voice", "nobody"], "nobody"),
    ],
)
def test_impossible_options_are_errors(words, message, asked, capsys, monkeypatch):
    for package in ("faster_whisper", "whisper", "transformers", "distillmos"):
        monkeypatch.setitem(sys.modules, package, None)
    assert evaluate.main([*asked, *words]) == 1
    assert message in capsys.readouterr().err


def test_without_texts_the_command_is_an_error(voice_folder, tmp_path, capsys):
    assert evaluate.main(["voice", "--voice", str(voice_folder), "--texts", "-o", str(tmp_path)]) == 1
    assert "Name --texts, or a --corpus" in capsys.readouterr().err


def test_ctrl_c_prints_how_to_continue(asked, monkeypatch, capsys):
    def interrupt(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr("tts.evaluation.voice.measure_all", interrupt)
    assert evaluate.main(asked) == 130
    assert "run the same command again to continue" in capsys.readouterr().err


def test_the_page_has_all_results(asked, tmp_path, browser):
    judged(asked, Deaf())
    tab, errors = browser.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)
    tab.goto((tmp_path / "r" / "report.html").as_uri())
    tab.wait_for_selector('body[data-shown="t7 null 0"]')
    assert tab.inner_text("#title") == "tiny: how it reads"
    assert [row.split("\t")[:2] for row in tab.inner_text("table >> nth=0").splitlines()[1:]] == [
        ["held_out", "tiny"],
        ["held_out", "recording"],
        ["mine", "tiny"],
        ["mine", "other"],
    ]
    assert "other has no wave file for t7, b, c" in tab.inner_text("body")
    assert tab.locator("#others audio").count() == 1  # the recording
    tab.wait_for_function("document.querySelector('img').naturalWidth > 300")
    assert tab.locator("#sentence option").all_inner_texts() == ["t7", "a", "b", "c.1", "c.2"]
    tab.click('a[href="#sentence=c.2"] >> nth=0')
    tab.wait_for_selector('body[data-shown="c.2 null 0"]')
    assert tab.inner_text("#text") == "Two."
    assert tab.locator("#others audio").count() == 0
    tab.click("summary")
    assert "other: hello" in tab.inner_text("details")
    tab.wait_for_function("document.getElementById('audio').readyState >= 2")
    tab.close()
    assert not errors
