"""The text list of `recipes/from_teacher`."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tts.core.config import config_root
from tts.data.corpus import Corpus
from tts.data.synthetic import read_lines


@pytest.fixture(scope="module")
def maker():
    path = config_root() / "recipes" / "from_teacher" / "make_texts.py"
    spec = importlib.util.spec_from_file_location("make_texts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_short_texts_are_many_different_and_reproducible(maker):
    texts = maker.short_texts(1000)
    assert 980 <= len(texts) == len(set(texts))
    assert maker.short_texts(1000) == texts != maker.short_texts(1000, seed=1)
    assert sum(len(text.split()) <= 2 for text in texts) > 200
    assert sum(text.endswith("?") for text in texts) > 150
    assert sum(text.endswith("!") for text in texts) > 100
    assert sum(any(c.isdigit() for c in text) for text in texts) > 120
    assert not any(character in text for text in texts for character in "{}|")


def test_articles_and_ends_are_well_formed(maker):
    texts = maker.short_texts(3000)
    assert not [text for text in texts if ".." in text.replace("...", "")]
    assert not [text for text in texts if any(f" {a} " in text for a in ("a umbrella", "a orange", "an kettle"))]


def test_texts_of_a_corpus_come_first(maker, tmp_path):
    (tmp_path / "metadata.csv").write_text("LJ-1|It cost 3.|It cost three.\n")
    maker.main(["-o", str(tmp_path / "texts.txt"), "--corpus", str(tmp_path / "metadata.csv"), "--count", "50"])
    lines = read_lines(tmp_path / "texts.txt")
    assert lines[0].id == "LJ-1"
    assert 45 <= len(lines) <= 55


@pytest.mark.slow
def test_the_recipe_makes_a_corpus_ready_for_training(tmp_path):
    recipe = config_root() / "recipes" / "from_teacher" / "run.sh"
    environment = {"PYTHON": sys.executable, "PYTHONPATH": str(config_root()), "OMP_NUM_THREADS": "1"}
    environment |= {"ENGINE": "espeak", "COUNT": "30", "ALIGN_STEPS": "2"}
    command = ["bash", str(recipe), "0", "3"]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    corpus = Corpus(tmp_path / "corpora" / "from_teacher", "all")
    assert len(corpus) >= 25
    assert corpus.is_aligned
    assert corpus.ids_without_pitch == []
