import pytest

from tts.evaluation.attention.texts import joined, make_long_texts, repeated_words

SENTENCES = ["The sun rose.", "Is it late?", "I saw two ships.", "A cat slept on the roof!"]


def test_the_stress_set_has_three_words_one_to_nine_times():
    texts = repeated_words()
    assert len(texts) == 27
    assert texts["river x 1"] == "River."
    assert texts["seven x 3"] == "Seven seven seven."
    assert sorted(len(text.split()) for text in texts.values()) == sorted([*range(1, 10)] * 3)


def test_sentences_are_joined():
    assert joined(SENTENCES) == "The sun rose and is it late and I saw two ships and a cat slept on the roof."


def test_long_texts_have_the_maximum_length_and_are_reproducible():
    texts = make_long_texts(SENTENCES, most=50, count=5, measure=len, seed=1)
    assert texts == make_long_texts(SENTENCES, most=50, count=5, measure=len, seed=1)
    assert len(texts) == 5
    assert all(30 < len(text) <= 50 for text in texts)
    assert len(set(texts)) > 1


def test_no_sentence_is_used_twice():
    for text in make_long_texts(SENTENCES, most=60, count=5, measure=len):
        parts = text[:-1].lower().split(" and ")
        assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("most", [5, 500])
def test_too_few_or_too_long_sentences_are_errors(most):
    with pytest.raises(ValueError, match=f"no text of {most} symbols"):
        make_long_texts(SENTENCES, most=most, count=1, measure=len)
