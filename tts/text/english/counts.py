"""Multiples, ratings, dimensions and other numbers with a sign or letter of their own: "3x", "8/10", "50' x 30'"."""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.english.money_and_units import CODES
from tts.text.english.numbers import cardinal, digit_by_digit, in_pairs, plural
from tts.text.offsets import Pieces, Replacement
from tts.text.rules import DECIMAL, NO_DIGIT_BEFORE, Rule, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

_MANY = {"10": "tens", "100": "hundreds", "1000": "thousands", "10000": "tens of thousands"}
_MANY |= {"100000": "hundreds of thousands", "1000000": "millions"}
_ROUND = r"(?P<number>10{2,6}|1,000|10,000|100,000|1,000,000)'?s"
#: Words before and after a rating: "rated 8/10", "8/10 people".
_RATES = (
    r"(?i:\b(?:rat(?:e|es|ed|ing)|scores?|scored|scoring|give|gives|gave|solid|easy|get|gets|got)"
    r"(?: (?:it|this|them|is|was|of|an?|at))*:? )"
)
_RATED = (
    r" (?:would|will|might|say|said|agree|recommend|prefer|rated|stars|dentists|doctors|respondents|times"
    rf"|{any_of(word_list('count nouns'))})\b"
)
_WARM = (
    r"(?i:\b(?:temperatures?|fever|oven|preheat(?:ed)?|bake|heat(?:ed)?|cook|high|low|feels like|highs|lows|above|below"
    r"|around|reached|hit)\b[^.\d]{0,14})"
)
_SECRET = (
    r"(?:CVV2?|CVC2?|PIN|OTP|PNR|[Pp]asscode|(?:[Ss]ecurity|[Vv]erification|[Cc]onfirmation|[Aa]ccess|[Dd]oor) code)"
    r"(?: (?:is|number|was))?:? "
)


_RECORD = re.compile(r" (?:record|lap|time|win|lead|margin|gap|penalty|finish|run|advantage)\b")
_ARTICLE = re.compile(r"(?i:\b(?:an?|the|its|my|our|your|his|her)\s)$")
_NOUN = re.compile(r"\s(?!and\b|or\b|by\b|in\b|for\b|of\b|at\b|is\b|was\b)[a-z]")


def _times(match: re.Match[str]) -> Replacement:
    """ "3x" is "three times"; "a 10x zoom" and "2x + 1" keep the letter."""
    before, after = match.string[: match.start()][-24:], match.string[match.end() :][:12]
    if re.search(r"[-+*/=^(,]\s?$|\b(?:equals|plus|minus|times|over|if|let|where)\s$", before):
        return None
    if re.match(r"\s?[-+*/=^²³<>≤≥)]|\s(?:equals|plus|minus|is|squared|cubed|and \d*[a-z]\b)", after):
        return None
    if _ARTICLE.search(before) and re.match(r"\s[a-z]", after):
        return None
    return [(match["number"], "number"), (" times", "x")]


def _feet(match: re.Match[str]) -> Replacement:
    """ "50' x 30'" is "fifty feet by thirty feet", and "a 50' x 30' lot" has feet in the singular."""
    before = match.string[: match.start()][-8:]
    attribute = _ARTICLE.search(before) and _NOUN.match(match.string, match.end())
    unit = "foot" if attribute else "feet"
    sides = re.sub(r"(\d+)'", rf"\1 {unit}", re.sub(r"\s?[x×]\s?", " by ", match["more"]))
    return [(f"{match['first']} {unit}", "first"), (sides, "more")]


def _degrees(match: re.Match[str]) -> Pieces:
    name = "Fahrenheit" if match["scale"] == "F" else "Celsius"
    return [(match["number"], "number"), (f" degrees {name}", "scale")]


def _out_of(match: re.Match[str]) -> Pieces:
    return [(cardinal(match["top"]), "top"), (" out of ", 0), (cardinal(match["bottom"]), "bottom")]


def _span(match: re.Match[str]) -> Replacement:
    return [(f"{match['first']} to ", "first")] if int(match["first"][1:]) < int(match["last"]) else None


def _grade(match: re.Match[str]) -> Replacement:
    grade = match["grade"]
    return [(LETTER_A.get(grade, grade), "grade"), (" minus", "sign")]


_SIZED = re.compile(
    r"s?\s?-?(?:inch(?:es)?|in\.?|cm|mm|m|ft\.?|feet|foot|px|pixels?|[\"'])(?!\w)"
    r"|(?:s| [a-z]+)? (?:photos?|prints?|pictures?|cards?|rooms?|grids?|tables?|matrix|matrices|boards?|lumber|posters?"
    r"|frames?|rugs?|arrays?|tiles?|images?|canvas(?:es)?|beams?|pans?|sheets?|panels?|screens?|bricks?|plots?|tents?"
    r"|trucks?|blocks?|kernels?|filters?|puzzles?|cubes?|pixels?|windows?|squares?|boxes|box)\b|s\b"
)


