"""English abbreviations, and the full stops that belong to a word instead of ending a sentence."""

from __future__ import annotations

import re

from tts.text.english import citations, labels, names, states
from tts.text.english.dictionary import is_word, word_list
from tts.text.english.names import SIDES
from tts.text.english.states import STATES
from tts.text.english.technical import KEYS
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule, when
from tts.text.unicode_cleanup import restore_letters

#: Titles before a name. The full stop after them never ends a sentence.
TITLES = {
    "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Dr": "doctor", "Drs": "doctors", "Prof": "professor",
    "Rev": "reverend", "Revd": "reverend", "Hon": "honorable", "Gen": "general", "Col": "colonel", "Maj": "major",
    "Capt": "captain", "Cmdr": "commander", "Lt": "lieutenant", "Sgt": "sergeant", "Cpl": "corporal", "Pvt": "private",
    "Adm": "admiral", "Gov": "governor", "Sen": "senator", "Rep": "representative", "Pres": "president",
    "Supt": "superintendent", "Insp": "inspector", "Det": "detective", "Atty": "attorney", "St": "saint", "Mt": "mount",
    "Ft": "fort", "Messrs": "messieurs", "Sens": "senators", "Dist": "district", "Amb": "ambassador",
    "Cdr": "commander", "Brig": "brigadier", "Msgr": "monsignor", "Ald": "alderman", "Pfc": "private first class",
    "Reps": "representatives", "Govs": "governors", "Profs": "professors", "Mme": "madame", "Mlle": "mademoiselle",
}  # fmt: skip

#: Abbreviations after a name or inside a sentence. If a capital follows their full stop, it begins a sentence.
WORDS = {
    "Jr": "junior", "Sr": "senior", "Esq": "esquire", "Co": "company", "Ltd": "limited", "Inc": "incorporated",
    "Corp": "corporation", "Bros": "brothers", "Ave": "avenue", "Blvd": "boulevard", "Rd": "road", "Hwy": "highway",
    "Pkwy": "parkway", "Apt": "apartment", "Dept": "department", "Univ": "university", "Assn": "association",
    "etc": "et cetera", "vs": "versus", "viz": "namely", "approx": "approximately", "dept": "department",
    "est": "estimated", "min": "minutes", "vol": "volume", "Vol": "volume", "vols": "volumes", "ed": "edition",
    "govt": "government", "misc": "miscellaneous",
}  # fmt: skip

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = {name[:3]: name for name in MONTH_NAMES if name != "May"} | {"Sept": "September"}
DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip

#: Abbreviations only before a number.
BEFORE_NUMBER = {
    "No": "number", "Nos": "numbers", "no": "number", "nos": "numbers", "p": "page", "pp": "pages", "Fig": "figure",
    "fig": "figure", "figs": "figures", "Figs": "figures", "mm": "measures", "Gr": "grade", "Rt": "route",
    "Rts": "routes", "Ch": "chapter", "ch": "chapter", "Sec": "section", "sec": "section", "Art": "article",
    "art": "article", "par": "paragraph", "ca": "circa", "chap": "chapter", "Chap": "chapter", "chs": "chapters",
    "Vols": "volumes", "Nr": "number", "Bk": "book", "bk": "book", "para": "paragraph", "pl": "plate", "Pl": "plate",
    "app": "appendix", "App": "appendix", "Rte": "route", "Sc": "scene", "sc": "scene", "vol": "volume",
    "Vol": "volume", "Pt": "part", "pt": "part", "ext": "extension", "Ext": "extension", "Op": "opus", "Hob": "Hoboken",
    "Ps": "Psalm",
}  # fmt: skip

#: Codes of states in addresses.
POSTAL = {
    "AL": "Alabama", "AZ": "Arizona", "CA": "California", "CO": "Colorado", "FL": "Florida", "GA": "Georgia",
    "IL": "Illinois", "MA": "Massachusetts", "MD": "Maryland", "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri",
    "NC": "North Carolina", "NJ": "New Jersey", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "PA": "Pennsylvania",
    "TN": "Tennessee", "TX": "Texas", "VA": "Virginia", "WA": "Washington", "WI": "Wisconsin", "DC": "D.C.",
    "AK": "Alaska", "AR": "Arkansas", "CT": "Connecticut", "DE": "Delaware", "IA": "Iowa", "ID": "Idaho",
    "IN": "Indiana", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MS": "Mississippi",
    "MT": "Montana", "ND": "North Dakota", "NE": "Nebraska", "NH": "New Hampshire", "NM": "New Mexico",
    "OK": "Oklahoma", "OR": "Oregon", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "UT": "Utah",
    "VT": "Vermont", "WV": "West Virginia", "WY": "Wyoming", "HI": "Hawaii",
}  # fmt: skip
#: These are words too, so the name of a town must stand before them, and "OK" and "HI" need a zip code or an address.
_STATE_OR_WORD = frozenset(["IN", "ME", "OH", "OK", "OR", "HI"])
_TOWN = re.compile(r"(?:^|[^.!?] |\n)(?:[A-Z][a-z.]+ )*[A-Z][a-z]{2,}, $|^[A-Z][a-z]+(?: [A-Z][a-z]+)*, $")

