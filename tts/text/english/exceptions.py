"""English words that espeak-ng pronounces wrongly: plural acronyms, interjections, homographs and single words."""

from __future__ import annotations

import re
from collections.abc import Callable

from tts.text.english import homographs
from tts.text.english.dictionary import is_word, word_list
from tts.text.english.interjections import interjections
from tts.text.rules import after

#: Word -> IPA. espeak-ng 1.52 pronounces these words wrongly in every context.
WRONG = {
    "alpharetrovirus": "ˈælfəɹˌɛtɹoʊvˌaɪɹəs", "archipelago": "ˌɑːɹkɪpˈɛləɡoʊ",
    "async": "ˈeɪsɪŋk", "biopic": "bˈaɪoʊpˌɪk", "biweekly": "baɪwˈiːkli", "covid": "kˈoʊvɪd", "cowriter": "kˈoʊɹaɪɾɚ",
    "gnocchi": "nˈoʊki", "hryvnia": "hɹˈɪvniə", "jalapeño": "hˌɑːləpˈeɪnjoʊ", "jalapeños": "hˌɑːləpˈeɪnjoʊz",
    "jalapeno": "hˌɑːləpˈeɪnjoʊ", "jalapenos": "hˌɑːləpˈeɪnjoʊz",
    "hryvnias": "hɹˈɪvniəz", "joaquin": "wɑːkˈiːn", "kyiv": "kˈiːv",
    "metaverse": "mˈɛɾəvˌɜːs", "naira": "nˈaɪɹə", "nguyen": "wˈɪn", "quinoa": "kˈiːnwɑː", "qatar": "kətˈɑːɹ",
    "serie": "sˈɛɹieɪ",
    "reais": "ɹeɪˈaɪz", "regex": "ɹˈɛdʒɛks", "rerun": "ɹˈiːɹʌn", "sudo": "sˈuːduː", "tucson": "tˈuːsɑːn",
    "versailles": "vɚsˈaɪ", "wassup": "wˌʌsˈʌp", "xiaomi": "ʃˌaʊmˈiː", "yeah": "jˈɛə", "zloty": "zlˈɔːɾi",
    "zlotys": "zlˈɔːɾiz", "moped": "mˈoʊpɛd",
    "camus": "kæmˈuː", "chopin": "ʃˈoʊpæn", "debussy": "dɛbjˈuːsi", "degas": "dᵻɡˈɑː", "diagnoses": "dˌaɪəɡnˈoʊsiːz",
    "dvorak": "dvˈɔːɹʒɑːk", "dvořák": "dvˈɔːɹʒɑːk", "fourier": "fˈʊɹieɪ", "giuseppe": "dʒuːzˈɛpi",
    "givenchy": "ʒˌiːvɑːnʃˈiː",
    "goethe": "ɡˈɜːtə", "hasta": "ˈɑːstə", "hermès": "ɛɹmˈɛz", "huawei": "wˈɑːweɪ", "laplace": "lɐplˈɑːs",
    "louisville": "lˈuːivˌɪl", "niamh": "nˈiːv", "nike": "nˈaɪki", "numpy": "nˈʌmpaɪ",
    "postgresql": "pˈoʊstɡɹɛskjˌuːˈɛl",
    "pytest": "pˈaɪtɛst", "sartre": "sˈɑːɹtɹə", "tchaikovsky": "tʃaɪkˈɔfski", "theses": "θˈiːsiːz", "vous": "vˈuː",
    "uefa": "juːˈeɪfə", "unesco": "juːnˈɛskoʊ", "vuitton": "vwiːtˈɑːn", "zurich": "zˈʊɹɪk", "zürich": "zˈʊɹɪk",
}  # fmt: skip
#: Pattern of a word in the context where it is a name or a homograph -> its IPA.
_NAMES = (
    (rf"\bNice(?=, France\b)|{after('[Ii]n|[Ff]rom')}Nice\b(?![ -][a-z])", "nˈiːs"),
    (r"\bReading(?=, (?:Pennsylvania|England|Berkshire|UK|PA|Massachusetts)\b)", "ɹˈɛdɪŋ"),
    (rf"{after('[Bb]ook of|patience of')}Job\b", "dʒˈoʊb"),
    (r"\bAT(?= and T\b)", "ˌeɪtˈiː"),
    (r"\bLaTeX\b", "lˈeɪtɛk"),
    (r"\bTeX\b", "tˈɛk"),
    (r"\bth(?='(?:\s|$))", "ðə"),
    (r"(?<= ')n(?=' )", "ən"),
    (rf"\b[Mm]oped(?= (?:around|about)\b)|{after('I|[Hh]e|[Ss]he|[Tt]hey')}moped", "mˈoʊpt"),
)
_NAME = re.compile("|".join(f"(?P<n{i}>{pattern})" for i, (pattern, _) in enumerate(_NAMES)))
_IN_NAMES = ("Nice", "Reading", "Job", "AT", "oped", "TeX", "th'", " 'n' ")  # a text without these has no name
_WORDS = re.compile(r"[^\W\d_]+")
_WORD_ACRONYMS = word_list("acronyms said")
_FEW_LETTERS = re.compile(r"(?<![\w.'-])(?=[A-Z]*[AEIOUY])[A-Z]{2,3}(?![\w'-]|\.[A-Z])")
#: Characters. In a longer text a few words in capitals are not many.
_SHORT = 60
_ACRONYM = re.compile(r"(?<![\w.])(?P<acronym>(?:[A-Z]\.){2,}|[A-Z]{2,}|[B-HJ-TV-Z](?=s)|PhD|MSc|BSc)'?s\b")