def _dimensions(match: re.Match[str]) -> Replacement:
    """ "a 5×7 print" -> "a five by seven print", but "5×7 is 35"."""
    text, end = match.string, match.end()
    article = _ARTICLE.search(text[: match.start()][-24:]) and re.match(r" [a-z]", text[end:])
    return re.sub(r"\s?×\s?", " by ", match[0]) if article or _SIZED.match(text, end) else None


COUNTS: Rule = when(
    r"\d|\$[A-Z]|[A-DF][-−](?!\w)",
    [
        rule(
            rf"\$(?!(?:{any_of(code for code in CODES if code.isalpha())})\b)(?=[A-Z][A-Z_]+\b)",
            lambda m: "dollar ",
        ),
        rule(
            r"(?<![\w.+'’-])(?P<grade>[A-DF])(?P<sign>[-−])"
            r"(?=\s*(?:$|[.,;:!?)\"/])|\s+(?:on|in|for|at|average|student|grade|work|paper|to|or"
            r"|and)\b(?! [A-Z]-[a-z]))",
            _grade,
        ),
        rule(
            r"(?<![\w.,])(?P<whole>\d{1,3}(?:\.\d{3})+),(?P<cents>\d{1,2})(?![\d.,]*\d)",
            lambda m: f"{m['whole'].replace('.', ',')}.{m['cents']}",
            spaced=False,
        ),
        rule(r"(?<![\w'.,])(?P<number>\d{1,3}(?:'\d{3})+)(?![\w'])(?P<dash>\.[-–—]+(?!\w))?",
             lambda m: m["number"].replace("'", ","), spaced=False),  # of Switzerland
        rule(r"\$(?P<number>[1-9]0)s\b", lambda m: plural(cardinal(m["number"]))),
        rule(r"\$(?P<number>10{2,6}|1,000)s\b(?: dollars\b)?",
             lambda m: f"{_MANY[m['number'].replace(',', '')]} of dollars"),
        rule(r"(?<=\d)/(?=[$£€]\d)", lambda m: " for "),
        rule(r"\b50-50\b(?!-)", lambda m: "fifty fifty"),
        rule(r"\b24-7\b(?!-)", lambda m: "twenty-four seven"),
        rule(r"(?<![\w'])5'\s?[-–]\s?3'|(?<![\w'])3'\s?[-–]\s?5'",
             lambda m: "five prime to three prime" if m[0][0] == "5" else "three prime to five prime"),
        rule(r"(?<![\w'])(?P<feet>\d{1,2})'\s?[-–]\s?(?=\d{1,2}(?:\.\d)?\")", lambda m: f"{m['feet']} feet "),
        rule(r"(?P<a>\b(?:an?|solid|perfect|total|easy|definite|strong) )(?P<top>\d{1,2})/(?P<bottom>10)(?=[.,!?)]|\s*$"
             r"| (?:would|for me|from me|movie|film|experience|meal|day)\b)",
             lambda m: [(m["a"], "a"), *_out_of(m)] if m["top"] != "1" else None),
        rule(rf"(?<![\w.,$£€])1(?:0|,0)+'?s(?= of (?:\d|[a-z]+s\b|people|men|women|children))"
             rf"|(?<![\w.,$£€]){_ROUND}(?= of\b)",
             lambda m: _MANY.get(re.sub(r"\D", "", m[0]))),
        rule(rf"(?<=s of )(?<![\w.,$£€]){_ROUND}\b(?! of)", lambda m: _MANY.get(m["number"].replace(",", ""))),
        rule(r"(?<![\w.$£€:])(?P<number>\d{1,4}\.\d+)\s?(?P<unit>s)\b(?![.'’]\w)",
             lambda m: [
                 (m["number"], "number"),
                 (" second" if _RECORD.match(m.string, m.end()) else " seconds", "unit"),
             ]),
        rule(rf"(?<![\w$£€/-]){NO_DIGIT_BEFORE}(?P<number>{DECIMAL})(?P<x>[x×])(?![-\w]|\s?\d)", _times),
        rule(r"(?<![\w.,$£€=])(?<!= )\d{1,4}(?:\.\d{1,2})?(?:\s?×\s?\d{1,4}(?:\.\d{1,2})?){1,3}"
             r"(?![\d.,]*\d)(?!\s?[=+*/])",
             _dimensions, spaced=False),
        rule(r"(?<=\d) [xX×] (?=[$£€]\d)", lambda m: " times "),
        rule(r"(?<![\w'])(?P<first>\d{1,4})'(?P<more>(?:\s?[x×]\s?\d{1,4}')+)(?![\w'\"])", _feet),
        rule(r"(?<![\w.$£€-])(?P<number>\d{2,3}\.\d)\s?(?P<scale>[FC])\b(?![-'.]\w)", _degrees),
        rule(r"(?<![\w.$£€/-])(?P<number>[1-5]\d\d)(?P<scale>F)\b(?![-'.]\w)", _degrees),
        rule(r"(?<![\w.])(?P<number>\d{2,3})(?P<scale>[CF])(?=/\d{2,3}[CF]\b| fan\b)", _degrees),
        rule(r"(?<=[CF]/)(?P<number>\d{2,3})(?P<scale>[CF])\b", _degrees),
        rule(r"(?<![\w.)])-(?P<number>\d{1,2})(?P<scale>[CF])\b(?![-'.]\w)", lambda m: [("minus ", 0), *_degrees(m)]),
        rule(
            r"[*•]{2,}[ -]?(?P<digits>\d{3,4})\b|\b[xX]{2,}[- ]?(?P<masked>\d{4})\b",
            lambda m: digit_by_digit(m["digits"] or m["masked"]),
        ),
        rule(rf"(?P<warm>{_WARM})(?P<number>\d{{2,3}})(?P<scale>[FC])\b(?![-'.]\w)",
             lambda m: [(m["warm"], "warm"), *_degrees(m)]),
        rule(r"(?<![\w/.$£€-])(?P<top>\d\.\d{1,2})/(?P<bottom>10|5)(?![\d/.]*\d)(?! of)",
             lambda m: [(m["top"], "top"), (" out of ", 0), (cardinal(m["bottom"]), "bottom")]),
        rule(r"(?<=\d)\s?★(?P<noun>(?= [a-z]))?", lambda m: " star" if m["noun"] is not None else " stars"),
        rule(rf"(?P<rates>{_RATES})(?P<top>\d{{1,2}})/(?P<bottom>10|5|100)(?![\d/.]*\d)(?! (?:of|inch))",
             lambda m: [(m["rates"], "rates"), *_out_of(m)]),
        rule(rf"(?<![\w/.$£€-])(?P<top>\d{{1,2}})/(?P<bottom>10|5|100|4|3)(?={_RATED})", _out_of),
        rule(
            r"(?P<card>(?i:\b(?:card|account|acct\.?|visa|mastercard|amex|number|cc)\b[^.\d\n]{0,20}ending (?:in "
            r"|with )?))(?P<digits>\d{3,4})\b|(?<=\bending in )\d{4}\b",
            lambda m: (
                [(m["card"], "card"), (digit_by_digit(m["digits"]), "digits")] if m["card"] else digit_by_digit(m[0])
            ),
        ),
        rule(
            r"\b501 ?\(c\)(?: ?\((?P<part>\d)\))?",
            lambda m: "five oh one c" + (f" {cardinal(m['part'])}" if m["part"] else ""),
        ),
        rule(
            r"(?P<label>(?i:\b(?:https?|error|status|code)(?: code)?):? )(?P<code>[1-5]0\d)\b(?![.,]\d)"
            r"|\b404(?= (?:page|not found)\b)",
            lambda m: [(m["label"], "label"), (in_pairs(m["code"]), "code")] if m["label"] else "four oh four",
        ),
        rule(
            r"(?<![\w$£€.])(?P<number>\d{1,2})c(?= (?:each|apiece|per|a|an|stamps?|coins?|pieces?)\b)",
            lambda m: f"{m['number']} cents",
        ),
        rule(
            r"(?<![\w.])(?P<first>\d{1,2})[x×](?P<last>\d{1,2})s\b",
            lambda m: f"{cardinal(m['first'])} by {plural(cardinal(m['last']))}",
        ),
        rule(r"(?<=\bdegrees )(?P<scale>[FC])\b(?!['.]\w)", lambda m: {"F": "Fahrenheit", "C": "Celsius"}[m["scale"]]),
        rule(r"\b20-20(?= (?:hindsight|vision)\b)", lambda m: "twenty twenty"),
        rule(
            r"\b(?P<plan>40[13]|457)\s?\(?(?P<letter>[kb])\)?(?P<many>s)?(?![\w)])",
            lambda m: f"four {'oh one' if m['plan'] == '401' else 'oh three' if m['plan'] == '403' else 'fifty-seven'} "
            f"{m['letter']}{'s' if m['many'] else ''}",
        ),
        rule(
            r"(?P<what>(?i:\b(?:step|part|page|slide|question|day|week|lesson|episode|level|round|task|image|photo"
            r"|tweet|item"
            r"|lap|attempt|game|set|box|volume|issue|file|chapter|pass)) )(?P<top>\d{1,3})/(?=\d{1,3}\b(?![/.]\d))",
            lambda m: [(f"{m['what']}{m['top']} of ", 0)],
        ),
        rule(r"(?<![\w.,])\d{1,2}(?:,\d\d)+,\d{3}\b(?!,\d)", lambda m: m[0].replace(",", "")),  # of India
        rule(rf"(?P<label>\b{_SECRET})(?P<digits>\d{{3,8}})\b(?![.,]\d)",
             lambda m: [(m["label"], "label"), (digit_by_digit(m["digits"]), "digits")]),
        rule(r"(?P<before>(?:[\d)²³]|factorial) ?(?:equals|=) )(?P<number>1\d{3}|20\d\d)\b(?![,.:/-]?\d)",
             lambda m: [(m["before"], "before"), (cardinal(m["number"]), "number")], spaced=False),
        rule(r"\b(?P<first>(?P<letter>[QGPRSWY])\d{1,2})\s?[-–—]\s?(?=(?P=letter)(?P<last>\d{1,2})\b)", _span),
    ],
)  # fmt: skip