#: Words such as "U.S." and "a.m.", whose full stops belong to the word.
DOTTED = re.compile(r"\b(?:[A-Za-z]\.|Ph\.(?=D)){2,}")
#: The same words with spaces: "i. e.", "a. k. a.", "op. cit.".
_SPACED = re.compile(
    r"\b(?:(?:i\. ?e|e\. ?g|a\. ?k\. ?a|n\. ?b|N\. ?B|P\. ?S|c\. ?f|q\. ?v"
    r"|w\. ?r\. ?t|[ap]\. ?m|U\. ?[SK]|D\. ?C|Ph\. ?D|B\. ?C|A\. ?D)\."
    r"|Fed\. R\. (?:(?:Civ|Crim|App)\. P|Evid)\.|Pub\. L\.|Id\.(?= at\b)"
    r"|(?:op|loc)\. ?cit\.|et (?:al|seq)\.|(?:[a-z]\. ){2,}(?=[a-z(]))"
)
#: An initial before the rest of a name, or of a name in the middle of a sentence.
_INITIAL = re.compile(r"(?<![\w.'-])(?P<letter>[A-Z])\.(?=\s+(?P<next>[\w'\"(]+\.?))")
#: The letter after one of these words is not an initial: "plan B.", "vitamin C.", "CHAPTER V."
_LABELLED = re.compile(rf"(?i:\b(?:{any_of(word_list('labels of letters'))})\s+)$|[a-z]{{3,}} (?:an?|the) $")
#: Words that begin sentences and are not surnames.
_BEGINNERS = word_list("sentence beginners")


def abbreviation_periods(text: str) -> set[int]:
    """Positions of the full stops in ``text`` that belong to a word, such as those of "Mr." and "U.S."

    The last full stop of the text always ends a sentence. A full stop also ends a sentence if the next word usually
    begins sentences: "He lives in the U.S. She left."
    """
    first, last = text.find("."), len(text.rstrip(_CLOSERS)) - 1
    if "!" not in text and (first < 0 or first >= last):  # as in most sentences
        return set()
    written, text = text, restore_letters(text)
    if first < 0 or first >= last:
        return {m.end() - 1 for m in FACTORIAL.finditer(text)} - {last}
    dotted = list(DOTTED.finditer(text))
    inner = {i for m in dotted for i in range(m.start(), m.end()) if text[i] == "."}
    inner |= {i for m in _SPACED.finditer(text) for i in range(m.start(), m.end()) if text[i] == "."}
    inner |= {m.end() - 1 for m in _ABBREVIATION_STOP.finditer(text)}
    inner |= names.name_periods(text)
    inner |= {m.end() - 1 for m in _MEASURE_OF_NAME.finditer(text)}
    inner |= {m.end() - 1 for m in FACTORIAL.finditer(text)}
    inner |= {m.end() - 1 for m in _UNKNOWN_STOP.finditer(text) if _is_abbreviation(m[0][:-1])}
    outer = {m.end() - 1 for m in dotted if _begins_sentence(text, m.end(), m[0], written)}
    inner |= {m.start() + 1 for m in _INITIAL.finditer(text) if _is_initial(text, m)}
    outer |= {m.end() - 1 for m in _STREET_END.finditer(text)} | {last}
    return inner - outer


#: A short word before a full stop that a small letter follows. If no dictionary lists it, it is an abbreviation.
_UNKNOWN_STOP = re.compile(r"(?<![\w.'])(?:[A-Za-z]{2,6}\.(?=\s+[a-z(@&])|[a-z]{2,5}\.(?=\s+[\d$£€]))")
_CHAT_WORDS = frozenset(
    ["lol", "omg", "lmao", "idk", "tbh", "btw", "haha", "hehe", "smh", "imo", "wtf", "ikr", "ty", "np", "thx", "rofl"]
)


def _is_abbreviation(word: str) -> bool:
    return not is_word(word) and word.lower() not in _CHAT_WORDS and not word.isupper() and len(set(word)) > 1


def _is_initial(text: str, match: re.Match[str]) -> bool:
    """Whether the letter is an initial, as in "J. Smith" or "Josef K. wakes", but not in "plan B. Let us go"."""
    following = match["next"]
    if following[0].islower() or following[0].isdigit():
        return True
    if len(following) == 2 and following.endswith("."):  # another initial
        return True
    if re.search(r"\b[A-Z]\. $", text[max(0, match.start() - 4) : match.start()]):  # after another initial
        return True
    if following[0] in "'\"(" or _LABELLED.search(text[max(0, match.start() - 24) : match.start()]):
        return False
    before = text[max(0, match.start() - 24) : match.start()]
    if match["letter"] == "I" and not _NAME_BEFORE.search(before):  # the pronoun
        return False
    return following not in _BEGINNERS


def _begins_sentence(text: str, at: int, word: str, written: str) -> bool:
    """Whether a new sentence begins at ``at``, after a word such as "U.S." or "p.m.". ``written`` marks letters A."""
    following = _NEXT.match(text, at)
    if following is None:
        return False
    if word.lower() in ("a.m.", "p.m."):
        return not (_OF_TIME.match(following[1]) or _SPELLED_ZONE.match(text, following.start(1)))
    article = following[1] == "A" and written[following.start(1)] == "A"
    return following[1] in _BEGINNERS or (article and word[0].isupper())


