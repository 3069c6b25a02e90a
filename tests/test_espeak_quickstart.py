"""The recipe without a download, from a text list to a wav."""

import os
import shutil
import subprocess
import sys

import soundfile

from tts.core.config import config_root
from tts.data.corpus import Corpus

SHORT = ["trainer.max_steps=2", "trainer.val_check_interval=2", "callbacks.samples.every_n_steps=2"]
SHORT += ["callbacks.checkpoints.every_n_steps=2", "acoustic.decoder.max_frames_per_symbol=2"]


def test_the_recipe_runs_from_the_text_list_to_a_wav(tmp_path):
    recipe = shutil.copytree(config_root() / "recipes" / "espeak_quickstart", tmp_path / "recipe")
    comment, *lines = (recipe / "texts.txt").read_text().splitlines()
    (recipe / "texts.txt").write_text("\n".join([comment, *sorted(lines, key=len)[:20]]))
    environment = {"PYTHON": sys.executable, "PYTHONPATH": str(config_root()), "OMP_NUM_THREADS": "1"}
    environment |= {"NAME": "try", "ALIGN_STEPS": "2"}
    run = subprocess.run(
        ["bash", str(recipe / "run.sh"), "0", "4", "debug=smoke", *SHORT],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert [line for line in run.stdout.splitlines() if line.startswith("== stage")] == [
        "== stage 0: espeak-ng speaks the texts",
        "== stage 1: features",
        "== stage 2: durations",
        "== stage 3: train",
        "== stage 4: synthesize",
    ]
    assert len(Corpus(tmp_path / "corpora" / "espeak_quickstart", "all")) == 20  # a comment is no text
    assert list((tmp_path / "runs" / "try" / "checkpoints").glob("*.ckpt"))
    assert soundfile.info(tmp_path / "try.wav").frames > 0
    assert (tmp_path / "try.png").stat().st_size > 1000
