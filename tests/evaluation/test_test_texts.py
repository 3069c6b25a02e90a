import re

import pytest

from tts.evaluation.error_rates import as_spoken
from tts.evaluation.test_texts import EvaluationTextError, categories, read_evaluation_texts
from tts.text.frontend import TextFrontend
from tts.text.sentences import split_sentences

COUNTS = {"in_domain": 100, "hard": 50, "repeated": 27, "short": 40, "long": 5, "article": 1}


def test_every_category_has_its_texts():
    assert {name: len(read_evaluation_texts(name)) for name in categories()} == COUNTS
    passages = [passage for name in categories() for passage in read_evaluation_texts(name)]
    assert len({passage.id for passage in passages}) == sum(COUNTS.values())
    assert len({passage.text for passage in passages}) == sum(COUNTS.values())


def test_the_texts_match_their_category():
    assert all(8 <= len(passage.text.split()) <= 32 for passage in read_evaluation_texts("in_domain"))
    assert all(len(as_spoken(passage.text).split()) <= 2 for passage in read_evaluation_texts("short"))
    repeated = [passage.text.lower().rstrip(".").split() for passage in read_evaluation_texts("repeated")]
    assert all(len(set(words)) == 1 for words in repeated)
    assert sorted(map(len, repeated)) == sorted(3 * list(range(1, 10)))
    for passage in read_evaluation_texts("long"):
        assert 900 <= len(passage.text) <= 1300
        assert not re.search(r"[.!?].", passage.text)
    (article,) = read_evaluation_texts("article")
    assert 1500 <= len(article.text.split()) <= 1900
    assert len(split_sentences(article.text)) > 80


def test_every_text_can_be_encoded():
    frontend = TextFrontend("en-us")
    for name in categories():
        for passage in read_evaluation_texts(name):
            assert frontend.read(passage.text)


def test_a_file_may_have_lines_with_and_without_ids(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("# about it\nFirst text.\nsecond|A text with an id.\nLJ1|raw 2|raw two\n")
    found = read_evaluation_texts(str(path))
    assert [(one.id, one.category, one.text) for one in found] == [
        ("mine-1", "mine", "First text."),
        ("second", "mine", "A text with an id."),
        ("LJ1", "mine", "raw two"),
    ]
    assert read_evaluation_texts(str(path), limit=1) == found[:1]


def test_prose_is_one_text(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("One paragraph.\n\nAnother.\nAnd a line.\n")
    assert [one.text for one in read_evaluation_texts(str(path))] == ["One paragraph.\n\nAnother.\nAnd a line."]


@pytest.mark.parametrize("content", [None, "", "# nothing\n", "../a|text\n"])
def test_an_invalid_file_is_an_error_with_the_reason(content, tmp_path):
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(
        EvaluationTextError, match=r"Name a UTF-8 file, or one of article, hard|Write one a line|Use letters"
    ):
        read_evaluation_texts(str(path))