#: "5! = 120", "n! / k": the mark does not end a sentence.
FACTORIAL = re.compile(
    r"(?<![\w.])(?P<operand>\d{1,4}|[nkmr]|(?<=\w)\))!(?=\s?[=+*/×÷)]|\s-\s|(?<=[nkmr]!)\s[a-z]{2}"
    r"|(?<=\d!)\s(?:is|equals|ways|permutations|arrangements|has)\b)"
)
_NAME_BEFORE = re.compile(r"\b[A-Z][\w.&]*[, ]+$")
_NEXT = re.compile(r"[\"'”’)]*\s+[\"'“(]?([A-Z][\w']*)")
#: A street, or the answer "no", before a new sentence: "on Elm St. They met", "No. I will not".
_STREET_END = re.compile(
    rf"(?:\b[A-Z][a-z]+|\d(?:st|nd|rd|th)) (?:St\.(?=\s+(?:{any_of(_BEGINNERS)})\b)"
    r"|Dr\.(?=\s+(?:He|She|It|They|We|I|The)\b))|\bNo\.(?=\s+I(?:'\w+)?\s+[a-z])"
)
_OF_TIME = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Eastern|Pacific|Central"
    r"|Mountain|Greenwich|[ECMP][SD]?T\b|GMT|UTC|CET|BST)"
)
#: The zones that `tts.text.english.capitals` has spelled: "E.S.T.".
_SPELLED_ZONE = re.compile(r"[ECMP]\.(?:[SD]\.)?T\b")
_CLOSERS = " \t\r\n\"')]”’»"
#: Abbreviations in the middle of a sentence.
_IN_SENTENCE = {
    "pop": "population", "Proc": "proceedings", "Soc": "society", "Trans": "transactions",
    "resp": "respectively", "esp": "especially", "incl": "including", "excl": "excluding", "ibid": "ibid", "lib": "lib",
    "orig": "originally", "cont": "continued", "contd": "continued", "abbr": "abbreviation", "lit": "literally",
    "usu": "usually", "temp": "temperature", "ref": "reference", "approx": "approximately",
}  # fmt: skip
_SHORT = ("v", "al", "c", "b", "d", "fl", "r", "n", "dep", "arr", "Fl", "col", "Precip", "precip")
#: Units after a number. A small letter or a number after their full stop continues the sentence: "1 lb. ground beef".
_UNIT_STOPS = (
    *(
        "tbsp",
        "tbsps",
        "Tbsp",
        "Tbsps",
        "tbs",
        "Tbs",
        "Tsp",
        "lg",
        "med",
        "sm",
        "pkt",
        "tsp",
        "tsps",
        "lb",
        "lbs",
        "oz",
        "qt",
        "qts",
        "pt",
        "pts",
        "gal",
        "gals",
        "hr",
        "hrs",
        "min",
    ),
    *("mins", "sec", "secs", "yr", "yrs", "wk", "wks", "mo", "mos", "ft", "in", "yd", "yds", "mi", "sq", "cu", "pkg"),
    *("pkgs", "doz", "kg", "cm", "mm", "km", "ml"),
)
#: Parts of speech and other labels of dictionaries.
_PARTS_OF_SPEECH = {
    "adj": "adjective", "adv": "adverb", "prep": "preposition", "conj": "conjunction", "pron": "pronoun",
    "interj": "interjection", "pl": "plural", "sing": "singular", "syn": "synonym", "ant": "antonym",
    "Brit": "British", "obs": "obsolete", "arch": "archaic", "colloq": "colloquial", "sl": "slang",
}  # fmt: skip

_OTHERS = {*_SHORT, *DAYS, *_PARTS_OF_SPEECH}
#: No abbreviation in the middle of a sentence has more letters.
_MOST_LETTERS = 12
_SQUARED = "ft|in|yd|mi|m|km|cm|mm"
_SIDE = r"(?:[NS][EW]?|[EW])\b(?![.'\w])"
_ABBREVIATION_STOP = re.compile(
    rf"(?=[A-Za-z]{{1,{_MOST_LETTERS}}}\.)(?:"  # it fails at most places, so the alternatives are tried at few
    rf"\b(?:{any_of({*TITLES, 'vs', 'cf', 'viz'})})\.(?=\s)"
    r"|\b(?:[Tt]el|[Ff]ax|[Pp]h|[Mm]ob|FIG|VOL|CHAP|CH|NO|SEC|ART|PT)\.(?=\s+[+(\d]|\s+[IVXLC]+\b)"
    r"|(?<=[\w.] )v\.(?=\s+[A-Z])"
    rf"|\b(?:{any_of({*WORDS, *MONTHS, *BEFORE_NUMBER, *STATES, *_IN_SENTENCE, *_OTHERS})})\.(?=\s+(?:[a-z0-9&$£€]|'\d"
    rf"|[IVX]+\b|[A-Z]{{1,2}}\d)|,)"
    rf"|(?<=\d[ -])(?:{any_of(_UNIT_STOPS)})\.(?=\s+(?:[a-z0-9(=+&/]|[NSEW]{{1,2}} of\b|Hg\b))"
    rf"|(?<=\d-)(?:{any_of(_UNIT_STOPS)})\.(?=\s)|(?<=\d)l\.(?=\s+[\da-z])|(?<=-ft)\.(?=\s+[a-z])|\besp\.(?=\s)"
    rf"|\bFr\.(?=\s[A-Z])|\bMass\.(?=\sAve)|\b(?:inc|Int|[Aa]vail)\.(?=\s[A-Za-z])|\b(?:rev|inst)\.(?=\s[a-z])"
    rf"|\bvv?\.(?=\s\d)|\bNo\.(?=\sof\s)|\b(?:Min|Max)\.(?=\s+[a-z])"
    rf"|(?<=[RDI]-)(?:{any_of(STATES)})\.(?=\s+[A-Za-z])|(?<=[a-z] )d\.(?=\s+[A-Z][a-z]+\s\d)"
    rf"|\b(?:sq|cu)\.(?=\s+(?:{_SQUARED})\b)"
    rf"|(?<=\b(?:sq|cu)\. )(?:{_SQUARED})\.(?=\s+[a-z0-9(])"
    r"|\b(?:[Ee]q|[Ee]qs|[Ee]qn|[Ee]qns)\.(?=\s+[\d(])|\b(?:[Oo]p|[Mm]ax|[Mm]in|[Ee]xp)\.(?=\s+[$£€]?\d)"
    r"|\b[Ee]a\.(?=\s+[$£€\d(])|(?<=\d )ea\.(?=\s+[a-z])|\b[Aa]cct\.(?=\s+(?:[a-z0-9#]|No\b))"
    r"|(?<=\d )[cCtT]\.(?=\s+[+&])"
    r"|(?<=\d )t\.(?=\s+[a-z])|\bConf\.(?=\s+#)|\bRs\.(?=\s+\d)|(?<=\d)[sd]\.(?=\s+(?:[a-z]|\d{1,2}d\b))"
    r"|\b(?:Bldg|Apt|Ste|Rm|Figs?|Sched|Dep|Arr|Avail|avail|Conf)\.(?=\s+(?:[A-Z]\b|\d))"
    rf"|{citations.STOPS}|{states.STOPS}|{labels.STOPS}"
    r"|\b(?:Ave|Blvd|Rd|St)\.(?=\s+&\s)"
    rf"|\b(?:Ave|Blvd|Rd|Ln|Hwy|Pkwy|Ct|Pl|Sq|Ter)\.(?=\s+{_SIDE})"
    r"|\b(?:Jr|Sr)\.(?=\s+(?:Dr(?!\.?\s+[A-Z])|Ave|Blvd|St|Rd|Pkwy|Hwy|Way|Drive|Avenue|Boulevard|Street|Road|Day"
    r"|Park)\b))"
)

