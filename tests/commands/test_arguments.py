"""Texts, ids, changes of options and output paths of ``python -m tts.synthesize``."""

from pathlib import Path

import pytest

from tts.audio.io import FORMATS
from tts.commands.arguments import SUFFIXES, UsageError, check_writable, is_override, named_texts


def test_the_part_before_the_bar_is_the_id():
    texts, paths = named_texts(["greeting|Hello.", "Bye.", "a-1.b|Yes | no."], Path("out"), None)
    assert texts == ["Hello.", "Bye.", "Yes | no."]
    assert paths == [Path("out/greeting.wav"), Path("out/2.wav"), Path("out/a-1.b.wav")]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "two words", "", "x" * 101, "-o", "a\\b", "C:"])
def test_an_id_that_cannot_be_a_file_name_is_an_error(name):
    with pytest.raises(UsageError, match=r"Text 2: .* before the '\|' cannot be a file name"):
        named_texts(["fine|Hello.", f"{name}|Hello."], Path("out"), None)


CHANGES = ["vocoder.iterations=60", "vocodr.iterations=60", "acoustc.decoder.x=1", "iterations=60"]
TEXTS = ["www.site.com=bar", "E=mc2", "a = b", "x=3", "https://site.com/?q=1"]


def test_misspelled_options_are_changes_and_equations_are_texts():
    assert all(map(is_override, CHANGES))
    assert not any(map(is_override, TEXTS))
    assert not is_override("iterations=60", is_alone=True)  # then it is the only text
    assert is_override("vocodr.iterations=60", is_alone=True)


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "f.txt").write_text("a file")
    with pytest.raises(UsageError, match="a part of its path is a file; choose another folder"):
        check_writable(tmp_path / "f.txt" / "x.wav")
    with pytest.raises(UsageError, match="it is a folder"):
        check_writable(tmp_path)


def test_every_format_of_sound_files_can_be_named():
    assert set(SUFFIXES) == set(FORMATS)  # the list stands twice: parsing does not load the audio libraries