def find_exceptions(text: str, say: Callable[[str], str]) -> dict[int, str]:
    """The words that espeak-ng pronounces wrongly: {position in ``text`` where the word begins: its IPA}.

    Args:
        text: normalized text.
        say: gives the IPA of one word on its own.
    """
    lowered = text.lower()
    words = frozenset(_WORDS.findall(lowered))
    found = homographs.homograph_phonemes(lowered, words, say)
    found |= interjections(text, words, lambda word: WRONG.get(word) or say(word))
    found |= acronyms(text, say)
    for word in WRONG.keys() & words:
        for match in re.finditer(rf"(?<![\w'-]){word}(?P<rest>(?:-\w+)*(?:'s)?)(?![\w'-])", lowered):
            found[match.start()] = WRONG[word] + _rest(WRONG[word], match["rest"], say)
    if any(part in text for part in _IN_NAMES):
        found |= {m.start(): _NAMES[int((m.lastgroup or "n0")[1:])][1] for m in _NAME.finditer(text)}
    return _viruses(lowered) | found


def _rest(phonemes: str, rest: str, say: Callable[[str], str]) -> str:
    """The IPA of the text that follows a word of `WRONG`: "'s" or "-nineteen"."""
    said = "".join(map(say, rest.removesuffix("'s").split("-")[1:]))
    return said + plural(phonemes + said) if rest.endswith("'s") else said


#: Text before "virus" -> its IPA. espeak-ng does not split such compounds.
_KINDS = {
    "corona": "kəɹˌoʊnə", "alphacorona": "ˌælfəkəɹˌoʊnə", "betacorona": "bˌeɪɾəkəɹˌoʊnə", "adeno": "ˌædɪnoʊ",
    "papilloma": "pˌæpɪlˌoʊmə", "cytomegalo": "sˌaɪɾoʊmˈɛɡəloʊ", "polio": "pˌoʊlioʊ", "entero": "ˌɛntɚɹoʊ",
    "baculo": "bˌækjʊloʊ", "alpharetro": "ˌælfəɹˌɛtɹoʊ", "betaretro": "bˌeɪɾəɹˌɛtɹoʊ", "gammaretro": "ɡˌæməɹˌɛtɹoʊ",
    "deltaretro": "dˌɛltəɹˌɛtɹoʊ", "alphaherpes": "ˌælfəhˌɜːpiːz", "herpes": "hˌɜːpiːz",
}  # fmt: skip
_VIRUS = re.compile(rf"\b(?P<kind>{'|'.join(_KINDS)})virus(?P<plural>es)?(?![\w'-])")


def _viruses(lowered: str) -> dict[int, str]:
    found = _VIRUS.finditer(lowered) if "virus" in lowered else ()
    return {m.start(): f"{_KINDS[m['kind']]}vˈaɪɹəs{'ᵻz' if m['plural'] else ''}" for m in found}


def acronyms(text: str, say: Callable[[str], str]) -> dict[int, str]:
    """The acronyms of `find_exceptions`: plurals, possessives, and acronyms of two or three letters."""
    if text.islower():
        return {}
    found = {
        m.start(): say(".".join(m[0]) + ".").replace(" ", "")
        for m in _FEW_LETTERS.finditer(text)
        if (len(m[0]) == 3 or _is_crowded(text)) and not (is_word(m[0]) or m[0] in _WORD_ACRONYMS)
    }
    for match in _ACRONYM.finditer(text):
        acronym = say(match["acronym"]).replace(" ", "")
        found[match.start()] = acronym + plural(acronym)
    return found


def _is_crowded(text: str) -> bool:
    """Whether at least half of the words of a short text are in capitals. espeak-ng then says "GA" as a word."""
    return len(text) < _SHORT and 2 * len(_CAPITALS.findall(text)) >= len(text.split())


_CAPITALS = re.compile(r"[A-Z]{2,}")


def plural(phonemes: str) -> str:
    """The IPA of a plural s after ``phonemes``: "z" after "biː", "s" after "ɛf", "ᵻz" after "ɛs"."""
    return "ᵻz" if phonemes[-1:] in tuple("szʃʒ") else "s" if phonemes[-1:] in tuple("ptkfθ") else "z"