#: "a 12 oz. Coke": a number after "a" counts the units of a noun.
_MEASURE_OF_NAME = re.compile(
    rf"\b[Aa]n? \d[\d.,/]*[ -](?:{any_of(_UNIT_STOPS)})\.(?=\s+(?!(?:{any_of(_BEGINNERS)})\b)[A-Z][a-z])"
)
_LONG = WORDS | MONTHS
_BEFORE_FORMULA = {"Eq": "equation", "Eqs": "equations", "Eqn": "equation", "Eqns": "equations", "Op": "opus"}
_LIVED = {"b": "born", "d": "died", "r": "reigned", "fl": "flourished"}
_SHOUTED = {
    "FIG": "FIGURE", "VOL": "VOLUME", "CHAP": "CHAPTER", "CH": "CHAPTER", "NO": "NUMBER", "SEC": "SECTION",
    "ART": "ARTICLE", "PT": "PART",
}  # fmt: skip
_CALL = {"tel": "telephone", "ph": "phone"}
_END = r"(?P<end>(?=\s*[\"')]*\s*$)|(?=\s+[\"'(]?[A-Z]))?"


def _stop(word: str, end: str | None) -> str:
    """Append a full stop to ``word`` if the abbreviation's full stop also ends the sentence."""
    return word + ("." if end is not None else "")


#: Titles that have a rule of their own without a full stop.
_OTHERWISE = {"Mr", "Mrs", "Ms", "Dr"}
_AFTER_NAME = "Jr|Sr|Esq|Inc|Ltd|Corp|Bros|Co"
_STREETS = {
    "Ave": "avenue", "Blvd": "boulevard", "Rd": "road", "Ln": "lane", "Hwy": "highway", "Pkwy": "parkway",
    "St": "street", "Dr": "drive", "Ct": "court", "Pl": "place", "Sq": "square", "Ter": "terrace", "Expy": "expressway",
}  # fmt: skip
_STREET_BEFORE = re.compile(r"(?:\d(?:st|nd|rd|th)|\b[A-Z][a-z]+) $")
_IS_CASE = re.compile(r"[A-Z][\w.]*\.? $")


def _is_case(match: re.Match[str]) -> bool:
    """Whether "v" stands between two names: "Roe v Wade"."""
    following = match.string[match.end() : match.end() + 2].strip()
    return following.isupper() and _IS_CASE.search(match.string[: match.start()][-24:]) is not None


_NUMBERED = {
    "Sched": "schedule", "Fig": "figure", "fig": "figure", "Figs": "figures", "Vol": "volume", "vol": "volume",
    "Ch": "chapter", "ch": "chapter", "pp": "pages", "p": "page", "Sec": "section", "Art": "article", "Pt": "part",
    "Apt": "apartment",
    "Ste": "suite", "Rm": "room", "Nr": "number", "approx": "approximately", "Approx": "approximately",
    "ext": "extension", "Ext": "extension", "est": "established", "Est": "established", "Bldg": "building",
    "Eq": "equation", "eq": "equation", "Tel": "telephone", "Qty": "quantity", "qty": "quantity", "tel": "telephone",
    "ca": "circa", "Rte": "route", "Hwy": "highway", "max": "maximum", "Max": "maximum",
}  # fmt: skip
_ANYWHERE = {
    "govt": "government", "Govt": "government", "dept": "department", "Dept": "department", "approx": "approximately",
    "misc": "miscellaneous", "Univ": "university", "Assn": "association", "Bldg": "building", "Sept": "September",
    "w/o": "without", "w/out": "without", "hrs": "hours", "mins": "minutes", "Mgr": "manager", "Asst": "assistant",
    "appt": "appointment", "etc": "et cetera", "Rd": "road", "Blvd": "boulevard", "Natl": "national",
    "Intl": "international", "tbsp": "tablespoon", "tsp": "teaspoon", "pls": "please", "thx": "thanks", "Thx": "Thanks",
    "Pls": "Please", "plz": "please", "attn": "attention", "hx": "history", "pkg": "package", "lb": "pound",
    "Subsec": "subsection", "subsec": "subsection", "col": "column", "Pmt": "payment", "pmt": "payment", "Chk": "check",
    "pk": "pack", "Precip": "precipitation", "precip": "precipitation", "bdrm": "bedroom", "rcpt": "receipt",
    "acct": "account", "bal": "balance", "bapt": "baptized", "b/c": "because", "f/u": "follow up",
    "d/b/a": "doing business as", "avg": "average", "Avg": "Average", "incl": "including", "pkgs": "packages",
    "Cnr": "corner", "cnr": "corner", "accum": "accumulation", "Abbr": "abbreviation", "mkt": "market",
    "susp": "suspension", "wk": "week", "wks": "weeks", "recd": "received", "Recd": "Received", "amt": "amount",
    "Amt": "Amount", "bldg": "building", "div": "division", "lvl": "level", "hosp": "hospital", "hwy": "highway",
    "mfg": "manufacturing", "Mfg": "Manufacturing", "mfr": "manufacturer", "nr": "near", "rec": "recreation",
    "reqd": "required", "sched": "schedule", "xfer": "transfer", "yrs": "years", "yr": "year", "hr": "hour",
    "Attn": "Attention", "Utd": "United", "Mgmt": "management", "mgmt": "management", "Mtg": "meeting",
    "mtg": "meeting",
}  # fmt: skip


