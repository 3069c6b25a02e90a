"""The letter A, which espeak-ng reads as the article: "plan A", "from A to B", "Audi A6"."""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.rules import Rule, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

_LABELS = any_of(word_list("labels of letters") - {"is", "was", "got"})
_NEVER_AFTER_ARTICLE = (
    r"and|or|is|was|has|to(?!-)|plus|minus|times|equals|but|versus|vs|through|thru|from|are|then|comes|goes|means"
    r"|stands|into|gets|at|if"
)
_AFTER_LABEL = re.compile(rf"(?i:(?<![\w'])(?:{_LABELS})\s+)$")
_BEFORE_VERB = re.compile(
    rf"\s+(?:{_NEVER_AFTER_ARTICLE})\b|\s*[,;:)?!]|\.?\s*$|\s+[B-HJ-Z]\b(?!\.)|\s+(?:the\s+)?[A-HJ-Z]\s*[,.]"
)
#: Nouns before a lower-case letter: "the letter a", "option a."
_SMALL_LABEL = r"(?:letters?|vowels?|variables?|options?|points?|constants?|parameters?|coefficients?|side|note)"


def letter_a(match: re.Match[str]) -> str | None:
    """`LETTER_A` if a capital A is not the article, otherwise None."""
    before, after = (
        match.string[max(0, match.start() - 24) : match.start()],
        match.string[match.end() : match.end() + 24],
    )
    if _AFTER_LABEL.search(before) or _BEFORE_VERB.match(after):
        return LETTER_A["A"]
    return None


def spelled(letters: str) -> str:
    """ "AB" -> "A B": each letter is read by its name."""
    return " ".join(LETTER_A.get(letter, letter) for letter in letters)


_OPERATION = (
    r"(?:times|equals|squared|cubed|over|to the power|divided by|is (?:less|greater|not) |at (?:least"
    r"|most)|implies|goes to)"
)
LETTERS: Rule = when(
    r"A|\ba(?: ?[-+×÷=*/<>^≠≤≥≈] ?[a-z\d(]|\d|\s+(?:plus|minus|times|equals|squared|cubed|over|to the|divided|is|at"
    r"|implies|goes)\b|,? (?:and|or|to) [b-z]\b|, [b-z]\b|[.,;:!?)]|$| (?:is|was|in|equals)\b)|[-+×÷=*/<>(] ?a\b"
    r"|\b(?:if|let|when|where) a (?:is|=|be|equals)\b|(?:plus|minus|times|equals|over) a\b",
    [
        rule(r"(?<![\w'.&])[aA](?=\s?[+×÷=*<>≠≤≥≈]\s?[A-Za-z\d(])|(?<=[+×÷=*] )a(?![\w'])(?! [a-z]{2})"
             r"|(?<=[+×÷=*(])a(?= ?[-+×÷=*)])|(?<=\bif )a(?= (?:is|=|equals)\b)"
             r"|(?<![^\n])a(?= is (?:the|an?|for|not)\b)|(?<=\blet )a(?= (?:be|=|equals)\b)"
             r"|(?<=\bwhen )a(?= (?:=|equals|is \d|is [a-z]+ than)\b)",
             lambda m: LETTER_A[m[0]], spaced=False),
        rule(r"(?<![\w'.&])A(?=\+(?!\w)|/[A-Z]\b|\s?&\s?[A-Z]\b(?![.'’]?\w))"
             r"|(?<=[A-Z]/)A\b|(?<=\b(?:in|of) )A(?= (?:flat|sharp|minor|major)\b)",
             lambda m: LETTER_A["A"], spaced=False),
        rule(rf"(?<![\w'.&])a(?= +{_OPERATION}| +(?:plus|minus) +(?:[a-z]\b"
             rf"|\d))", lambda m: LETTER_A["a"], spaced=False),
        rule(r"\b(?P<sign>plus|minus|times|equals|over) +(?P<letter>a)\b(?! [a-z]{2})",
             lambda m: [(m["sign"] + " ", "sign"), (LETTER_A["a"], "letter")], spaced=False),
        rule(r"(?<![\w'.&/-])[Aa](?=\d)", lambda m: f"{LETTER_A[m[0]]} "),
        rule(r"(?<=\d)A(?=\d)", lambda m: f" {LETTER_A['A']} "),
        rule(r"(?<=\b[A-Z]\. )A(?=\.(?:\s|$))|(?<=\b[A-Z] )A(?= [A-Z]\b)", lambda m: LETTER_A["A"], spaced=False),
        rule(r"(?<=\d)A(?![\w'])|(?<=\d-)A(?![\w'-])", lambda m: f" {LETTER_A['A']}"),
        rule(r"(?<![\w'.&])A(?![\w'&]|\.\w|-[a-z])", letter_a, spaced=False),
        rule(r"(?:(?<=\bQ&)|(?<=\bQ & )|(?<=\bQ and )|(?<=\b[A-Z]&)|(?<=\b[A-Z] & ))A(?![\w'&]|\.\w)",
             lambda m: LETTER_A["A"], spaced=False),
        rule(r"(?<=[A-Z][a-z]\. |[a-z]{3} )A(?=\. [a-z])", lambda m: LETTER_A["A"], spaced=False),
        rule(r"(?<![\w'.&])a(?=(?:,? (?:and|or|to)|,) [b-z]\b(?!\.))", lambda m: LETTER_A["a"], spaced=False),
        rule(rf"\b(?P<label>(?i:{_SMALL_LABEL})) (?P<letter>a)(?=[.,;:!?)]|$| (?:is|was|in|and|or|equals)\b)",
             lambda m: [(m["label"] + " ", "label"), (LETTER_A["a"], "letter")], spaced=False),
        rule(r"(?<=\bQ&)As\b|(?<=\bQ & )As\b|(?<=\bQ and )As\b", lambda m: "A's", spaced=False),
        rule(r"\b(?P<how>(?i:straight|all|mostly|two|three|four|five|six|got|gets|of|and)) As\b(?=[.,;!?]| (?:and"
             r"|or|in|on)\b|$)",
             lambda m: f"{m['how']} A's", spaced=False),
    ],
)  # fmt: skip
