"""Numbers that are names: telephone, house, page, serial and version numbers, and calibers."""

from __future__ import annotations

import re

from tts.text.english.abbreviations import POSTAL
from tts.text.english.letters import spelled
from tts.text.english.long_numbers import NAMED_NUMBERS
from tts.text.english.numbers import cardinal, digit_by_digit, in_pairs, number_to_words, ordinal, plural
from tts.text.english.technical import TECHNICAL
from tts.text.offsets import Replacement
from tts.text.rules import NUMBER, Rule, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

#: Nouns before a number that is a name: "page 249" is "page two forty-nine".
_LABELS = (
    r"(?:[Ee]xhibits?|[Nn]umbers?|[Nn]os?\.?|[Pp]ages?|[Ff]rames?|[Rr]ooms?|[Rr]outes?|[Hh]ighway|[Ii]nterstate"
    r"|[Ff]lights?|[Bb]us|[Tt]rain|P\. ?S\.|[Aa]partment|[Ss]uite|Boeing|Model|[Cc]hannel|[Pp]latform|[Pp]ort|[Gg]ate"
    r"|[Uu]nit|[Aa]rea code|[Ee]xtension|Xbox|Airbus|Porsche|Ferrari|Peugeot|Cessna|Fahrenheit|Levi's|Mazda|RTX|GTX|RX"
    r"|Ryzen \d|GeForce|Radeon)"
)
_STREETS = (
    r"(?:Street|St\b|Avenue|Ave\b|Road|Rd\b|Boulevard|Blvd\b|Drive|Dr\b|Lane|Ln\b|Place|Court|Parkway"
    r"|Square|Terrace|Row)"
)
_STATES = frozenset([*POSTAL, *POSTAL.values(), "D.C."])
_QUARTER = r"(?:(?:North|South)(?:east|west)?|East|West|[NSEW]\.)"
_GUNS = (
    r"(?:[Cc]aliber|[Cc]alibre|[Rr]ifles?|[Pp]istols?|[Rr]evolvers?|[Ss]pecial|[Mm]agnum|[Bb]ullets?"
    r"|[Gg]uns?|[Cc]artridges?|[Cc]olt|[Ss]mith)"
)


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    return ("plus " if match[0].startswith("+") else "") + _groups(groups)


def _groups(groups: list[str]) -> str:
    """The words for the digit groups of a telephone number: "800" -> "eight hundred", "555" -> "five five five"."""
    first = groups[:1] == ["1"]
    words = [
        f"{cardinal(digits[0])} hundred" if digits in ("800", "900") and i == first else digit_by_digit(digits)
        for i, digits in enumerate(groups)
    ]
    return ", ".join(words)


def _name(digits: str) -> str:
    """The words for a number after a label: short numbers in pairs, long ones digit by digit."""
    digits = digits.replace(",", "")
    return in_pairs(digits) if len(digits) <= 4 else digit_by_digit(digits)


def _labelled(match: re.Match[str]) -> Replacement:
    digits = match["digits"]
    if len(digits) < 3:
        return None
    pieces: list[tuple[str, str | int]] = [(_name(digits), "digits")]
    return [*pieces, (f" {match['letter']}", "letter")] if match["letter"] else pieces


def _house(match: re.Match[str]) -> str:
    """ "214" -> "two one four", "1026" -> "ten twenty-six", "500" -> "five hundred"."""
    digits = match["digits"]
    return in_pairs(digits) if len(digits) == 4 or digits.endswith("00") else digit_by_digit(digits)


def _serial(match: re.Match[str]) -> Replacement:
    """ "C2766" -> "C two seven six six". One or two letters are spelled too: "VC836"."""
    letters = spelled(match["letters"]) if len(match["letters"]) <= 2 else match["letters"]
    return [(f"{letters} ", "letters"), (digit_by_digit(match["digits"]), "digits")]


def _hyphened(match: re.Match[str]) -> Replacement:
    """ "B-52" -> "B fifty-two"."""
    letters = match["letters"]
    letters = spelled(letters) if len(letters) <= 2 else letters
    return [
        (f"{letters} ", "letters"),
        (_name(match["digits"]), "digits"),
        (f" {match['tail']}" if match["tail"] else "", "tail"),
    ]