def _after_name(match: re.Match[str]) -> Replacement:
    """ "Davis Jr said", "Apple Inc": an abbreviation after a name, with or without a full stop."""
    word, text, end = match["word"], match.string, match.end()
    if not _NAME_BEFORE.search(text[: match.start()][-24:].replace(", ", " ")):
        return None
    ends = match[0].endswith(".") and (not text[end:].strip() or re.match(r"\s+[\"'(]?[A-Z]", text[end:]))
    return _stop(WORDS[word], "" if ends else None)


_COUNTED_BEFORE = re.compile(
    rf"(?:\d|\b(?i:{any_of(word_list('number words'))}|half|few|several|many|more|per|last|next))[ -]$"
)
_NOT_BY_NUMBER = re.compile(
    r"\b(?:account|reference|ref\.?|serial|phone|part|model|invoice|order|policy|customer|ID) $"
)
_HOUSE_BEFORE = re.compile(r"\d\w* (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){0,3}$")


_QUANTITY = r"(?<![\w./$£€])(?:(?:\d{1,2} +)?\d/\d{1,2}|\d{1,2}(?:\.\d)?)"
_KITCHEN = {"c": ("cup", "cups"), "t": ("teaspoon", "teaspoons"), "T": ("tablespoon", "tablespoons")}


def _kitchen_measure(match: re.Match[str]) -> Replacement:
    """ "2 c. flour", "1/2 t. salt", "3 T. oil"."""
    one, many = _KITCHEN["c" if match["unit"] == "C" else match["unit"]]
    single = match["number"] == "1" or re.fullmatch(r"\d/\d+", match["number"])
    return [(match["number"], "number"), (f" {one if single else many}", "unit")]


def _state(match: re.Match[str]) -> Replacement:
    """The name of a state after a town: "Columbus, OH", "Portland, OR 97201", but not "Well, OK"."""
    code, text = match[1], match.string
    if code in _STATE_OR_WORD and not re.match(r" \d{5}", text[match.end() :]):
        before = text[max(0, match.start() - 60) : match.start()]
        if not _TOWN.search(before) or (code in ("OK", "HI") and not re.search(r"\d|City, $|Tulsa|Honolulu", before)):
            return None
    return POSTAL[code]


_PARTS = {"v": "volume", "w": "weight"}
_SIZES = {"lg": "large", "med": "medium", "sm": "small", "doz": "dozen", "pkt": "packet"}


def _anywhere(match: re.Match[str]) -> Replacement:
    """An abbreviation in any place. After a number `tts.text.english.money_and_units` reads "tsp" and "tbsp"."""
    if match["word"] in ("tsp", "tbsp", "lb") and re.search(r"[\d½¼¾⅓⅔)/-] ?$", match.string[: match.start()][-2:]):
        return None
    if match[0] == "div":  # of HTML; the division has a full stop
        return None
    return _ANYWHERE[match["word"]]


def _minimum(match: re.Match[str]) -> Replacement:
    """ "min. 5 people", but not in "two min. 5 sec."."""
    return None if _COUNTED_BEFORE.search(match.string[max(0, match.start() - 16) : match.start()]) else "minimum"


def _street_and_side(match: re.Match[str]) -> Replacement:
    """ "Pennsylvania Ave. NW". A side of one letter needs a house number or "5th" before the street."""
    before = match.string[max(0, match.start() - 60) : match.start()]
    side = match["side"]
    if not (
        _HOUSE_BEFORE.search(before) if len(side) == 1 or match["street"] == "Dr" else _STREET_BEFORE.search(before)
    ):
        return None
    return [(_STREETS[match["street"]], "street"), (" ", "blank"), (SIDES[side], "side")]


def _before_number(match: re.Match[str]) -> Replacement:
    """ "sec. 5" is a section, but "10.8 sec. 100 m" has seconds."""
    if match[1] in ("sec", "pt") and re.search(r"\d[ -]$", match.string[max(0, match.start() - 2) : match.start()]):
        return None
    return BEFORE_NUMBER[match[1]]


def _weekday(match: re.Match[str]) -> str:
    """ "Thurs. from" -> "Thursday from"."""
    return DAYS[match[0].rstrip(".")]


_CONTRACTED = {
    "Int'l": "International", "Nat'l": "National", "Gov't": "Government", "Dep't": "Department", "Ass'n": "Association",
    "Comm'n": "Commission", "Sec'y": "Secretary", "Cont'd": "continued",
}  # fmt: skip


def _contracted(match: re.Match[str]) -> Replacement:
    return _CONTRACTED.get(f"{match['stem']}'{match['end']}")


_AFTER_ORDINAL = {
    "ins": "instant", "ult": "ultimo", "pro": "proximo", "fl": "floor", "flr": "floor", "flo": "floor", "min": "minute",
}  # fmt: skip
_AFTER_COUNT = {"ct": "count", "pc": "piece", "pcs": "pieces", "inn": "innings"}
#: Abbreviation -> what follows its full stop, and its reading there.
_CONTEXTS = {
    "Conf": (r"(?= (?:on|of)\b)", "conference"), "Int": ("(?= rate)", "interest"), "p.a": ("", "per annum"),
    "inc": ("(?= [A-Za-z$£€])", "including"), "ea": ("(?= [a-z])", "each"), "Mass": ("(?= Ave)", "Massachusetts"),
    "rev": (r"(?= (?:up|down|rose|fell|of|grew|growth|was)\b)", "revenue"), "No": ("(?= of [a-z])", "Number"),
    "Fr": ("(?= [A-Z])", "Father"),
    "co": ("(?= [a-z])", "company"),
    "ar": (r"(?= [A-Z])", "arrive"), "esp": ("(?= [A-Z])", "especially"), "Min": (r"(?=\s+[a-z])", "minimum"),
    "Max": (r"(?=\s+[a-z])", "maximum"), "avail": (r"(?= \w)", "available"), "Avail": (r"(?= \w)", "available"),
}  # fmt: skip
_IN_CONTEXT = r"\b(?:" + "|".join(rf"{re.escape(word)}\.{then}" for word, (then, _) in _CONTEXTS.items()) + ")"


