import json
import shutil

import numpy as np
import pytest

from tts.commands.evaluate_vocoder import _show
from tts.evaluate import main
from tts.evaluation.copy_metrics import NAMES
from tts.evaluation.vocoders import table


def test_the_table_has_the_recording_griffin_lim_and_a_voice(tone_corpus, tmp_path, capsys):
    report = tmp_path / "report"
    assert main(["vocoder", "--corpus", str(tone_corpus), "-o", str(report)]) == 0
    found = json.loads((report / "report.json").read_text())
    assert list(found["means"]) == ["recording", "griffin_lim_60"]
    assert found["means"]["recording"]["log_mel"] == 0 < found["means"]["griffin_lim_60"]["log_mel"] < 1
    assert found["means"]["griffin_lim_60"]["rtf"] > 0
    assert list(found["clips"]["griffin_lim_60"]) == ["t7"]
    text = (report / "report.md").read_text()
    assert "|  | recording | griffin_lim_60 |" in text
    for name in ("t7_recording.wav", "t7_griffin_lim_60.wav", "t7.png"):
        assert name in text
        assert (report / name).stat().st_size > 1000
    assert str(report) in capsys.readouterr().out.replace("\n", "")


def test_copies_are_rated_by_a_predictor(tone_corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("tts.evaluation.mos.load_predictor", lambda name: lambda wav: len(wav) / 16000)
    report = tmp_path / "report"
    assert main(["vocoder", "--corpus", str(tone_corpus), "--split", "all", "--mos", "x", "-o", str(report)]) == 0
    found = json.loads((report / "report.json").read_text())
    ratings = [clip["mos"] for clip in found["clips"]["griffin_lim_60"].values()]
    assert found["means"]["griffin_lim_60"]["mos"] == pytest.approx(np.mean(ratings))
    assert found["means"]["griffin_lim_60"]["mos_interval"] == pytest.approx(
        1.96 * np.std(ratings, ddof=1) / len(ratings) ** 0.5
    )
    assert "| MOS ↑ |" in (report / "report.md").read_text()


def test_copies_use_the_mels_of_the_corpus(tone_corpus, tmp_path):
    louder = shutil.copytree(tone_corpus, tmp_path / "louder")
    mels = np.memmap(louder / "mels.f16", np.float16, "r+")
    mels += np.log(2)
    mels.flush()
    found = {}
    for corpus in (tone_corpus, louder):
        assert main(["vocoder", "--corpus", str(corpus), "-o", str(tmp_path / "report")]) == 0
        found[corpus] = json.loads((tmp_path / "report" / "report.json").read_text())["means"]["griffin_lim_60"]
    assert found[louder]["log_mel"] > found[tone_corpus]["log_mel"] + 0.2


@pytest.mark.parametrize("count", [2, 6])
def test_the_table_fits_eighty_columns(count, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    names = ["recording", *(f"ljspeech_vocoder_number_{n}" for n in range(count - 1))]
    means = {who: dict.fromkeys((*NAMES, "rtf"), 1.2345 + n) for n, who in enumerate(names)}
    _show(*table(means))
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for name, (heading, digits, _) in NAMES.items():
        [line] = [line for line in shown.splitlines() if heading in line]
        assert [f"{1.2345 + n:.{digits}f}" in line for n in range(count)] == [True] * count, name


def test_a_vocoder_with_another_mel_is_an_error(tone_corpus, tiny_voice_folder, tmp_path, capsys):
    words = ["vocoder", "--corpus", str(tone_corpus), "--vocoder", str(tiny_voice_folder), "-o", str(tmp_path / "r")]
    assert main(words) == 1
    assert "differ in n_mels" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--corpus", "nowhere"], ["--corpus", "nowhere", "--vocoder", "nobody"]])
def test_a_missing_corpus_is_an_error_with_its_name(words, capsys):
    assert main(["vocoder", *words]) == 1
    assert "nowhere is not a prepared corpus" in capsys.readouterr().err
