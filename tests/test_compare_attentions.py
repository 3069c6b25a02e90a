"""The command that compares attentions."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from hydra import compose, initialize_config_dir

import tts.training.recipes  # noqa: F401
from tts.compare_attentions import main
from tts.core.config import config_root, instantiate
from tts.evaluation.attention import comparison
from tts.evaluation.attention.mechanisms import mechanism_names, training_words


class Mishears:
    """A recognizer that always returns a wrong word."""

    name = "mishears"

    def __call__(self, wav):
        return "Rover."

    def normalize(self, text):
        return text.lower().strip(".")


def test_an_unknown_attention_is_an_error_with_its_name(tmp_path, capsys):
    assert main(["additive", "telepathy", "-o", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "no attention 'telepathy'" in error
    assert "location_sensitive" in error


def test_a_voice_is_evaluated_once_and_cached(tiny_voice_folder, tmp_path, capsys):
    command = ["--voice", str(tiny_voice_folder), "-o", str(tmp_path / "out")]
    assert main(command) == 0
    kept = tmp_path / "out" / "tiny.json"
    found = json.loads(kept.read_text())
    assert [row["failed"] for row in found["repeated_words"]] == [True] * 27  # it is untrained
    assert found["lengths"] == {}
    assert "27/27" in (tmp_path / "out" / "table.md").read_text()
    assert (tmp_path / "out" / "figure.png").stat().st_size > 1000
    written = kept.stat().st_mtime_ns
    assert main(command) == 0
    assert kept.stat().st_mtime_ns == written
    assert "27/27" in capsys.readouterr().out


def test_a_voice_is_evaluated_with_its_overrides(tiny_voice_folder, tmp_path, capsys):
    command = ["--voice", str(tiny_voice_folder), "-o", str(tmp_path / "out")]
    assert main([*command, "acoustic.decoder.telepathy=1"]) == 1
    assert main([*command, "acoustic.decoder.max_frames_per_symbol=5"]) == 0
    found = json.loads((tmp_path / "out" / "tiny.json").read_text())
    assert found["asked"]["changes"] == ["acoustic.decoder.max_frames_per_symbol=5"]
    assert main(command) == 1
    assert "another folder" in capsys.readouterr().err


def test_a_folder_of_another_comparison_is_an_error(tiny_voice_folder, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "tiny.json").write_text(json.dumps({"asked": {"voice": "another"}}))
    assert main(["--voice", str(tiny_voice_folder), "-o", str(out)]) == 1
    assert "another folder" in capsys.readouterr().err


def test_a_failed_training_does_not_stop_the_others(tmp_path, capsys, monkeypatch):
    commands = []

    def fail(command, check):
        commands.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(comparison.subprocess, "run", fail)
    assert main(["additive", "mocha", "-o", str(tmp_path)]) == 1
    assert "these trainings failed: additive, mocha" in capsys.readouterr().err
    assert [command[5] for command in commands] == ["name=additive", "name=mocha"]


def test_finished_results_are_shown_without_training(tiny_voice_folder, tmp_path, capsys):
    assert main(["additive", "--finished", "-o", str(tmp_path)]) == 1
    assert "no result yet" in capsys.readouterr().err
    assert main(["--voice", str(tiny_voice_folder), "-o", str(tmp_path)]) == 0
    (tmp_path / "figure.png").unlink()
    assert main(["--finished", "--voice", str(tiny_voice_folder), "-o", str(tmp_path)]) == 0
    assert (tmp_path / "figure.png").is_file()


def test_only_readable_attentions_are_transcribed_once(tiny_voice_folder, tmp_path, capsys, monkeypatch):
    command = ["--voice", str(tiny_voice_folder), "-o", str(tmp_path)]
    assert main([*command]) == 0
    kept = tmp_path / "tiny.json"
    listening = [*command, "--asr", "whisper", "--vocoder", "griffin_lim"]
    monkeypatch.setattr(comparison, "_recognizer", lambda name: pytest.fail("a voice that fails is not heard"))
    assert main(listening) == 0
    found = json.loads(kept.read_text())
    found["repeated_words"] = [row | {"failed": False} for row in found["repeated_words"][:1]]
    kept.write_text(json.dumps(found))
    monkeypatch.setattr(comparison, "_recognizer", lambda name: Mishears())
    assert main(listening) == 0
    heard = json.loads(kept.read_text())["hearing"]
    assert heard["wer"] == 100.0
    assert heard["vocoder"] == "griffin_lim"
    assert "WER" in (tmp_path / "table.md").read_text()
    assert main([*command, "--asr", "whisper"]) == 1
    assert "was heard with --vocoder griffin_lim" in capsys.readouterr().err


def test_every_name_composes_to_a_training_configuration():
    names = mechanism_names()
    assert {"additive", "transformer:progress_rotary", "neural_hmm", "transducer", "parallel:larope"} <= set(names)
    assert "transformer:mocha" not in names  # every layer would go step by step
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        parallel = compose("train", overrides=[*training_words("parallel:larope"), "num_symbols=20"])
    assert type(instantiate(parallel.acoustic).decoder.attentions["2"].attention).__name__ == "LARoPE"
    for name in ("mocha", "transformer:progress_rotary", "transducer"):
        with initialize_config_dir(str(config_root() / "conf"), version_base=None):
            config = compose("train", overrides=[*training_words(name), "num_symbols=20"])
        decoder = instantiate(config.acoustic).decoder
        assert decoder.stop_rule is not None
        assert config.trainer.max_steps == 400
    assert type(decoder).__name__ == "LatticeDecoder"


@pytest.mark.slow
def test_the_recipe_runs_and_resumes(tmp_path):
    recipes = shutil.copytree(config_root() / "recipes", tmp_path / "recipes")
    words = ["trainer.max_steps=4", "trainer.val_check_interval=2", "trainer.log_every_n_steps=2"]
    environment = {"PYTHON": sys.executable, "PYTHONPATH": str(config_root()), "OMP_NUM_THREADS": "1", "OUT": "out"}

    def run(*arguments):
        return subprocess.run(
            ["bash", str(recipes / "compare_attentions" / "run.sh"), *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    first = run("0", "additive", *words)
    assert first.returncode == 0, first.stdout + first.stderr
    kept = (tmp_path / "out" / "additive.json").stat().st_mtime_ns
    both = run("2", "additive", "stepwise_monotonic", *words)
    assert both.returncode == 0, both.stdout + both.stderr
    assert (tmp_path / "out" / "additive.json").stat().st_mtime_ns == kept
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert list(results) == ["additive", "stepwise_monotonic"]
    for result in results.values():
        assert result["curves"]["step"] == [2, 4]
        assert list(result["lengths"]) == ["1", "2", "4", "8"]
        assert all(len(rows) == 16 for rows in result["lengths"].values())
        assert all(row["failed"] for row in result["lengths"]["8"])  # four steps teach nothing
    assert len((tmp_path / "out" / "table.md").read_text().splitlines()) == 4
    assert (tmp_path / "out" / "figure.png").stat().st_size > 1000