def _caliber(match: re.Match[str]) -> str:
    return "thirty aught six" if match["digits"] == "30-06" else in_pairs(match["digits"])


def _version(match: re.Match[str]) -> str:
    parts = match["parts"].split(".")
    if len(parts) == 4 and not match["v"]:
        return " dot ".join(map(digit_by_digit, parts))
    return ("version " if match["v"] else "") + " point ".join(map(cardinal, parts))


#: After one of these words a number is a telephone number.
_DIAL = (
    r"(?i:\b(?:call(?:ed|ing)?|phone|telephone|tel|fax|dial(?:ed|led)?|mobile|cell|cellphone|ring|whatsapp|hotline"
    r"|helpline|text|sms|landline|extension|reach (?:me|us|him|her|them) (?:at|on)|my number is|number is"
    r"|contact)(?:\s+(?:me|us|him|her|them|now))?(?:\s+(?:at|on|is|number))?[.:]?\s+)"
)


def _dialled(match: re.Match[str]) -> Replacement:
    """One or two telephone numbers after a word such as "call"."""
    number = match["number"]
    if more := re.fullmatch(r"(.*\d) (or|and) (\d.*)", number):
        return [(match["dial"], "dial"), (f"{_called(more[1])} {more[2]} {_called(more[3])}", "number")]
    digits = re.sub(r"\D", "", number)
    if len(digits) < 3 or (len(digits) == 4 and digits[:2] in ("19", "20")):
        return None
    return [(match["dial"], "dial"), (_called(number), "number")]


def _called(number: str) -> str:
    return ("plus " if number.startswith("+") else "") + _groups(re.findall(r"\d+", number))


_GROUPS_OF_PHONE = (
    r"(?<![\w.,$£€-])(?:"
    r"(?:\+|00)?\d{0,3}[ .-]?\(\d{2,5}\)[ .-]?\d{2,4}(?:[ .-]\d{2,4}){1,3}"  # (555) 123 4567, +44 (0)20 7946 0958
    r"|(?:\+\d{1,3} ?|00 ?\d{2} )?\(0\) ?\d{2,4}(?:[ /-]\d{3,8}){1,3}"  # +44 (0)20 7946 0958
    r"|00 ?\d{2}(?: \d{2,5}){2,4}|\+\d{1,3}(?: \d{1,8}){2,6}"  # 00 44 20 7946 0958, +49 30 123456
    r"|0\d(?: \d\d){4}|0\d{1,4}(?: \d{3,7}){1,3}"  # 01 23 45 67 89, 020 7946 0958
    r"|1[38]00 \d{3} \d{3}"  # 1300 123 456
    r"|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}"  # 555 123 4567, 321 434-5049
    r")(?![\w-]|[.,]\d)"
)


#: After one of these words, two numbers with a hyphen are one name: "Invoice #2024-0012".
_FILED = (
    r"(?:\b(?i:(?:public |tax |case |docket |claim |file |account |policy |serial |part |customer |employer )?"
    r"(?:id|ein|law|number|no\.?|case|docket|invoice|order|ticket|claim|policy|permit|ref\.?|reference))"
    r"(?: is)?:? ?#?|(?<![\w#])#)"
)


def _filed(match: re.Match[str]) -> Replacement:
    """ "No. 22-451" -> "number twenty-two four fifty-one", but "no. 100-120" is a span."""
    first, last = match["first"], match["last"]
    if len(last) <= len(first) and not last.startswith("0") and not match["label"].startswith("Public Law"):
        return None
    names = [digit_by_digit(part) if part.startswith("0") or len(part) > 4 else _name(part) for part in (first, last)]
    label = match["label"].replace("#", "" if match["label"][:1].isalpha() else "number ")
    return [(f"{label.rstrip()} ", "label"), (names[0], "first"), (f" {names[1]}", "last")]