def _part_of_speech(match: re.Match[str]) -> Replacement:
    """ "adj. happy": the label of a dictionary at the start of a text or line, or after a word or bracket."""
    return _PARTS_OF_SPEECH[match["word"]]


def _street(match: re.Match[str]) -> Replacement:
    return _STREETS[match["street"]] + ("." if not match.string[match.end() :].strip() else "")


_POINTS = {"N": "north", "S": "south", "E": "east", "W": "west"}


def _wind(match: re.Match[str]) -> Replacement:
    """ "SSW at 5 mph" -> "south southwest at 5 mph"."""
    side = match["side"]
    if len(side) == 1 and not re.search(
        r"\b(?:[Ww]inds?:?|from|mi\.?|miles?|km|min|to the) $",
        match.string[: match.start()][-10:],
    ):
        return None
    if len(side) == 3:
        return f"{_POINTS[side[0]]} {SIDES[side[1:]]}"
    return SIDES.get(side)


def _number_of(match: re.Match[str]) -> Replacement:
    """ "The account no. is": "no." after a noun that has a number."""
    return "number" if _NOT_BY_NUMBER.search(match.string[max(0, match.start() - 12) : match.start()]) else None


def _long(match: re.Match[str]) -> Replacement:
    """The word for an abbreviation with a full stop. `AMOUNTS` reads "5 min." with its number."""
    if match[1] == "min" and re.search(r"\d[ -]?$", match.string[max(0, match.start() - 2) : match.start()]):
        return None
    return _stop(_LONG[match[1]], match["end"])


