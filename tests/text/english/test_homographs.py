import pytest

from tts.text.english.homographs import HOMOGRAPHS
from tts.text.frontend import TextFrontend
from tts.text.symbols import SYMBOLS


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


@pytest.mark.parametrize(
    ("text", "word", "phonemes"),
    [
        ("I have read it.", "read", "ɹˈɛd"),
        ("It was never read.", "read", "ɹˈɛd"),
        ("He read it.", "read", "ɹˈɛd"),
        ("I will read it.", "read", "ɹˈiːd"),
        ("They read books.", "read", "ɹˈiːd"),
        ("a lead pipe", "lead", "lˈɛd"),
        ("to lead the way", "lead", "lˈiːd"),
        ("I live here.", "live", "lˈɪv"),
        ("live music", "live", "lˈaɪv"),
        ("It was broadcast live.", "live", "lˈaɪv"),
        ("the record", "record", "ɹˈɛkɚd"),
        ("to record it", "record", "ɹᵻkˈɔːɹd"),
        ("Record the song.", "Record", "ɹᵻkˈɔːɹd"),
        ("Close the door.", "Close", "klˈoʊz"),
        ("It is close to us.", "close", "klˈoʊs"),
        ("Use it well.", "Use", "jˈuːz"),
        ("the use of it", "use", "jˈuːs"),
        ("Excuse me.", "Excuse", "ɛkskjˈuːz"),
        ("an excuse", "excuse", "ɛkskjˈuːs"),
        ("He was content.", "content", "kəntˈɛnt"),
        ("the content", "content", "kˈɑːntɛnt"),
        ("a minute detail", "minute", "maɪnˈuːt"),
        ("a minute ago", "minute", "mˈɪnɪt"),
        ("Tear it up.", "Tear", "tˈɛɹ"),
        ("a tear fell", "tear", "tˈɪɹ"),
        ("He took a low bow.", "bow", "bˈaʊ"),
        ("a bow and arrow", "bow", "bˈoʊ"),
        ("He wound up the clock.", "wound", "wˈaʊnd"),
        ("the wound", "wound", "wˈuːnd"),
        ("He used to go.", "used", "jˈuːst"),
        ("a bag used to carry it", "used", "jˈuːzd"),
        ("sea bass", "bass", "bˈæs"),
        ("a bass guitar", "bass", "bˈeɪs"),
        ("The suspect suspects a plot.", "suspects", "səspˈɛkts"),
        ("The teacher records the lesson.", "records", "ɹᵻkˈɔːɹdz"),
        ("Japan exports its cars.", "exports", "ɛkspˈɔːɹts"),
        ("The noise increases the stress.", "increases", "ɪŋkɹˈiːsᵻz"),
        ("The lawyer objects to it.", "objects", "ɑːbdʒˈɛkts"),
        ("the objects to be sold", "objects", "ˈɑːbdʒɛkts"),
        ("The sales records the firm keeps are old.", "records", "ɹˈɛkɚdz"),
        ("The projects that failed were old.", "projects", "pɹˈɑːdʒɛkts"),
        ("Police suspect arson.", "suspect", "səspˈɛkt"),
        ("Students present their work.", "present", "pɹɪzˈɛnt"),
        ("Doctors suspect the virus.", "suspect", "səspˈɛkt"),
        ("a police suspect", "suspect", "sˈʌspɛkt"),
        ("Do not subject me to it.", "subject", "səbdʒˈɛkt"),
        ("the discharge of water", "discharge", "dˈɪstʃɑːɹdʒ"),
        ("Discharge the patient.", "Discharge", "dɪstʃˈɑːɹdʒ"),
        ("a combine harvester", "combine", "kˈɑːmbaɪn"),
        ("Combine the eggs.", "Combine", "kəmbˈaɪn"),
        ("Diffuse light fell.", "Diffuse", "dᵻfjˈuːs"),
        ("They diffuse the light.", "diffuse", "dᵻfjˈuːz"),
        ("Slough off the skin.", "Slough", "slˈʌf"),
        ("My leg is number now.", "number", "nˈʌmɚ"),
        ("It is number one.", "number", "nˈʌmbɚ"),
    ],
)
def test_homographs_are_pronounced_by_context(frontend, text, word, phonemes):
    reading = frontend(text)
    found = {w.text.strip("."): "".join(reading.symbols[w.token_start : w.token_end]) for w in reading.words}
    assert found[word] == phonemes


def test_every_rule_uses_known_symbols():
    assert all(set(reading.ipa) <= set(SYMBOLS) for readings in HOMOGRAPHS.values() for reading in readings)


def test_parts_of_words_are_not_homographs(frontend):
    assert frontend("He was a read-only man.").phonemes.count("ɹˈɛd") == 0
