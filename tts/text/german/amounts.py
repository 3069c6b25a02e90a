"""German sums of money, measures, fractions, ranges, telephone numbers and other numbers."""

from __future__ import annotations

import re

from tts.text.german.numbers import amount, cardinal, counted, digit_by_digit, ordinal
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule, when

#: Sign or code -> (unit, hundredth of the unit). German uses the singular after a number.
CURRENCIES = {
    **{"€": ("Euro", "Cent"), "EUR": ("Euro", "Cent"), "$": ("Dollar", "Cent"), "USD": ("Dollar", "Cent")},
    **{"£": ("Pfund", "Pence"), "GBP": ("Pfund", "Pence"), "¥": ("Yen", "Sen"), "CHF": ("Franken", "Rappen")},
    **{"₽": ("Rubel", "Kopeken"), "₩": ("Won", "Jeon"), "₺": ("Lira", "Kurus"), "zł": ("Zloty", "Groszy")},
    **{"DM": ("Mark", "Pfennig")},
}  # fmt: skip
#: Unit -> (singular, plural), as read after a number.
MEASURES = {
    **{unit: (name, name) for unit, name in {
        "km": "Kilometer", "m": "Meter", "cm": "Zentimeter", "mm": "Millimeter", "kg": "Kilogramm",
        "g": "Gramm", "mg": "Milligramm", "l": "Liter", "L": "Liter", "ml": "Milliliter", "cl": "Zentiliter",
        "km/h": "Kilometer pro Stunde", "m/s": "Meter pro Sekunde", "°C": "Grad Celsius",
        "°F": "Grad Fahrenheit", "°": "Grad", "%": "Prozent", "‰": "Promille", "kW": "Kilowatt", "W": "Watt",
        "MW": "Megawatt", "kWh": "Kilowattstunden", "V": "Volt", "A": "Ampere", "Hz": "Hertz",
        "kHz": "Kilohertz", "MHz": "Megahertz", "GHz": "Gigahertz", "kB": "Kilobyte", "KB": "Kilobyte",
        "MB": "Megabyte", "GB": "Gigabyte", "TB": "Terabyte", "PS": "P.S.", "qm": "Quadratmeter",
        "m2": "Quadratmeter", "km2": "Quadratkilometer", "m3": "Kubikmeter", "cm2": "Quadratzentimeter",
        "cm3": "Kubikzentimeter", "ha": "Hektar", "dB": "Dezibel", "bar": "Bar", "kcal": "Kilokalorien",
    }.items()},
    **{"t": ("Tonne", "Tonnen"), "h": ("Stunde", "Stunden"), "Std": ("Stunde", "Stunden")},
    **{"Min": ("Minute", "Minuten")},
    **{"min": ("Minute", "Minuten"), "min.": ("Minute", "Minuten")},
    **{"s": ("Sekunde", "Sekunden"), "ms": ("Millisekunde", "Millisekunden"), "Mio": ("Million", "Millionen")},
}  # fmt: skip
_SCALES = {"Mio.": "Millionen", "Mio": "Millionen", "Mrd.": "Milliarden", "Mrd": "Milliarden", "Millionen": "Millionen"}
_SCALES |= {"Milliarden": "Milliarden", "Tsd.": "Tausend", "Million": "Million", "Milliarde": "Milliarde"}
_NUMBER = r"(?:\d{1,3}(?:\.\d{3})+|\d+)"
_AMOUNT = rf"{_NUMBER}(?:,\d+)?"
_RANGE = rf"(?:(?P<first>{_AMOUNT}) ?(?:[-–—]|bis) ?)?"
_SCALE = rf"(?: ?(?P<scale>{any_of(_SCALES)})(?![A-Za-z]))?"
_SIGN = any_of(CURRENCIES)
_LETTER = "A-Za-zÄÖÜäöüß"
_FRACTIONS = {"2": "halb", "3": "Drittel", "4": "Viertel", "7": "Siebtel", "8": "Achtel"}


def _money(match: re.Match[str]) -> Replacement:
    """ "3,50 €" -> "drei Euro fünfzig", "10–20 €" -> "zehn bis zwanzig Euro"."""
    unit, coin = CURRENCIES[match["sign"]]
    whole, _, fraction = match["number"].partition(",")
    before = f"{amount(match['first'])} bis " if match["first"] else ""
    if match["scale"]:
        words = amount(match["number"])
        words = "eine" if words == "eins" else words
        return f"{before}{words} {_SCALES[match['scale']]} {unit}"
    if len(fraction) != 2 or before:
        return f"{before}{amount(match['number']) if fraction else counted(whole)} {unit}"
    cents = fraction.lstrip("0")
    if whole == "0":
        return f"{counted(cents or '0')} {coin}" if cents else f"null {unit}"
    return f"{counted(whole)} {unit}" + (f" {cardinal(cents)}" if cents else "")


