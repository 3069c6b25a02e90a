"""Long numbers that are no quantities: dates such as 20240315, order numbers, and codes for a telephone: "*21#"."""

from __future__ import annotations

import re

from tts.text.english.abbreviations import MONTH_NAMES
from tts.text.english.dictionary import word_list
from tts.text.english.numbers import cardinal, digit_by_digit, year
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule

_DATE = (
    r"(?<![\w.,$£€¥#/%+-])(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?![\w%/-]|[.,:]\d)"
)
_ASKS_FOR_DATE = re.compile(
    r"(?i:\b(?:on|dated?|since|until|till|by|from|to|thru|through|before|after|of|as (?:of|at)|updated|released|saved"
    r"|created|modified|published|retrieved|accessed|due|born|dob|effective|expires?|expiry|expiration|starting|ending"
    r"|between|and|or|timestamp|timestamped|signed|issued|filed|recorded|logged|taken|shot|shipped|delivered|received)"
    r"(?: (?:on|date|is|was))?:? )$"
)
_DATED = re.compile(
    r" (?:at \d|backups?|snapshots?|builds?|releases?|logs?|meeting|minutes|report|edition|entry|dumps?|session|log)\b"
)
_COUNTED = re.compile(
    rf" (?:[a-z]+ )?(?:{any_of(word_list('count nouns'))}|bytes|bits|cells|steps|iterations|inhabitants)\b"
)
#: Nouns before a number that is a name.
_NAMED = (
    "[Oo]rder|[Ii]nvoice|[Tt]icket|[Cc]ase|[Aa]ccount|[Aa]cct|[Cc]laim|[Pp]olicy|[Bb]ooking|[Cc]onfirmation|[Rr]eference"
    "|[Ii]ncident|[Rr]eceipt|[Mm]ember|[Cc]ustomer|[Pp]assport|[Ll]icense|[Dd]ocket|[Tt]racking|[Ss]erial|[Pp]atent"
    "|ID|[Ii]d|SKU|EIN|PMID|ISBN|NPI"
)
#: What follows such a name. A noun follows a quantity: "order 25500 tiles".
_NAME_ENDS = (
    r"(?=\s*$|[.,;:!?)](?!\d)|\s+(?:[A-Z]|is|was|has|had|for|from|on|in|and|or|to|at|by|with|will|can|did|does|of)\b)"
)


def _date(match: re.Match[str]) -> Replacement:
    """ "on 20240315" is a date, and "order 20240315" is read digit by digit."""
    text, (start, end) = match.string, match.span()
    if _COUNTED.match(text, end):
        return None
    if not (_ASKS_FOR_DATE.search(text[max(0, start - 24) : start]) or _DATED.match(text, end)):
        return digit_by_digit(match[0])
    month = MONTH_NAMES[int(match["month"]) - 1]
    day = cardinal(match["day"].lstrip("0"))
    return [(f"{month} ", "month"), (f"{day}, ", "day"), (year(match["year"]), "year")]


_SIGNS = {"*": "star", "#": "pound"}


def _service_code(match: re.Match[str]) -> Replacement:
    """ "*21#" -> "star twenty-one pound", "*#06#" -> "star pound zero six pound"."""
    words = []
    for part in re.findall(r"\d+|[*#]", match[0]):
        pair = len(part) == 2 and part[0] != "0"
        words.append(_SIGNS.get(part) or (cardinal(part) if pair else digit_by_digit(part)))
    return " ".join(words)


def _keyed(match: re.Match[str]) -> str:
    return f"{digit_by_digit(match['digits'])} pound"


#: Part of `tts.text.english.science.SCIENCE`, which reads "*" as a multiplication.
SERVICE_CODES: tuple[Rule, ...] = (
    rule(r"(?<![\w*#&/])[*#]{1,2}\d{2,4}(?:\*\d{1,12}){0,3}[#*](?![\w*#])", _service_code),
    rule(rf"{after('[Pp]ress|[Hh]it|[Dd]ial|[Ee]nter|[Tt]ype|[Oo]r')}(?P<digits>\d{{1,6}})#(?!\w)", _keyed),
)
#: Part of `tts.text.english.dates.DATES`.
COMPACT_DATES: tuple[Rule, ...] = (rule(_DATE, _date),)
#: Part of `tts.text.english.identifiers.IDENTIFIERS`.
NAMED_NUMBERS: tuple[Rule, ...] = (
    rule(r"(?<![\w#])(?P<number>\d{1,3})#(?= of\b)", lambda m: f"{m['number']} pounds"),
    rule(
        r"(?<![\w#])(?P<number>\d{1,3})#(?= (?:bags?|sacks?|box|boxes|test|line|paper)\b)",
        lambda m: f"{m['number']} pound",
    ),
    rule(r"(?<=\bv)\d{6,12}\b(?!\.\d)", lambda m: digit_by_digit(m[0])),
    rule(
        rf"(?P<label>(?<![\w-])(?:{_NAMED})(?: (?:number|no\.?|id|ID))?:? #?)(?P<digits>\d{{5,20}}(?<!000))(?!\d)"
        rf"{_NAME_ENDS}",
        lambda m: [(m["label"].replace("#", "number "), "label"), (digit_by_digit(m["digits"]), "digits")],
        spaced=False,
    ),
    rule(r"(?<![\w#])(?P<sign>#)(?P<digits>\d{5,20})(?![\w,.-]\d)", lambda m: f"number {digit_by_digit(m['digits'])}"),
)
