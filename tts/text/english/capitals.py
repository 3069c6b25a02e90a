"""Words in capitals: emphasized words, acronyms that are read as words or spelled, and their plurals."""

from __future__ import annotations

import re
from collections.abc import Callable

from tts.text.english.dictionary import is_word, word_list
from tts.text.english.interjections import shortened
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule, when

#: Acronyms that are read as words although no dictionary lists them, and acronyms that are spelled although they could
#: be words.
WORD_ACRONYMS, SPELLED_OUT = word_list("acronyms said"), word_list("acronyms spelled")
#: After these words "US" and "IT" are pronouns.
_IS_OBJECT = re.compile(
    rf"(?i:\b(?:{any_of(word_list('verbs with an object'))}|(?:all|one|some|none|many|most|each|both|two) of)\s+)$"
)
_OBJECT_FOLLOWS = re.compile(rf"\s*(?:[.,;:!?)\"—…]|$)|\s+(?:{any_of(word_list('after an object'))})\b")
_VERB_FOLLOWS = re.compile(
    r"\s*[?]|(?:'s|'ll|'d)?\s+(?:is|was|are|were|will|would|can|could|does|did|do|has|had|have|should|must|might|may"
    r"|really|always|never|also|just|goes|takes|makes|feels|looks|seems|works|works|hurts|matters|rains|knows|cares"
    r"|wants|needs|told|made|gave)\b"
)
_ASKS_FOR_US = re.compile(
    rf"(?i:\b(?:{any_of(word_list('verbs with an object'))}|of|with|for|to|by|at|on|like|than|contact|follow|visit"
    r"|email|behind|around|near|against|upon|rate|review|support)\s+)$"
)
_COUNTRY_FOLLOWS = re.compile(
    r"\s+(?i:army|navy|air|marines?|coast|military|troops|forces|government|govt|president|senate|senators?|house"
    r"|congress|supreme|court|dollars?|citizens?|treasury|department|embassy|economy|markets?|stocks?|states?|tax"
    r"|customers|dollars|election|elections|open|border|officials?|postal|and uk)\b"
)
#: A title or an upper-case line has no lower-case letter that this pattern finds.
_SMALL_LETTER = re.compile(r"[a-z]{2}|(?<![A-Za-z'])[a-z](?![A-Za-z])")
_SEGMENT = re.compile(r"[^.!?;:\n]+")


#: Lower-case words that other rules have inserted, as in "KING HENRY the eighth".
_OURS = re.compile(r"\b(?:the |number )?(?:" + any_of(word_list("number words")) + r")\b")


def _context(match: re.Match[str]) -> tuple[str, str, bool]:
    """(text before the word, text after it, whether the rest of its sentence is in capitals)."""
    text, (start, end) = match.string, match.span()
    left = max(text.rfind(mark, max(0, start - 200), start) for mark in ".!?\n") + 1 or max(0, start - 200)
    right = min(
        (at for mark in ".!?\n" if (at := text.find(mark, end, end + 200)) >= 0), default=min(len(text), end + 200)
    )
    before, after = text[left:start], text[end:right]
    shouted = not any(_SMALL_LETTER.search(side) for side in (before, after))
    return text[max(0, start - 60) : start], text[end : end + 60], shouted


def _is_us(before: str, after: str) -> bool:
    return bool(_IS_OBJECT.search(before) and _OBJECT_FOLLOWS.match(after))


def _is_shouted_us(before: str, after: str) -> bool:
    """In a line of capitals: "CONTACT US NOW" has the pronoun, "MADE IN THE US" and "JOIN US ARMY" the country."""
    return bool(_ASKS_FOR_US.search(before)) and not _COUNTRY_FOLLOWS.match(after)


def _is_it(before: str, after: str) -> bool:
    if re.search(r"(?i:\b(?:the|our|your|their|an|of|in|via|through|as)\s+)$", before):
        return False
    if _TECHNOLOGY_FOLLOWS.match(after):
        return False
    return bool(_IS_OBJECT.search(before) or _VERB_FOLLOWS.match(after)) or not before.strip()


_TECHNOLOGY_FOLLOWS = re.compile(
    r"\s+(?:departments?|dept|support|teams?|staff|managers?|guys?|professionals?|security|services?|systems?|jobs?"
    r"|infrastructure|budgets?|specialists?|consult\w+|sector|compan(?:y|ies)|industry|admins?|desk|helpdesk|issues?"
    r"|problems?|skills|workers?|experts?|equipment|spending|projects?|solutions?|director|policy|training)\b"
)


def _is_who(before: str, after: str) -> bool:
    return not re.search(r"(?i:\b(?:the|a|by|from|to|at|with)\s+|'s\s+)$", before) and not re.match(
        r"\s+(?:says|said|guidelines?|reports?|recommend|declare|warn|estimate|officials?|director|experts?|data)",
        after,
    )


def _is_am(before: str, after: str) -> bool:
    return bool(re.search(r"\bI\s+$", before) or (not before.strip() and re.match(r"\s+I\b", after)))


