"""A tiny corpus of synthetic speech, prepared by the real command."""

import pytest
from hydra import compose, initialize_config_dir

from tts.core.config import config_root
from tts.data.preparation import prepare
from tts.data.synthetic import TextLine, make_corpus

TEXT = "the old boat waits at the end of a long quiet pier while rain falls on every roof in town"


@pytest.fixture(scope="session")
def tiny_source(tmp_path_factory):
    """Twelve utterances of one to twelve words, spoken by espeak-ng."""
    folder = tmp_path_factory.mktemp("source")
    words = TEXT.split()
    texts = [" ".join(words[start : start + 1 + start]) + "." for start in range(12)]
    lines = [TextLine(f"u{number:02d}", text, text) for number, text in enumerate(texts)]
    make_corpus(lines, folder, "espeak", {})
    return folder


@pytest.fixture(scope="session")
def prepare_config():
    """`conf/prepare.yaml`, composed for a source and a corpus folder."""

    def build(source, corpus, *overrides):
        asked = ["data=espeak_quickstart", f"data.source={source}", f"data.corpus={corpus}", "workers=0", *overrides]
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            return compose("prepare", asked)

    return build


@pytest.fixture(scope="session")
def tiny_corpus(tiny_source, prepare_config, tmp_path_factory):
    """The prepared corpus folder; copy it before changing it."""
    folder = tmp_path_factory.mktemp("corpora") / "tiny"
    prepare(prepare_config(tiny_source, folder, "data.split.validation=0.2", "data.checks.max_pace_ratio=100"))
    return folder