_TRIGGERS = any_of(
    {
        *TITLES,
        *WORDS,
        *_STREETS,
        *_NUMBERED,
        *_ANYWHERE,
        *_AFTER_NAME.split("|"),
        *states.SURE,
        *labels.TRIGGERS,
        "maj",
        "min",
        "No",
        "v",
        "vs",
        "Rs",
        "VOL",
        "FIG",
        "CHAP",
        "Dep",
        "Arr",
        *_SIZES,
        "aka",
        "AKA",
    }
)
ABBREVIATIONS: Rule = when(
    rf"\w\.(?:\w|(?<=[A-Za-z]\.)(?![\"')\]]*\s*$))|(?<!\w)\.[A-Za-z]|\dth c\b|&c|/"
    rf"|\b(?:{_TRIGGERS}|[A-Z]{{2}}|[NSEW]{{1,3}})\b",
    [
        *names.NAMES,
        *labels.LABELS,
        *KEYS,
        rule(r"\ba\. ?k\. ?a\.,?|\ba/k/a\b|\b(?:aka|AKA)(?= [A-Z])", lambda m: "also known as", spaced=False),
        rule(r"\bw\. ?r\. ?t\.", lambda m: "with respect to", spaced=False),
        rule(r"\bn\. ?b\.", lambda m: "nota bene", spaced=False),
        rule(r"\bet seq\.", lambda m: "and following", spaced=False),
        rule(r"\b(?P<short>op|loc)\. ?cit\.(?! [A-Z])", lambda m: f"{m['short']} cit", spaced=False),
        rule(r"\bE\. ?g\.,?", lambda m: "For example,", spaced=False),
        rule(r"\bI\. ?e\.,?", lambda m: "That is,", spaced=False),
        rule(r"\be\. ?g\.,?", lambda m: "for example,", spaced=False),
        rule(r"\bi\. ?e\.,?", lambda m: "that is,", spaced=False),
        rule(rf"&c\b\.?{_END}", lambda m: _stop("et cetera", m["end"])),
        rule(r"\bet al\.(?! ?[A-Z])", lambda m: "et al"),
        rule(r"\bc(?:f|\. ?f)\.", lambda m: "compare", spaced=False),
        rule(rf"\b({any_of(_IN_SENTENCE)})\.(?=\s+[a-z\d(]|,)", lambda m: _IN_SENTENCE[m[1]], spaced=False),
        rule(r"(?<![\w.])(?P<word>b|d|r|fl)\.(?= ?(?:c(?:a|irc)?\. ?)?\d{3,4}\b)", lambda m: _LIVED[m["word"]] + " "),
        rule(
            rf"\b({any_of(_SHOUTED)})\.(?=\s+[IVXLC]+\b|\s*\d)|\b(VOL|FIG|CHAP)(?=\s+[IVXLC]+\b|\s*\d)",
            lambda m: _SHOUTED[m[1] or m[2]],
            spaced=False,
        ),
        rule(r"\b(?P<word>[Tt]el|[Pp]h)\.(?=\s*[+(\d])", lambda m: _CALL[m["word"].lower()], spaced=False),
        rule(r"\b(?P<first>[vw])/(?P<last>[vw])\b", lambda m: f"{_PARTS[m['first']]} by {_PARTS[m['last']]}"),
        rule(r"\b(?:w/o|W/O)\b", lambda m: "without"),
        rule(r"\bw/(?= ?\w)", lambda m: "with "),
        rule(r"\bc/o\b", lambda m: "care of"),
        rule(r"\b[nN]/[aA]\b", lambda m: "not applicable"),
        rule(
            r"(?<![\w.])(?P<verse>vv?)\.(?= ?\d(?P<version>\d?\.\d)?)",
            lambda m: "version " if m["version"] else "verses " if m["verse"] == "vv" else "verse ",
        ),
        rule(r"(?<=[A-Z][a-z] |[a-z]{2} )v\.(?= [A-Z])", lambda m: "versus", spaced=False),
        rule(r"\bc(?:a|irc)?\.(?= ?\d{3,4}\b)|\bca\.(?= )", lambda m: "circa "),
        rule(r"(?<=\b[A-Z]\. )Ph\.? ?D\.?(?= )|\bPh\. ?D\b\.?", lambda m: "P.H.D."),
        rule(
            rf"\b(?P<street>{any_of(_STREETS)})\b\.?(?P<blank>\s)(?P<side>{_SIDE})",
            _street_and_side,
            spaced=False,
        ),
        rule(
            r"\b(?P<word>Jr|Sr)\.(?=\s+(?:Dr(?!\.?\s+[A-Z])|Ave|Blvd|St|Rd|Pkwy|Hwy|Way|Drive|Avenue|Boulevard"
            r"|Street|Road|Day|Park)\b)",
            lambda m: WORDS[m["word"]],
            spaced=False,
        ),
        rule(r"\b(?P<word>[EeOo](?:qn?s?|p))\.(?=\s*\(?\d)", lambda m: _BEFORE_FORMULA.get(m["word"].capitalize())),
        rule(
            r"(?:^|(?<=[\w,&] ))(?P<side>[NSEW])\.?"
            r"(?= (?:[A-Z][a-z]+|\d+(?:st|nd|rd|th)) (?:St|Street|Ave|Avenue|Blvd|Rd|Road|Dr|Drive|Ln)\b)",
            lambda m: None if _NAME_BEFORE.search(m.string[: m.start()][-24:]) else SIDES[m["side"]].capitalize(),
            spaced=False,
        ),
        rule(
            rf"(?P<number>{_QUANTITY}) ?(?P<unit>[cCTt])\.(?= [a-z+&])(?! (?:each|apiece|per|rex)\b)", _kitchen_measure
        ),
        rule(
            r"\b(?P<word>[Dd]ep|[Aa]rr)(?:\.(?=\s+\d)|(?=\s+\d{1,2}[:.]\d\d))",
            lambda m: {"dep": "departs", "arr": "arrives"}[m["word"].lower()],
        ),
        rule(rf"\b(?P<word>{any_of(_PARTS_OF_SPEECH)})\.(?=\s+[a-z(\"'\d-])(?! \d)", _part_of_speech, spaced=False),
        rule(
            r"^(?P<word>[nv])\.(?= [a-z])(?! [a-z]\.)",
            lambda m: {"n": "noun", "v": "verb"}[m["word"]],
            spaced=False,
        ),
        rule(
            rf"(?<=[(\s][RDI]-)(?P<state>{any_of(STATES)}|[A-Z]{{2}})\b\.?",
            lambda m: STATES.get(m["state"]) or POSTAL.get(m["state"]),
            spaced=False,
        ),
        rule(
            r"\b(?P<day>Tues|Thurs|Thur|Fri|Mon|Wed|Thu)\.(?=\s+[a-z\d])|\b(?:Tues|Thurs|Thur|Fri)(?=\.\s*$)",
            _weekday,
        ),
        rule(r"\b(?:Tues|Thurs|Thur)\b(?!\.\w)|\b(?:Sat|Sun)\.(?=\s+[a-z\d])", _weekday),
        rule(r"\b[Ee]st\.(?=\s+(?:in )?(?:1\d|20)\d\d(?:\s*$|[.,;)]|\s(?:by|in|as|and)\b))", lambda m: "established"),
        rule(rf"{after('missed|beat|topped|vs|versus')}ests?\.", lambda m: "estimates"),
        rule(r"\b(?P<stem>Int|Nat|Gov|Dep|Ass|Comm|Sec|Cont)'(?P<end>l|t|n|y|d)\b\.?", _contracted, spaced=False),
        rule(r"(?<=\d )(?P<word>ct|pcs?|inn)\b\.?", lambda m: _AFTER_COUNT[m["word"]]),
        rule(
            r"(?<=\d(?:st|nd|rd|th) )(?P<word>inst\.|ult\.|prox\.|[Ff]l(?:r|oor)?\b\.?|min\b\.?)",
            lambda m: _AFTER_ORDINAL[m["word"][:3].rstrip(".").lower()],
        ),
        rule(_IN_CONTEXT, lambda m: _CONTEXTS[m[0][:-1]][1], spaced=False),
        rule(r"(?<=& )(?P<side>[NSEW])\.?(?= [A-Z][a-z])", lambda m: SIDES[m["side"]].capitalize(), spaced=False),
        rule(r"(?<=, )ret\.", lambda m: "retired"),
        rule(r"(?<=\b[Dd]ew )pt\b\.?", lambda m: "point"),
        rule(
            r"(?P<winner>\b[A-Z][a-z]+) d\.(?P<loser> [A-Z][a-z]+ \d)",
            lambda m: [(f"{m['winner']} defeated", "winner"), (m["loser"], "loser")],
            spaced=False,
        ),
        rule(r"(?<=ed\., )rev\.|\brev\.(?= (?:ed|and enl)\b)", lambda m: "revised", spaced=False),
        rule(
            r"\b(?P<road>(?:I|US|SR|CR|Hwy|Route|Rte|Interstate|Highway|[Hh]ighway|[Rr]oute)\.?[ -]\d{1,3}[A-Z]?) "
            r"(?P<side>[NSEW])\b(?P<stop>\.(?=\s+[a-z]))?(?!['’])",
            lambda m: [(f"{m['road']} ", "road"), (SIDES[m["side"]], "side")],
        ),
        rule(
            r"(?<=[A-Z][a-z]{2} |[a-z]{3} )(?P<street>Ct|Pl|Ln|Ter|Sq|Cir)\.(?P<end>)(?=\s*$|,)", _street, spaced=False
        ),
        rule(
            r"(?P<side>\b[NS]{1,2}[EW]{0,2}|\b[EW](?:[NS][EW])?)(?= (?:winds?|at|of(?= [A-Z])"
            r"|\d{1,3}(?:-\d{1,3})? ?(?:mph|kts?|knots|km/h))\b)",
            _wind,
        ),
        rule(
            r"\b(?P<word>Bldg|Apt|Ste|Rm|Figs?|Sched)\.(?=\s+(?:[A-Z]\b|\d))",
            lambda m: _NUMBERED[m["word"]],
            spaced=False,
        ),
        rule(
            r"\b(?P<word>[Vv]ol|[Cc]hap|Bk)\. I\b(?!['’.])", lambda m: f"{BEFORE_NUMBER[m['word']]} one", spaced=False
        ),
        rule(r"\b(?P<half>[ap])\. m\.", lambda m: f"{m['half']}.m.", spaced=False),
        rule(r"(?<=\d )(?P<size>lg|med|sm|doz|pkt)\.?(?= [a-z])", lambda m: _SIZES[m["size"]]),
        rule(r"(?<=\d(?:st|nd|rd|th) )[cC]\.(?=\s+[a-z]|,)|(?<=\dth )c(?=\.\s*$)", lambda m: "century"),
        rule(r"\bConf\.? (?=#|number )", lambda m: "confirmation ", spaced=False),
        rule(r"\bRs\.?\s?(?=\d)", lambda m: "₹"),
        rule(r"(?<=\d )vs\.?(?= \d)", lambda m: "versus"),
        rule(
            r"(?<!\w)\.(?=NET\b)|(?<=\s)\.(?=(?:pdf|docx?|xlsx?|csv|zip|txt|exe|jpe?g|png|mp[34]|html?|json|py|js)\b)",
            lambda m: "dot ",
        ),
        rule(r"\b[Mm]ax\.(?=\s+[$£€]?\d)", lambda m: "maximum"),
        rule(r"\b[Mm]in\b\.?(?= [$£€]?\d)", _minimum),
        rule(r"\b[Ee]xp\.(?=\s+\d)(?!\s+\d\d/\d\d\b)", lambda m: "expires"),
        rule(r"(?<=\d )ea\b\.?(?!\w)|\b[Ee]a\.(?=\s+[$£€\d(])", lambda m: "each"),
        rule(r"\b[Aa]cct\.?(?=\s+(?:[a-z0-9#]|No\b))", lambda m: "account"),
        rule(r"\b[Nn]o\.(?=\s+[a-z])", _number_of),
        rule(r"(?<=[a-z0-9] )St\.(?P<end>)(?=\s*$)", lambda m: "street.", spaced=False),
        rule(r"(?<=[a-z] )St\.(?=,|;|\)|\s+(?:[a-z]|and|near|in|N\.|S\.))", lambda m: "street", spaced=False),
        rule(r"(?<=\d(?:st|nd|rd|th) )St\.(?=\W)", lambda m: "street", spaced=False),
        rule(
            rf"(?<=[A-Z][a-z]{{3}} |[a-z]{{4}} )Dr\.{_END}(?=\s*$|,|\s+(?:in|near|at|and|is|was|to)\b)",
            lambda m: _stop("drive", m["end"]),
            spaced=False,
        ),
        *states.STATE_NAMES,
        rule(
            rf"(?<=[a-z], )({any_of(POSTAL)})\b(?=,|\.|\s*$| \d{{5}}|\s+[a-z])",
            _state,
            spaced=False,
        ),
        rule(
            rf"\b({any_of(TITLES)})\.(?=\s+['\"]?[\w&])|\b(Mr|Mrs|Ms|Dr)(?=\s+[A-Z])"
            rf"|\b({any_of(set(TITLES) - _OTHERWISE)})(?=\s+(?:[A-Z][a-z]+|[A-Z]\.))"
            r"|\b(Mr|Mrs|Ms|Dr|Prof|Lt|Col|Gen|Capt|Sgt|Rev)\.(?=[A-Z][a-z])",
            lambda m: f"{TITLES[m[4]]} " if m[4] else TITLES[m[1] or m[2] or m[3]],
            spaced=False,
        ),
        rule(
            r"(?<=[A-Za-z] )\b(?P<word>vs|v)\.?(?= \w)",
            lambda m: "versus" if m["word"] == "vs" or _is_case(m) else None,
            spaced=False,
        ),
        rule(
            rf"(?<=[A-Z][a-z] |[a-z]{{2}} |[a-z], |\w\. )(?P<word>{_AFTER_NAME})\b\.?(?=\W|$)(?! [A-Z][a-z]+ "
            rf"(?:and|&))",
            _after_name,
            spaced=False,
        ),
        rule(
            rf"(?<=[A-Z][a-z]{{2}} |[a-z]{{3}} |\d(?:st|nd|rd|th) )(?P<word>{any_of(_STREETS)})\b(?!\.)(?=[,;)]"
            rf"|\s*$|[.?!]|\s+(?:[a-z]|\d|[NSEW][EW]?\b))",
            lambda m: _STREETS[m["word"]] if _STREET_BEFORE.search(m.string[: m.start()][-40:]) else None,
            spaced=False,
        ),
        rule(
            rf"(?<![\w-])(?P<word>{any_of(_NUMBERED)})(?= #?\d| [IVX]+\b)",
            lambda m: (
                None
                if m["word"] == "Max" and _NAME_BEFORE.search(m.string[: m.start()][-24:])
                else _NUMBERED[m["word"]]
            ),
            spaced=False,
        ),
        rule(
            rf"(?<![\w/])(?P<word>{any_of(_ANYWHERE)})(?:\.(?=\s+[a-z\d($£€@&]|[,;:])|(?![\w.'-])|(?=\.\s*$))",
            _anywhere,
            spaced=False,
        ),
        rule(
            rf"\b({any_of(BEFORE_NUMBER)})\.(?=\s*#?[A-Z]{{0,2}}\d|\s+(?:[IVXL]{{2,}}|[VX]|[ivxl]+|I(?=[,;:]))\b)",
            _before_number,
            spaced=False,
        ),
        rule(
            rf"{after('avenue|street|road|lane|drive|court|place')}"
            r"(?:(?P<side>[NS][EW])\b|(?P<point>[NSEW])\b\.?(?=,|\s*$))",
            lambda m: SIDES[m["side"] or m["point"]],
            spaced=False,
        ),
        rule(r"\bNo(?= [1-9])(?! \d+ (?:people|men|women|persons)\b)", lambda m: "number", spaced=False),
        rule(rf"\b({any_of(_LONG)})\.{_END}", _long, spaced=False),
    ],
)
