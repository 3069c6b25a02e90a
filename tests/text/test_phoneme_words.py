import pytest

from tts.text.phoneme_words import assign_phonemes

ALONE = {
    "of": "ʌv",
    "the": "ðə",
    "in": "ɪn",
    "cat": "kˈæt",
    "book": "bˈʊk",
    "1963": "nˈaɪntiːn sˈɪkstiθɹˈiː",
    "um": "ʌm",
}


@pytest.mark.parametrize(
    ("words", "spoken", "expected", "joined"),
    [
        ("the cat", "ðə kˈæt", ["ðə", "kˈæt"], []),
        ("of the cat", "ʌvðə kˈæt", ["ʌv", "ðə", "kˈæt"], [0]),
        ("cat of the book", "kˈæt ʌvðə bˈʊk", ["kˈæt", "ʌv", "ðə", "bˈʊk"], [1]),
        ("in 1963 the cat", "ɪn nˈaɪntiːn sˈɪkstiθɹˈiː ðə kˈæt", ["ɪn", "nˈaɪntiːn sˈɪkstiθɹˈiː", "ðə", "kˈæt"], []),
        ("of the 1963", "ʌvðə nˈaɪntiːn sˈɪkstiθɹˈiː", ["ʌv", "ðə", "nˈaɪntiːn sˈɪkstiθɹˈiː"], [0]),
        ("cat cat", "", ["", ""], []),
        ("the cat um", "ðə kˈæt", ["ðə", "kˈæt", ""], []),
    ],
)
def test_phonemes_are_assigned_to_words(words, spoken, expected, joined):
    assert assign_phonemes(words.split(), spoken.split(), ALONE.__getitem__) == (expected, frozenset(joined))


def test_a_thousand_words_keep_their_order():
    words = ["of", "the", "cat"] * 400
    assert assign_phonemes(words, ["ʌvðə", "kˈæt"] * 400, ALONE.__getitem__)[0] == ["ʌv", "ðə", "kˈæt"] * 400


def test_a_word_that_sounds_different_between_others_gets_only_its_own_phonemes():
    alone = {"Ðêr": "dˌiːˈɛð ˈɛɹzə", "I": "ˈaɪ", "two": "tˈuː"}
    spoken = ["dˌiːˈɛð", "ˌiːsˌɜːkəmflˌɛkszˌiːˌeɪsˈɜːkəmflˌɛks", "ˈaɪ", "tˈuː"]
    found = assign_phonemes(list(alone), spoken, alone.__getitem__)[0]
    assert found == [" ".join(spoken[:2]), "ˈaɪ", "tˈuː"]


def test_a_single_word_gets_all_phonemes_and_is_not_read_again():
    assert assign_phonemes(["Ðê"], ["dˌiːˈɛð", "ˈɛɹ"], {}.__getitem__) == (["dˌiːˈɛð ˈɛɹ"], frozenset())
    assert assign_phonemes(["Ðê"], [], {}.__getitem__) == ([""], frozenset())


def test_a_possessive_of_letters_is_one_word_though_another_pair_is_joined():
    phonemes = {"my": "maɪ", "B.F.F.'s": "bˌiːˌɛfˈɛf z", "in": "ɪn", "the": "ðə", "car": "kˈɑːɹ"}
    words, spoken = list(phonemes), ["maɪ", "bˌiːˌɛfˈɛf", "z", "ɪnðə", "kˈɑːɹ"]
    assert assign_phonemes(words, spoken, phonemes.__getitem__) == (
        ["maɪ", "bˌiːˌɛfˈɛf z", "ɪn", "ðə", "kˈɑːɹ"],
        frozenset({2}),
    )