def _measure(match: re.Match[str]) -> Replacement:
    """ "12 km" -> "zwölf Kilometer", "1 h" -> "eine Stunde", "5-10 %"."""
    one, many = MEASURES[match["unit"]]
    number = match["number"]
    before = f"{amount(match['first'])} bis " if match["first"] else ""
    words = ("eine" if one.endswith("e") else "ein") if number == "1" else amount(number)
    return f"{before}{words} {one if number == '1' else many}"


def _fraction(match: re.Match[str]) -> Replacement:
    top, bottom = match["top"], match["bottom"]
    whole = f"{cardinal(match['whole'])} " if match["whole"] else ""
    if int(top) >= int(bottom) or int(bottom) > 100:
        return f"{whole}{cardinal(top)} durch {cardinal(bottom)}"
    if bottom == "2":
        return f"{whole and whole + 'und '}ein halb"
    name = _FRACTIONS.get(bottom) or ordinal(bottom, "l").capitalize()
    return f"{whole and whole + 'und '}{counted(top)} {name}"


def _telephone(match: re.Match[str]) -> Replacement:
    number = match["number"]
    groups = ", ".join(digit_by_digit(group) for group in re.findall(r"\d+", number))
    return [(match["before"] or "", "before"), (("plus " if number.startswith("+") else "") + groups, "number")]


AMOUNTS: Rule = when(
    r"\d",
    [
        rule(r"(?P<before>)(?<![\w.,])(?P<number>\+\d{1,3}(?:[ /()-]{1,2}\d{1,8}){2,5}|0\d{1,4}(?: ?[/-] ?"
             r"| )\d{2,4}(?:[ -]?\d{2,4}){0,3})(?![\d,])", _telephone),
        rule(r"(?P<before>\b(?:Tel|Telefon|Fax|Handy|Mobil|Nummer|anrufen|wählen)[.:]? )"
             r"(?P<number>\+?\d[\d /()-]{4,20}\d)", _telephone),
        rule(rf"(?<![\d.,]){_RANGE}(?P<number>{_AMOUNT}){_SCALE} ?(?P<sign>{_SIGN})(?![A-Za-z])", _money),
        rule(rf"(?P<sign>{_SIGN}) ?{_RANGE}(?P<number>{_AMOUNT}){_SCALE}(?![.,]?\d)", _money),
        rule(r"(?<![\d.,])-(?=\d)|(?<=[\s(])[−-](?=\d)", lambda m: "minus "),
        rule(rf"(?<![\d.,/]){_RANGE}(?P<number>{_AMOUNT}) ?(?P<unit>{any_of(MEASURES)})(?![{_LETTER}\d/²³])", _measure),
        rule(r"(?<![\d/.,])(?:(?P<whole>\d{1,3}) )?(?P<top>\d{1,2})/(?P<bottom>[1-9]\d{0,2})(?![\d/]"
             r"|[.,]\d)", _fraction),
        rule(r"(?<=\d) ?[–—-] ?(?=\d)", lambda m: " bis "),
        rule(r"(?<=\d) ?[x×] ?(?=\d)", lambda m: " mal "),
        rule(r"(?<=\d):(?=\d)", lambda m: " zu "),
        rule(r"(?<![\d.,])(?P<number>1)(?= [A-ZÄÖÜ][a-zäöüß])", lambda m: "ein"),
        rule(rf"(?<![\d.,])(?P<number>{_AMOUNT})(?![.,]?\d)", lambda m: amount(m["number"])),
        rule(r"\d+(?:\.\d+){2,}", lambda m: " Punkt ".join(cardinal(part) for part in m[0].split("."))),
        rule(r"(?<=\d)\.(?=\d)", lambda m: " Punkt "),
        rule(r"\d+", lambda m: cardinal(m[0])),
    ],
)  # fmt: skip

SIGNS = {
    **{"&": "und", "@": "ät", "%": "Prozent", "‰": "Promille", "+": "plus", "=": "gleich", "#": "Nummer"},
    **{"$": "Dollar"},
    **{"£": "Pfund", "€": "Euro", "°": "Grad", "×": "mal", "÷": "geteilt durch", "±": "plus minus", "≈": "ungefähr"},
    **{"≠": "ungleich", "≤": "höchstens", "≥": "mindestens", "∞": "unendlich", "√": "Wurzel aus", "§": "Paragraf"},
    **{"<": "kleiner als", ">": "größer als", "©": "Copyright"},
}  # fmt: skip
WORDS_OF_SIGNS: Rule = when(
    r"[^\w\s.,;:!?'\"—()-]",
    [
        rule(r"§§", lambda m: " Paragrafen "),
        rule(f"[{re.escape(''.join(SIGNS))}]", lambda m: f" {SIGNS[m[0]]} ", spaced=False),
    ],
)