def _code(match: re.Match[str]) -> Replacement:
    """Read the letters and digits of "KJ6-7790" or "1HGCM82633A004352" one by one."""
    groups = (" ".join(re.findall(r"\d|[A-Z]", part)) for part in re.split("[- ]", match[0]))
    return ", ".join(
        " ".join(digit_by_digit(c) if c.isdigit() else LETTER_A.get(c, c) for c in g.split()) for g in groups
    )


#: A code mixes digits and letters: eleven or more characters with two changes, or groups such as "KJ6-7790".
#: An international bank account number: "DE89 3704 0044 0532 0130 00".
_ACCOUNT = (
    r"(?<![\w.-])[A-Z]{2}\d{2}(?: [A-Z\d]{4}){3,8}(?: [A-Z\d]{1,3})?\b(?![-.]\d)"
    r"|\b(?:DE|GB|FR|ES|IT|NL|CH|AT|BE|PL|IE|PT|DK|SE|NO|FI|LU|GR|CZ)\d{2}[A-Z]{0,4}\d{10,24}\b"
)
_CODE = (
    r"(?<![\w.#/&-])(?=[A-Z\d]{11,20}\b)(?=[A-Z]*\d+[A-Z]+\d)(?=(?:\d*[A-Z]){2})[A-Z\d]+\b(?![-/&'])"
    r"|(?<![\w.#/&-])[A-Z]{1,3}\d{1,3}-\d{3,6}\b(?![-/&'])"
)

