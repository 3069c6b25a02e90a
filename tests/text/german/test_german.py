import pytest

from tts.core.config import config_root, instantiate
from tts.text.frontend import TextFrontend
from tts.text.german import German
from tts.text.language import Language, written_language
from tts.text.offsets import OffsetText


def spoken(text):
    return German().normalize(OffsetText(text)).text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.234 Leute", "eintausendzweihundertvierunddreißig Leute"),
        ("3,14", "drei Komma eins vier"),
        ("-5 Grad", "minus fünf Grad"),
        ("1 Auto", "ein Auto"),
        ("3/4 und 2 1/2", "drei Viertel und zwei und ein halb"),
        ("007", "null null sieben"),
        ("am 3. Mai 1984", "am dritten Mai neunzehnhundertvierundachtzig"),
        ("der 1. Januar 2024", "der erste Januar zweitausendvierundzwanzig"),
        ("3. Mai", "dritter Mai"),
        ("am 03.05.1984", "am dritten Mai neunzehnhundertvierundachtzig"),
        ("2024-03-15", "fünfzehnter März zweitausendvierundzwanzig"),
        ("im 19. Jahrhundert", "im neunzehnten Jahrhundert"),
        ("die 2. Klasse", "die zweite Klasse"),
        ("Ludwig XIV. war", "Ludwig der Vierzehnte war"),
        ("von 1914-1918", "von neunzehnhundertvierzehn bis neunzehnhundertachtzehn"),
        ("um 14:30 Uhr", "um vierzehn Uhr dreißig"),
        ("9-17 Uhr", "neun bis siebzehn Uhr"),
        ("8:05", "acht Uhr fünf"),
        ("3,50 €", "drei Euro fünfzig"),
        ("10–20 €", "zehn bis zwanzig Euro"),
        ("1,5 Mio. €", "eins Komma fünf Millionen Euro"),
        ("0,99 €", "neunundneunzig Cent"),
        ("12,5 km", "zwölf Komma fünf Kilometer"),
        ("1 h und 5 min", "eine Stunde und fünf Minuten"),
        ("20 °C", "zwanzig Grad Celsius"),
        ("50 m²", "fünfzig Quadratmeter"),
        ("5-10 %", "fünf bis zehn Prozent"),
        ("Tel. 030 123456", "Telefon null drei null, eins zwei drei vier fünf sechs"),
        ("z. B. Äpfel, d.h. Obst usw.", "zum Beispiel Äpfel, das heißt Obst und so weiter."),
        ("Dr. Müller, Hauptstr. 5", "Doktor Müller, Hauptstraße fünf"),
        ("§ 5 & 6", "Paragraf fünf und sechs"),
        ("Straße, Äpfel: „schön“!", 'Straße, Äpfel: "schön"!'),
    ],
)
def test_german_text_is_normalized(written, expected):
    assert spoken(written) == expected
    assert spoken(expected) == expected
    assert not any(c.isdigit() for c in spoken(written))


def test_german_is_not_read_with_english_rules():
    parts = TextFrontend("de").read("Das sind 3,50 € für 12 Straßen, am 3. Mai 1984. Und z. B. das.")
    assert [part.reading.normalized for part in parts] == [
        "Das sind drei Euro fünfzig für zwölf Straßen, am dritten Mai neunzehnhundertvierundachtzig.",
        "Und zum Beispiel das.",
    ]
    word = next(word for word in parts[0].reading.words if word.text == "3,50 €")
    assert word.normalized == "drei Euro fünfzig"


def test_ssml_numbers_use_the_language_of_the_voice():
    text = '<speak><say-as interpret-as="cardinal">3,5</say-as> <say-as interpret-as="digits">12</say-as></speak>'
    assert TextFrontend("de").read(text)[0].reading.normalized == "drei Komma fünf eins zwei"


def test_the_configuration_selects_the_rules():
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        german = instantiate(compose("text/german").text)
        other = instantiate(compose("text/espeak", overrides=["text.language=fr-fr"]).text)
    assert isinstance(german.rules, German)
    assert type(other.rules) is Language
    assert isinstance(written_language("de"), German)
    assert type(written_language("fr-fr")) is Language


@pytest.mark.parametrize(
    "text", ["1", "9" * 400, "1.", ".", "3.3.", "1/0", "€", "§§", "IV.", "\x00", "😀", "12345,", "0,0 €"]
)
def test_any_text_is_normalized_without_digits(text):
    assert not any(c.isdigit() for c in spoken(text))