def _is_verb(before: str, after: str) -> bool:
    """ "HE LED them", but "an LED"."""
    return bool(
        re.search(
            r"(?i:\b(?:he|she|they|we|i|you|it|who|that|and|then|has|had|have|was|were|been|just|never)\s+)$", before
        )
    )


def _is_cold(before: str, after: str) -> bool:
    return not re.match(
        r"\s+(?:agents?|officers?|raids?|detention|arrest|arrested|arrests|facility|deported|train|trains)\b", after
    )


#: Words that are acronyms too; each by a look at its neighbors.
_BOTH: dict[str, Callable[[str, str], bool]] = {"US": _is_us, "IT": _is_it, "WHO": _is_who, "AM": _is_am}
_BOTH |= {"LED": _is_verb, "SAT": _is_verb, "ICE": _is_cold, "POW": lambda before, after: after.startswith("!")}
_BOTH |= {
    "PI": lambda before, after: not re.search(r"(?i:\b(?:an?|the|my|our|his|her|licensed|private|hired)\s+)$", before)
}


def _strictly_alternating(word: str) -> bool:
    """Whether an unknown acronym is said as a word at once: consonants and vowels take turns."""
    return re.fullmatch(r"(?:[BCDFGHJKLMNPRSTVWZ][AEIOU]){2,}[BDGKLMNPRSTX]?", word) is not None


def _spelled(word: str) -> str:
    return "".join(f"{letter}." for letter in word)


def _is_shouted(before: str, after: str) -> bool:
    """Whether a word in capitals stands among others that are words."""
    around = f"{before} {after}"
    return not _SMALL_LETTER.search(_OURS.sub("", around)) and any(map(is_word, _OTHERS.findall(around)))


def _capitals(match: re.Match[str]) -> Replacement:
    """How a word in capitals is written so that it is said rightly: "big", "NASA", "F.A.Q."."""
    word, ending = match["word"], match["ending"] or ""
    before, after, shouted = _context(match)
    plural = ending == "s"
    if ending in ("'T", "'t"):
        return f"{word}{ending}".lower()
    if _is_spelled(word, before, after, plural):
        if ending:
            return [(_spelled(word), "word"), (ending.lower(), "ending")]
        stop = "" if re.match(r"[.,;:!?)]|\s*$", after) else "."
        amid = f"{before[-1:]}{after[:1]}"
        return None if _is_spelled_by_espeak(word, shouted) and "-" not in amid else _spelled(word)[:-1] + stop
    if ending:  # `tts.text.english.exceptions` gives the phonemes of an acronym with an ending
        known = is_word(word) and not shouted
        return [(word.lower(), "word"), (ending.lower(), "ending")] if known else None
    if len(word) <= 3 and (is_word(word) or word in WORD_ACRONYMS):
        return word.lower()
    return None


def _is_spelled(word: str, before: str, after: str, plural: bool) -> bool:
    if word in WORD_ACRONYMS:
        return False
    known, shouted = is_word(word), _is_shouted(before, after)
    if word in _BOTH:
        if word == "US" and shouted:
            return plural or not _is_shouted_us(before, after)
        return plural or not (shouted or _BOTH[word](before, after))
    if (word in SPELLED_OUT and not (shouted and known)) or (plural and len(word) == 2):
        return True
    if known or _is_drawn_out(word):
        return False
    if shouted:
        return len(word) <= 3 or not _VOWEL.search(word)
    return (len(word) <= 5 and not _strictly_alternating(word)) or not _VOWEL.search(word)


def _is_drawn_out(word: str) -> bool:
    """Whether the word has repeated letters for emphasis, like "NOOO" but unlike "AAA"."""
    return re.search(r"([A-Z])\1\1", word) is not None and len(set(word)) > 1 and is_word(shortened(word.lower()))


def _is_spelled_by_espeak(word: str, shouted: bool) -> bool:
    """Whether espeak-ng spells the word by itself, as it does with short acronyms and with words without a vowel."""
    if word in _SIGNS_OF_SOUNDS:
        return False
    if not _VOWEL.search(word):
        return True
    return word in _ESPEAK_SPELLS if len(word) > 3 else not (shouted or word in _ESPEAK_SAYS)


_ESPEAK_SPELLS, _ESPEAK_SAYS = word_list("acronyms that espeak spells"), word_list("acronyms that espeak says")
#: Acronyms that `tts.text.english.interjections` would take for sounds.
_SIGNS_OF_SOUNDS = frozenset(["ZZ", "PF", "PST"])
_VOWEL, _OTHERS = re.compile("[AEIOUY]"), re.compile(r"[A-Z]{2,}")
CAPITALS: Rule = when(
    r"[A-Z]{2}",
    [
        rule(
            r"(?<![\w.&])(?P<word>[A-Z]{2,})(?P<ending>'?[sS]|'(?:LL|RE|VE|D|M|T|ll|re|ve|d|t))?(?![\w&])(?!\.[A-Z]\b)",
            _capitals,
            spaced=False,
        ),
    ],
)