IDENTIFIERS: Rule = when(
    r"\d",
    [
        rule(_ACCOUNT, _code),
        *NAMED_NUMBERS,
        *TECHNICAL,
        rule(r"\bN°\s?(?=\d)", lambda m: "number "),
        rule(
            r"(?<![\w.,$£€#-])\d{5}(?= [A-Z][a-z]+[a-rt-z](?:,|$))",
            lambda m: digit_by_digit(m[0]),
        ),
        rule(
            r"\b7[0-8]7(?= (?:MAX|Max|[Jj]ets?|planes?|Dreamliners?|aircraft|airliners?)\b)|(?<=\bBoeing's )7[0-8]7\b",
            lambda m: in_pairs(m[0]),
        ),
        rule(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b", _code),
        rule(r"(?<=\d)\s?[–—]\s?(?=\d)", lambda m: " to "),
        rule(r"\bWW(?P<number>[12])\b", lambda m: f"World War {cardinal(m['number'])}"),
        rule(
            r"\b(?P<letters>[A-Z]{1,4})(?P<digits>\d{1,3})s\b",
            lambda m: [
                (f"{spelled(m['letters']) if len(m['letters']) < 3 else m['letters']} ", "letters"),
                (plural(_name(m["digits"])), "digits"),
            ],
        ),
        rule(_CODE, _code),
        rule(
            r"(?<![\w.-])(?=[\d-]*[A-Z])(?=[A-Z-]*\d)[A-Z\d]{1,6}(?:-[A-Z\d]{1,6}){2,}(?<=\d-[A-Z])(?![\w'-])",
            _code,
        ),
        rule(r"\b(?:[45]0\d|30[1-8])(?= (?:errors?|redirects?|responses?|status)\b)", lambda m: in_pairs(m[0])),
        rule(
            rf"\b(?P<state>{any_of(POSTAL.values())}|D\.C\.|[A-Z]{{2}}) (?P<zip>\d{{5}})(?P<more>-\d{{4}})?"
            r"(?![\w-]|[.,]\d)",
            lambda m: (
                [
                    (f"{m['state']} ", "state"),
                    (digit_by_digit(m["zip"]), "zip"),
                    (f", {digit_by_digit(m['more'])}" if m["more"] else "", "more"),
                ]
                if m["state"] in _STATES
                else None
            ),
        ),
        rule(
            r"(?i:\b(?:zip(?: code)?|postcode|postal code):? )(?P<zip>\d{5})\b(?![.,]\d)",
            lambda m: [(m[0][:-5], 0), (digit_by_digit(m["zip"]), "zip")],
        ),
        rule(rf"(?P<label>{_FILED})(?P<first>\d{{1,6}})-(?P<last>\d{{3,9}})(?![\w-]|[.,]\d)", _filed),
        rule(
            r"\b(?P<line>i[3579])-(?P<number>\d{4,5})(?P<tail>[A-Z]{0,2})\b",
            lambda m: f"{m['line'][0]} {cardinal(m['line'][1])} {_name(m['number'])} {spelled(m['tail'])}".rstrip(),
        ),
        rule(
            r"(?<![\w.#/&-])(?P<letters>[A-Z]{1,4})-(?P<digits>\d{5,12})\b(?!-|[.,]\d)",
            lambda m: [(spelled(m["letters"]), "letters"), (f" {digit_by_digit(m['digits'])}", "digits")],
        ),
        rule(r"(?<=\bx86)-(?=64\b)", lambda m: " "),
        rule(
            r"\b(?P<model>7[0-8]7)-(?P<kind>[1-9]00)\b",
            lambda m: [(in_pairs(m["model"]), "model"), (f" {cardinal(m['kind'])}", "kind")],
        ),
        rule(
            rf"(?P<dial>{_DIAL})(?P<number>\+?\(?\d[\d ().-]{{1,20}}\d(?: (?:or|and) \d{{3,}})?)(?![\w-]|[.,:]\d)",
            _dialled,
            spaced=False,
        ),
        rule(_GROUPS_OF_PHONE, _telephone),
        rule(r"^\d{3} \d{4}(?=[.!?]?$)", _telephone),
        rule(r"(?<!\w)\+\d{9,15}\b", lambda m: f"plus {digit_by_digit(m[0])}"),
        rule(
            r"(?P<text>\b[Tt]ext \"?[A-Z\d]{1,12}\"? to )(?P<digits>\d{5,6})\b",
            lambda m: [(m["text"], "text"), (digit_by_digit(m["digits"]), "digits")],
        ),
        rule(
            r"(?P<label>\b(?i:room|rm|suite|ste|apartment|apt|unit) )(?P<first>\d{1,4})-(?P<last>\d{1,4})\b",
            lambda m: [(m["label"], "label"), (in_pairs(m["first"]), "first"), (" " + in_pairs(m["last"]), "last")],
        ),
        rule(
            r"(?P<before>\d,? (?:or|and)|(?:one|two|three|four|five|six|seven|eight|nine|zero),? (?:or|and)|^|[.;:]) "
            r"?(?P<number>\d{3} \d{4})(?![\w-]|[.,]\d)",
            lambda m: (
                [(m["before"] + (" " if m["before"] else ""), "before"), (_telephone(m), "number")]
                if m["before"]
                else None
            ),
        ),
        rule(r"(?<![\w.])(?:\+\d{1,3}|1)?[ .-]?\(\d{3}\) ?\d{3}[ .-]\d{4}\b", _telephone),
        rule(r"(?<![\w.+])(?:\+?\d{1,3}[ .-])?\d{3}([.-])\d{3}\1\d{4}\b", _telephone),
        rule(r"(?<!\w)\+\d{1,3}(?:[ -]\d{2,5}){2,5}\b", _telephone),
        rule(r"(?<![\w.,$£€-])\d{3}-\d{4}\b(?!-)", _telephone),
        rule(
            r"\b(?:1-)?(?P<area>8\d\d)-(?P<word>[A-Z]{2,}(?:-[A-Z]{2,}){0,2})\b(?<![-\d][A-Z]{2})",
            lambda m: [
                (f"{'one, ' if m[0].startswith('1-') else ''}{_groups([m['area']])}, ", "area"),
                (" ".join(part.capitalize() for part in m["word"].split("-")), "word"),
            ],
        ),
        rule(r"\b\d{5}-\d{4}\b|\b\d{3}-\d{2}-\d{4}\b|\b\d+(?:-\d+){3,}\b|\b\d{4}(?: \d{4}){3}\b", _telephone),
        rule(r"\b(?P<v>[Vv])?\.?(?P<parts>\d{1,3}(?:\.\d{1,3}){2,})\b", _version),
        rule(rf"(?<=\b[Nn]umber ){NUMBER}(?![\d.,]*\d)", lambda m: _name(m[0]) if len(m[0]) > 9 else None),
        rule(r"(?<=\b[Bb]ox )(?P<digits>\d{3,})(?![\d.,]*\d)", lambda m: digit_by_digit(m["digits"])),
        rule(r"(?<=\b[Nn]umber )(?P<digits>\d{3,})(?:-(?P<letter>[A-Z])\b)?(?![,.]?\d)", _labelled),
        rule(
            rf"\b(?P<label>{_LABELS}) (?:numbers? |No\.? |#)?(?P<digits>\d{{3,}})(?:-(?P<letter>[A-Z])\b)?(?![,.]?\d)",
            lambda m: (
                None if (words := _labelled(m)) is None else [(m[0][: m.start("digits") - m.start()], "label"), *words]
            ),
        ),
        rule(
            rf"(?<![\d,.$£€-])(?P<digits>\d{{3,5}})(?= (?:{_QUARTER} )?(?:[A-Z][a-z']+ ){{1,3}}{_STREETS}| "
            rf"{_QUARTER} [A-Z][a-z]+)",
            _house,
        ),
        rule(rf"(?<![\w.])\.(?P<digits>30-06|\d\d\d?)(?=[- ]{_GUNS}\b)", _caliber),
        rule(
            r"(?<=\b[Aa] )\.(?P<digits>22|25|32|38|45|357|44)(?=[ ,.;-])(?! (?:percent|point|of|inch|second|mile))",
            _caliber,
        ),
        rule(r"(?<=\b[Gg]rade K)[-–](?=\d)|(?<=\b[Gg]rades K)[-–](?=\d)", lambda m: " to "),
        rule(r"\bT-(?=\d+ (?:seconds?|minutes?|hours?|days?)\b)", lambda m: "T minus "),
        rule(r"\b(?P<letters>[A-Z]{1,4})-(?P<digits>\d{1,4})(?P<tail>[A-Z])?\b(?!-)", _hyphened),
        rule(r"(?<=\d)-(?=[A-Z]\b)(?![LVW] [a-z])", lambda m: " "),
        rule(r"\b(?P<letters>[A-Z]{1,3})(?P<digits>\d{3,})\b(?![,.]\d)", _serial),
        rule(
            r"(?<![\w#])(?P<sign>#)(?P<digits>[1-9]\d{2,3})\b(?![,.-]\d)",
            lambda m: [("number ", "sign"), (_name(m["digits"]), "digits")],
        ),
        rule(r"(?<![\w#])#(?=\d)", lambda m: "number "),
    ],
)

NUMBERS: Rule = when(
    r"\d",
    [
        rule(r"(?<=\d(?:st|nd|rd|th))\s?[-–—]\s?(?=\d+(?:st|nd|rd|th)\b)", lambda m: " to "),
        rule(r"(?<=[A-Za-z]\d)-(?=[A-Z]\d)|(?<=\d)(?=[a-z]\d)", lambda m: " "),
        rule(rf"(?<!\d)(?<!\d,)(?P<number>{NUMBER})(?:st|nd|rd|th)\b", lambda m: ordinal(m["number"])),
        rule(r"(?<=\b[Tt]he )(?P<number>\d*[23])d\b", lambda m: ordinal(m["number"])),
        rule(
            r"\b(?P<number>\d*[23])d\b"
            r"(?= (?:ed(?:ition)?|Cavalry|Regiment|Infantry|Division|Battalion|Brigade|Circuit|Cir|Sess|series)\b)",
            lambda m: ordinal(m["number"]),
        ),
        rule(rf"(?<![\d.])(?P<whole>{NUMBER})?\.(?P<fraction>\d+)(?!\.?\d)", lambda m: number_to_words(m[0])),
        rule(r"(?<=\d)\.(?=\d)", lambda m: " point "),
        rule(r"(?<![\w,])(?P<number>\d{3})'?s\b", lambda m: in_pairs(m["number"]) + "s"),
        rule(NUMBER, lambda m: cardinal(m[0])),
        rule(r"\d", lambda m: cardinal(m[0])),
    ],
)
