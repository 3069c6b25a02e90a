"""Amounts: money, measures, fractions, powers, ranges and signs."""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.english.numbers import cardinal, decimal, in_pairs, number_to_words, ordinal
from tts.text.offsets import OffsetText, Replacement
from tts.text.rules import DECIMAL, NO_DIGIT_BEFORE, NUMBER, Rule, any_of, rule, when

CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₺": ("lira", "lira", "kurus", "kurus"),
    "₴": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "₫": ("dong", "dong", "hao", "hao"),
    "₱": ("peso", "pesos", "centavo", "centavos"),
    "฿": ("baht", "baht", "satang", "satang"),
    "₦": ("naira", "naira", "kobo", "kobo"),
    "₵": ("cedi", "cedis", "pesewa", "pesewas"),
    "₸": ("tenge", "tenge", "tiyn", "tiyn"),
    "₿": ("bitcoin", "bitcoins", "cent", "cents"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "NZD": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "HKD": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "SGD": ("Singapore dollar", "Singapore dollars", "cent", "cents"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
    "RMB": ("yuan", "yuan", "fen", "fen"),
    "SEK": ("Swedish krona", "Swedish kronor", "ore", "ore"),
    "NOK": ("Norwegian krone", "Norwegian kroner", "ore", "ore"),
    "DKK": ("Danish krone", "Danish kroner", "ore", "ore"),
    "PLN": ("zloty", "zlotys", "grosz", "groszy"),
    "CZK": ("Czech koruna", "Czech korunas", "heller", "hellers"),
    "HUF": ("forint", "forints", "filler", "fillers"),
    "MXN": ("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "BRL": ("real", "reais", "centavo", "centavos"),
    "ZAR": ("rand", "rand", "cent", "cents"),
}
CODES = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹", "KRW": "₩", "RUB": "₽", "TRY": "₺", "UAH": "₴"}
CODES |= {"ILS": "₪", "VND": "₫", "PHP": "₱", "THB": "฿", "NGN": "₦", "zł": "PLN", "Kč": "CZK", "R$": "BRL", "BTC": "₿"}
CODES |= {code: code for code in CURRENCIES if code.isalpha()}
#: A currency sign before the amount.
SIGN = "[" + "".join(sign for sign in CURRENCIES if len(sign) == 1) + "]"
COUNTRIES = {
    "US": "US", "A": "Australian", "AU": "Australian", "C": "Canadian", "CA": "Canadian", "NZ": "New Zealand",
    "HK": "Hong Kong", "S": "Singapore",
}  # fmt: skip
SCALES = {
    "K": "thousand", "k": "thousand", "M": "million", "m": "million", "mn": "million", "mm": "million", "B": "billion",
    "b": "billion", "bn": "billion", "T": "trillion", "tn": "trillion", "MM": "million",
}  # fmt: skip
#: Nouns after an amount of money, which then is in the singular: "a £5 note".
COUNTED_IN_MONEY = "bill|note|coin|banknote|bank-note|piece|fine|fee|check|cheque|reward|prize|bond|loan|ticket|gift"

#: Unit -> (singular, plural). Units with a full stop are also matched without it.
MEASURES = {
    **{f"{p}m": (f"{name}meter", f"{name}meters") for p, name in (("k", "kilo"), ("c", "centi"), ("m", "milli"))},
    **{f"{p}g": (f"{name}gram", f"{name}grams") for p, name in (("k", "kilo"), ("m", "milli"), ("μ", "micro"))},
    **{f"{p}Hz": (f"{name}hertz",) * 2 for p, name in (("", ""), ("k", "kilo"), ("M", "mega"), ("G", "giga"))},
    **{f"{p}W": (f"{name}watt", f"{name}watts") for p, name in (("", ""), ("k", "kilo"), ("M", "mega"), ("G", "giga"))},
    **{
        f"{p}B": (f"{n}byte", f"{n}bytes")
        for p, n in (("K", "kilo"), ("k", "kilo"), ("M", "mega"), ("G", "giga"), ("T", "tera"))
    },
    **{f"{p}s": (f"{name}second", f"{name}seconds") for p, name in (("m", "milli"), ("μ", "micro"), ("n", "nano"))},
    **dict.fromkeys(("m",), ("meter", "meters")),
    **dict.fromkeys(("g", "gm."), ("gram", "grams")),
    **dict.fromkeys(("mi", "mi."), ("mile", "miles")),
    **dict.fromkeys(("yd.", "yds."), ("yard", "yards")),
    **dict.fromkeys(("ft.",), ("foot", "feet")),
    **dict.fromkeys(("ins.",), ("inch", "inches")),
    **dict.fromkeys(("lb.", "lbs."), ("pound", "pounds")),
    "l": ("liter", "liters"),
    **dict.fromkeys(("oz.", "ozs."), ("ounce", "ounces")),
    **dict.fromkeys(("cwt.",), ("hundredweight", "hundredweight")),
    **dict.fromkeys(("gal.", "gals."), ("gallon", "gallons")),
    "pt.": ("pint", "pints"),
    **dict.fromkeys(("qt.", "qts."), ("quart", "quarts")),
    **dict.fromkeys(("hr.", "hrs.", "h"), ("hour", "hours")),
    **dict.fromkeys(("min.", "mins."), ("minute", "minutes")),
    **dict.fromkeys(("sec.", "secs."), ("second", "seconds")),
    **dict.fromkeys(("yr.", "yrs."), ("year", "years")),
    **dict.fromkeys(("wk.", "wks."), ("week", "weeks")),
    **dict.fromkeys(("mos.",), ("month", "months")),
    **dict.fromkeys(("sq. ft.", "sq ft", "ft squared"), ("square foot", "square feet")),
    **dict.fromkeys(("sq. mi.", "sq mi"), ("square mile", "square miles")),
    **dict.fromkeys(("sq. m.", "m squared"), ("square meter", "square meters")),
    **dict.fromkeys(("sq km", "km squared"), ("square kilometer", "square kilometers")),
    **dict.fromkeys(("m cubed",), ("cubic meter", "cubic meters")),
    **dict.fromkeys(("cc", "cm cubed"), ("cubic centimeter", "cubic centimeters")),
    **dict.fromkeys(("°C", "° C"), ("degree Celsius", "degrees Celsius")),
    **dict.fromkeys(("°F", "° F"), ("degree Fahrenheit", "degrees Fahrenheit")),
    "°": ("degree", "degrees"),
    **dict.fromkeys(("hp", "HP", "bhp"), ("horsepower", "horsepower")),
    "BPM": ("beat per minute", "beats per minute"),
    "MPH": ("mile per hour", "miles per hour"),
    "MPG": ("mile per gallon", "miles per gallon"),
    "RPM": ("revolution per minute", "revolutions per minute"),
    "PSI": ("pound per square inch", "pounds per square inch"),
    "bpm": ("beat per minute", "beats per minute"),
    "bps": ("basis point", "basis points"),
    "mph": ("mile per hour", "miles per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "mpg": ("mile per gallon", "miles per gallon"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    **dict.fromkeys(("μL", "μl"), ("microliter", "microliters")),
    **{f"{p}M": (f"{name}molar",) * 2 for p, name in (("m", "milli"), ("μ", "micro"), ("n", "nano"), ("p", "pico"))},
    "μA": ("microampere", "microamperes"),
    "μF": ("microfarad", "microfarads"),
    "nF": ("nanofarad", "nanofarads"),
    "pF": ("picofarad", "picofarads"),
    "cl": ("centiliter", "centiliters"),
    "L": ("liter", "liters"),
    "ha": ("hectare", "hectares"),
    "nm": ("nanometer", "nanometers"),
    "μm": ("micrometer", "micrometers"),
    "V": ("volt", "volts"),
    "kV": ("kilovolt", "kilovolts"),
    "mA": ("milliampere", "milliamperes"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "dB": ("decibel", "decibels"),
    "cal": ("calorie", "calories"),
    "kcal": ("kilocalorie", "kilocalories"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "kbps": ("kilobit per second", "kilobits per second"),
    "px": ("pixel", "pixels"),
    "Ω": ("ohm", "ohms"),
    "kΩ": ("kiloohm", "kiloohms"),
    "MΩ": ("megaohm", "megaohms"),
    "mol": ("mole", "moles"),
    "mmol": ("millimole", "millimoles"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"),
    "J": ("joule", "joules"),
    "kJ": ("kilojoule", "kilojoules"),
    "MJ": ("megajoule", "megajoules"),
    "t": ("ton", "tons"),
    "kN": ("kilonewton", "kilonewtons"),
    **dict.fromkeys(("Nm", "N-m"), ("newton meter", "newton meters")),
    **dict.fromkeys(("kNm", "kN-m"), ("kilonewton meter", "kilonewton meters")),
    **dict.fromkeys(("ft-lb", "ft-lbs", "ft-lbf"), ("foot-pound", "foot-pounds")),
    **dict.fromkeys(("lb-ft", "lbs-ft", "lbf-ft"), ("pound-foot", "pound-feet")),
    "Pa": ("pascal", "pascals"),
    "kPa": ("kilopascal", "kilopascals"),
    "hPa": ("hectopascal", "hectopascals"),
    "MPa": ("megapascal", "megapascals"),
    "psi": ("pound per square inch", "pounds per square inch"),
    "eV": ("electron volt", "electron volts"),
    "keV": ("kiloelectron volt", "kiloelectron volts"),
    "MeV": ("megaelectron volt", "megaelectron volts"),
    "mV": ("millivolt", "millivolts"),
    "mW": ("milliwatt", "milliwatts"),
    "Wh": ("watt hour", "watt hours"),
    "MWh": ("megawatt hour", "megawatt hours"),
    "GWh": ("gigawatt hour", "gigawatt hours"),
    "mAh": ("milliampere hour", "milliampere hours"),
    "Ah": ("ampere hour", "ampere hours"),
    "dL": ("deciliter", "deciliters"),
    "dl": ("deciliter", "deciliters"),
    "mcg": ("microgram", "micrograms"),
    "ng": ("nanogram", "nanograms"),
    "lm": ("lumen", "lumens"),
    "dpi": ("dot per inch", "dots per inch"),
    "fps": ("frame per second", "frames per second"),
    "ppm": ("part per million", "parts per million"),
    "ppb": ("part per billion", "parts per billion"),
    **dict.fromkeys(("tbsp.", "tbsps.", "Tbsp.", "Tbsps.", "tbs.", "Tbs."), ("tablespoon", "tablespoons")),
    **dict.fromkeys(("tsp.", "tsps.", "Tsp."), ("teaspoon", "teaspoons")),
    **dict.fromkeys(("pkg.", "pkgs."), ("package", "packages")),
    **dict.fromkeys(("fl. oz.", "fl oz", "fl.oz."), ("fluid ounce", "fluid ounces")),
    **dict.fromkeys(("in. Hg", "inHg"), ("inch of mercury", "inches of mercury")),
    **dict.fromkeys(("kts", "kt"), ("knot", "knots")),
    **dict.fromkeys(("cu. ft.", "cu ft"), ("cubic foot", "cubic feet")),
    **dict.fromkeys(("cu. in.", "cu in"), ("cubic inch", "cubic inches")),
    **dict.fromkeys(("cu. yd.", "cu yd", "cu. yds.", "cu yds"), ("cubic yard", "cubic yards")),
    **dict.fromkeys(("sq. in.", "sq in"), ("square inch", "square inches")),
    **dict.fromkeys(("sq. yd.", "sq yd"), ("square yard", "square yards")),
    "Mpc": ("megaparsec", "megaparsecs"),
    "kpc": ("kiloparsec", "kiloparsecs"),
    "MP": ("megapixel", "megapixels"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kbit": ("kilobit", "kilobits"),
    "Mbit": ("megabit", "megabits"),
    "Gbit": ("gigabit", "gigabits"),
    "GiB": ("gibibyte", "gibibytes"),
    "MiB": ("mebibyte", "mebibytes"),
    "dm": ("decimeter", "decimeters"),
    "cm squared": ("square centimeter", "square centimeters"),
    "mm squared": ("square millimeter", "square millimeters"),
    "km cubed": ("cubic kilometer", "cubic kilometers"),
    "sqft": ("square foot", "square feet"),
    "km2": ("square kilometer", "square kilometers"),
    "m2": ("square meter", "square meters"),
    "m3": ("cubic meter", "cubic meters"),
    "cm2": ("square centimeter", "square centimeters"),
    "cm3": ("cubic centimeter", "cubic centimeters"),
    "°N": ("degree north", "degrees north"),
    "°S": ("degree south", "degrees south"),
    "°E": ("degree east", "degrees east"),
    "°W": ("degree west", "degrees west"),
    "ºC": ("degree Celsius", "degrees Celsius"),
}
MEASURES |= {f"° {c}": MEASURES[f"°{c}"] for c in "NSEW"}
MEASURES |= {unit[:-1]: names for unit, names in MEASURES.items() if unit.endswith(".") and " " not in unit}
#: These units need their full stop, because without it they are words: "12 in. long".
MEASURES |= {
    "in.": ("inch", "inches"),
    "gr.": ("grain", "grains"),
    **dict.fromkeys(("pts.", "pts"), ("point", "points")),
}
PER = {
    "s": "second", "h": "hour", "hr": "hour", "min": "minute", "sec": "second", "day": "day", "yr": "year",
    "kg": "kilogram", "g": "gram", "m": "meter", "km": "kilometer", "L": "liter", "l": "liter", "month": "month",
    "lb": "pound", "person": "person", "week": "week", "year": "year", "hour": "hour", "minute": "minute",
}  # fmt: skip

#: An earlier stage has replaced "m³" by "m cubed".
PER |= {
    "m cubed": "cubic meter", "cm cubed": "cubic centimeter", "m squared": "square meter",
    "cm squared": "square centimeter", "s squared": "second squared", "m3": "cubic meter", "cm3": "cubic centimeter",
    "m2": "square meter", "s2": "second squared", "s^2": "second squared", "m^2": "square meter", "m^3": "cubic meter",
    "cm^3": "cubic centimeter", "mi": "mile", "°C": "degree Celsius", "mol": "mole", "dL": "deciliter",
    "dl": "deciliter", "mL": "milliliter", "ml": "milliliter", "mg": "milligram", "cm": "centimeter", "K": "kelvin",
    "gal": "gallon", "oz": "ounce", "sqft": "square foot", "ha": "hectare", "mo": "month", "wk": "week",
    "mm": "millimeter", "m²": "square meter", "m³": "cubic meter", "cm²": "square centimeter", "cell": "cell",
    "unit": "unit", "head": "head", "night": "night", "page": "page", "in": "inch", "Mpc": "megaparsec",
    "kpc": "kiloparsec", "ft": "foot", "kWh": "kilowatt hour",
}  # fmt: skip

_FRACTION_NAMES = {"2": ("half", "halves"), "4": ("quarter", "quarters")}
_AFTER_MONEY = "|".join(f"(?<={name})" for name in ("dollars", "pounds", "pence", "cents", "euros", "dollar", "pound"))
_IDIOMS = {"24/7": "twenty-four seven", "9/11": "nine eleven", "50/50": "fifty fifty", "20/20": "twenty twenty"}
_POUNDS, _AT_END = rf"£\s?(?P<pounds>{NUMBER}),?\s+", r"(?P<end>(?=\s*$|\s+[A-Z]))?"
_AMOUNT = rf"(?:(?:\d+ )?\d+/\d+|{DECIMAL})"


def _money(match: re.Match[str]) -> Replacement:
    whole, fraction = match["whole"], match["fraction"]
    if whole is None and fraction is None:
        return None
    one, many, cent, cents = CURRENCIES[CODES.get(match["sign"].strip(), match["sign"].strip())]
    country = f"{COUNTRIES[match['country']]} " if match["country"] else ""
    one, many = country + one, country + many
    scale = SCALES.get(match["short"] or "", match["scale"])
    if match["last"]:
        first = _price(f"{whole or 0}.{fraction}") if fraction else cardinal(whole)
        last = _price(match["last"].replace(",", "")) + (f" {last_scale}" if (last_scale := _last_scale(match)) else "")
        return f"{first}{f' {scale}' if scale else ''} to {last} {one if _is_price_of(match) else many}"
    attribute = match["noun"] is not None or _is_price_of(match)
    if scale:
        amount = number_to_words(f"{whole or 0}.{fraction}") if fraction else cardinal(whole)
        return f"{amount} {scale} {one if attribute else many}"
    if attribute and whole and not fraction:
        return f"{round_hundreds(whole)} {one}"
    if fraction and len(fraction) != 2:
        return f"{decimal(whole or '', fraction)} {many}"
    large = "" if not whole or whole == "0" else f"{round_hundreds(whole)} {one if whole == '1' else many}"
    small = (
        ""
        if not fraction or fraction == "00"
        else f"{cardinal(fraction.lstrip('0'))} {cent if fraction == '01' else cents}"
    )
    return " ".join(filter(None, [large, small])) or f"zero {many}"


def _shared_scale(match: re.Match[str]) -> Replacement:
    """ "$400-$500K" -> "$400-500K": both sums have the scale, unless the first is larger, as in "$500-$1K"."""
    if float(match["first"]) >= float(match["last"]):
        return None
    return [(match["sign"] + match["first"], "first"), ("-", "to"), (match["last"], "last")]


def _is_price_of(match: re.Match[str]) -> bool:
    """Whether the sum describes a noun: "a $2B deal", but not "a $5 more"."""
    following = _NOUN_AFTER.match(match.string, match.end())
    return (
        following is not None
        and following[1] not in _NO_NOUN
        and not following[1].endswith("ed")
        and (_WHOSE_BEFORE if match["short"] or match["scale"] else _ONE_BEFORE).search(
            match.string[max(0, match.start() - 12) : match.start()]
        )
        is not None
    )


def _continental(match: re.Match[str]) -> Replacement:
    """ "5,50" -> "5.50" and "1.000" -> "1,000": the continental notation, which is common with "€"."""
    if thousands := match.groupdict().get("thousands"):
        return thousands.replace(".", ",")
    return [(match["whole"].replace(".", ",") + ".", "whole"), (match["cents"], "cents")]


def _price(amount: str) -> str:
    """ "3.50" -> "three fifty", "4.00" -> "four", "1.5" -> "one point five"."""
    whole, _, cents = amount.partition(".")
    if len(cents) != 2 or not whole:
        return number_to_words(amount)
    return (
        cardinal(whole)
        if cents == "00"
        else f"{cardinal(whole)} {in_pairs('1' + cents)[4:] if cents[0] == '0' else cardinal(cents)}"
    )


def _last_scale(match: re.Match[str]) -> str | None:
    return SCALES.get(match["last_short"] or "", match["last_scale"])


def round_hundreds(whole: str) -> str:
    """ "1,500" -> "fifteen hundred", as in sums of money. Other numbers are read as amounts."""
    digits = whole.replace(",", "")
    return in_pairs(digits) if len(digits) == 4 and digits.endswith("00") and digits[0] != "0" else cardinal(digits)


def _pre_decimal_money(match: re.Match[str]) -> Replacement:
    """ "£5 10s. 6d." and its parts. The words of each part get its source span."""
    groups = match.groupdict()
    pieces: list[tuple[str, str | int]] = []
    for group, one, many in (
        ("pounds", "pound", "pounds"),
        ("shillings", "shilling", "shillings"),
        ("pence", "penny", "pence"),
    ):
        if groups.get(group):
            pieces.append(
                (
                    f"{', ' if pieces else ''}{number_to_words(groups[group])} {one if groups[group] == '1' else many}",
                    group,
                )
            )
    return [*pieces, (".", 0)] if match[0].endswith(".") and groups.get("end") is not None else pieces


def _coins(match: re.Match[str]) -> Replacement:
    one, many = {"¢": ("cent", "cents"), "p": ("penny", "pence")}[match["sign"]]
    return [(match["number"], "number"), (f" {one if match['number'] == '1' else many}", "sign")]


def _after(match: re.Match[str]) -> Replacement:
    """An amount before its currency: "5 €", "1.5-2m EUR", "5.50 USD"."""
    one, many, cent, cents = CURRENCIES[CODES.get(match["sign"], match["sign"])]
    number = match["number"]
    coins = re.fullmatch(rf"({NUMBER})\.(\d\d)", number)
    if coins and coins[2] != "00":
        whole = f"{coins[1]} {one if coins[1] == '1' else many}"
        return [(f"{whole} {cardinal(coins[2].lstrip('0'))} {cent if coins[2] == '01' else cents}", 0)]
    number = coins[1] if coins else number
    words = _WITH_SCALE.sub(lambda m: f"{m[1]} {SCALES[m[2]]}", number)
    words = re.sub(r"(?<=[\dn])\s?[-–—]\s?(?=\d)", " to ", words)
    return [(words, "number"), (f" {one if number == '1' else many}", "sign")]


def _measure(match: re.Match[str]) -> Replacement:
    number, unit = match["number"], match["unit"]
    one, many = MEASURES[unit]
    if len(unit) == 1 and _NAMED_BEFORE.search(match.string[max(0, match.start() - 12) : match.start()]):
        return None  # "Route 9W"
    if unit.startswith("pts") and _LIQUID.match(match.string, match.end()):
        one, many = "pint", "pints"
    hyphen = match["between"] == "-"
    following = match.string[match.end() : match.end() + 4]
    described = (
        "." in number
        or following == " of "
        or (hyphen and re.match(r" [a-z]", following))
        or (_is_attribute(match))
        or (unit == "V" and re.match(r" [AD]C\b", following))
    )
    if unit in ("V", "L", "W", "h", "t", "l") and match["between"] and not match["per"] and not described:
        return None  # a single letter is a unit only if it touches the number: not in "Henry 5 V"
    single = hyphen or number == "1" or _is_part(number) or _is_attribute(match)
    name = one if single else many
    per = "".join(f" per {PER[unit]}" for unit in (match["per"], match["again"]) if unit)
    following = match.string[match.end() :].strip()
    ends = match["end"] is not None and not (following and (hyphen or _is_attribute(match)))
    stop = "." if unit.endswith(".") and ends else ""
    return [(number, "number"), ("-" if hyphen else " ", "between"), (name + per + stop, "unit")]


_NAMED_BEFORE = re.compile(r"(?i:\b(?:route|rte|highway|apt|apartment|room|suite|unit|gate|seat|flight)\.? ?)$")
_LIQUID = re.compile(r" (?:of )?(?:milk|water|cream|beer|ale|blood|stock|broth|ice|strawberries|blueberries)\b")


def _is_part(number: str) -> bool:
    """Whether ``number`` is a fraction below one, such as "3/4", but not "120/80"."""
    top, _, bottom = number.partition("/")
    return bool(bottom) and top.isdigit() and int(top) < int(bottom)


def _inches(match: re.Match[str]) -> Replacement:
    """The sign " after a number means inches, as in 3/4", unless it closes a quotation."""
    side = re.search(
        r"\"(?: by |\s?[x×]\s?)$", match.string[max(0, match.start() - 6) : match.start()]
    )  # of a size: 12" x 18"
    if not side and _in_quotation(match.string[: match.end() - 1]):
        return None
    following = re.match(r" ([A-Za-z][A-Za-z-]+)", match.string[match.end() :][:24])
    noun = following[1] if following is not None and following[1] not in _NO_NOUN else ""
    single = match["number"] == "1" or noun != ""
    name = "inch" if single or "/" in match["number"] else "inches"
    if (
        "/" in match["number"]
        and not re.search(r"[ -]", match["number"])
        and _NOUN_AFTER.match(match.string, match.end())
    ):
        top, _, bottom = match["number"].partition("/")
        ordinary = {"2": "half", "4": "quarter"}.get(bottom) or ordinal(bottom) + ("" if top == "1" else "s")
        return f"{cardinal(top)} {ordinary} inch"
    return [(match["number"], "number"), (f" {name}", 0)]


def _in_quotation(text: str) -> bool:
    """Whether a quotation is open at the end of ``text``. The sign after a number outside of one means inches."""
    is_open = False
    for match in _QUOTE.finditer(text):
        is_open = not is_open and match["digit"] is None
    return is_open


_QUOTE = re.compile(r"(?P<digit>(?<=\d))?\"")


def _is_attribute(match: re.Match[str]) -> bool:
    """Whether the measure describes a noun, as in "a 10 m gap" or "two 5 kg bags", but not in "the 10 m of rope"."""
    following = _NOUN_AFTER.match(match.string, match.end())
    before = _RANGE_BEFORE.sub("", match.string[max(0, match.start() - 30) : match.start()])
    determined = _DETERMINER.search(before) is not None or before.endswith(" by ")
    if _ONE_BEFORE.search(before) and _NAME_AFTER.match(match.string, match.end()):
        return True  # "a 12 oz. Coke"
    if determined and _SIZE_AND_NOUN.match(match.string, match.end()):
        return True  # "a 4.5 m long snake"
    if determined and (side := _OTHER_SIDE.match(match.string, match.end())) and side[1] not in _NO_NOUN:
        return True  # "a 2 ft by 4 ft hole"
    if determined and following is not None and following[1] == "can":
        return True
    if following is None or following[1] in _NO_NOUN:
        return False
    if match["between"] == "" and match["unit"] in _SIZES and not following[1].endswith("s"):
        return True  # "12V battery"; but "50g butter" is fifty grams of it
    return determined


_SIZES = frozenset(
    (
        "V",
        "W",
        "kW",
        "GB",
        "MB",
        "TB",
        "GHz",
        "MHz",
        "Hz",
        "m",
        "cm",
        "mm",
        "km",
        "mph",
        "°",
        "fps",
        "MP",
        "Ω",
        "L",
        "px",
    )
)
#: Units in a range such as "5 kg-10 kg" and "20 Hz-20 kHz".
_RANGED = (
    "kg", "g", "mg", "lb", "lbs", "oz", "km", "m", "cm", "mm", "ft", "mi", "Hz", "W", "V", "mph", "L", "ml", "GB",
)  # fmt: skip
_NO_NOUN = word_list("not after an attributive unit")
_BEGINNERS = word_list("sentence beginners")
_NAME_AFTER = re.compile(rf" (?!(?:{any_of(_BEGINNERS)})\b)[A-Z][a-z]+")
_NOUN_AFTER = re.compile(r" ([a-z][a-z-]+|[A-Z]{2,5}(?= [a-z])|[VIW]\d{1,2}\b)")
_SIZE_AND_NOUN = re.compile(
    r" (?:long|tall|wide|deep|high|thick|old|heavy) (?!and|or|than|by|at|on|in|from|with|for|when|but)[a-z]{3}"
)
_OTHER_SIDE = re.compile(r" by \d+(?:\.\d+)?[ -]?(?:ft|feet|foot|in|m|cm|mm|yd)\b\.? ([a-z][a-z-]+)")
_RANGE_BEFORE = re.compile(r"[\d.,]+\s?(?:[-–—]|to)\s?$")  # "a 20-30 min walk"
_ONE_BEFORE = re.compile(r"(?i:(?<![\w'])(?:an?|another|this|that|every|each)\s+)$")
_WHOSE_BEFORE = re.compile(
    r"(?i:(?<![\w'])(?:an?|the|another|this|that|every|each|its|his|her|their|our|my)\s+|\w'?s'?\s+)$"
)
_DETERMINER = re.compile(
    r"(?i:\b(?:an?|the|this|that|his|her|its|my|our|your|their|each|every|another|one|first|last|same|new|old|small|big"
    r"|large|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|few|many|standard|single)\s+)$"
)


def _fraction(match: re.Match[str]) -> Replacement:
    top, bottom = match["top"], match["bottom"]
    if match[0] in _IDIOMS:
        return _IDIOMS[match[0]]
    if int(top) + int(bottom) == 100 and not match["whole"]:
        return f"{cardinal(top)} {cardinal(bottom)}"  # "80/20"
    if not 2 <= int(bottom) <= 100 or int(top) >= int(bottom):
        return f"{cardinal(match['whole']) + ' ' if match['whole'] else ''}{cardinal(top)} over {cardinal(bottom)}"
    one, many = _FRACTION_NAMES.get(bottom, (ordinal(bottom), ordinal(bottom) + "s"))
    if bottom == "2" and match["whole"]:
        return f"{cardinal(match['whole'])} and a half"
    whole = f"{cardinal(match['whole'])} and " if match["whole"] else ""
    return f"{whole}{cardinal(top)} {one if top == '1' else many}"


def _power(match: re.Match[str]) -> Replacement:
    names = {"2": "squared", "3": "cubed"}
    return f" {names.get(match['exponent']) or 'to the power of ' + number_to_words(match['exponent'])} "


_WITH_SCALE = re.compile(rf"(\d)\s?({any_of(SCALES)})\b")
_SCALE = "hundred|thousand|million|billion|trillion"
_CODE = f"(?:{any_of(code for code in CODES if code.isascii() and code.isalpha())})"
_BEFORE = "(?:R\\$|" + any_of(code for code in CODES if code.isupper() and code.isalpha()) + ")"
_AMOUNT_OF_MONEY = rf"{DECIMAL}(?:\s?(?:{any_of(SCALES)})\b|\s(?:{_SCALE})\b)?"

#: Shillings and pence with a stroke, before they are taken for a date. Part of `tts.text.english.dates.DATES`.
SHILLINGS: tuple[Rule, ...] = (
    rule(
        r"£(?P<pounds>\d[\d,]*)/(?P<shillings>1?\d)/(?P<pence>1[01]|\d)d?\b(?P<end>(?=\s*$|\s+[A-Z]))?(?!/|\.\d)",
        _pre_decimal_money,
    ),
    rule(rf"{NO_DIGIT_BEFORE}(?<![/£])(?P<shillings>\d{{1,3}})/-(?![\w-])", _pre_decimal_money),
    rule(
        rf"{NO_DIGIT_BEFORE}(?<![/£])(?P<shillings>\d{{1,3}})/(?P<pence>1[01]|\d)d\b\.?{_AT_END}",
        _pre_decimal_money,
    ),
    rule(
        r"(?P<before>\b(?:paid|costs?|priced?) (?:of |at |was |is )?)(?P<shillings>[1-9]|1\d)/(?P<pence>1[01]|\d)"
        r"(?![\w/]|\.\d| (?:of|more|less|the|as)\b)",
        lambda m: [(m["before"], "before"), (m["shillings"], "shillings"), (" and ", 0), (m["pence"], "pence")],
    ),
)
MONEY: Rule = when(
    rf"{SIGN}|¢|\d[sdpl]\b|[A-Z]{{3}}|zł|Kč",
    [
        rule(
            r"(?P<sign>[₹])(?P<amount>\d+(?:\.\d+)?)(?P<unit> (?:lakh|crore)s?)\b",
            lambda m: f"{m['amount']}{m['unit']} rupees",
        ),
        rule(
            rf"(?P<sign>{SIGN})(?P<first>\d+(?:\.\d+)?)(?P<to>\s?[-–—]\s?)(?P=sign)(?P<last>\d+(?:\.\d+)?)"
            rf"(?=\s?(?:{any_of(SCALES)})\b|[\s-](?:{_SCALE})\b)",
            _shared_scale,
            spaced=False,
        ),
        rule(
            rf"(?:(?<=\d)|(?<=\d[kKmMbBn])|(?<=\d[bmt]n)|(?<=illion)|(?<=housand))\s?[-–—]\s?(?={SIGN}\d)",
            lambda m: " to ",
        ),
        rule(
            rf"\b(?P<one>{_CODE})/(?P<other>{_CODE})\b",
            lambda m: " ".join("".join(f"{letter}." for letter in code) for code in (m["one"], m["other"])),
        ),
        rule(
            rf"(?<![\w.,])(?P<pounds>{NUMBER})l\.(?=,? \d{{1,2}}s\.|,? (?:a|per|in|and|for|each|apiece)\b)",
            lambda m: f"£{m['pounds']}",
        ),
        rule(rf"(?<![\w.)])-(?={SIGN}\d)", lambda m: "minus "),
        rule(rf"(?P<sign>{SIGN})\s?[-−](?=\d)", lambda m: f"minus {m['sign']}"),
        rule(
            r"(?<=€)(?P<whole>\d{1,3}(?:\.\d{3})*|\d+),(?P<cents>\d\d)(?![\d,])"
            r"|(?<=€)(?P<thousands>\d{1,3}(?:\.\d{3})+)(?![\d.,])",
            _continental,
            spaced=False,
        ),
        rule(rf"(?<={SIGN})(?P<whole>\d+),(?P<cents>\d\d)(?![\d,])", _continental, spaced=False),
        rule(
            r"(?<![\w.,])(?P<whole>\d{1,3}(?:\.\d{3})*|\d+),(?P<cents>\d\d)(?=\s?(?:€|EUR\b|zł|Kč))",
            _continental,
            spaced=False,
        ),
        rule(r"(?<=¢)\s?[-–—]\s?(?=\d)", lambda m: " to "),
        rule(
            rf"(?:{_POUNDS})?\b(?P<shillings>\d{{1,3}})s\.?,?\s+(?P<pence>\d{{1,2}})d\b\.?{_AT_END}", _pre_decimal_money
        ),
        rule(rf"{_POUNDS}(?P<shillings>\d{{1,2}})s\b\.?{_AT_END}", _pre_decimal_money),
        rule(r"\b(?P<shillings>\d{1,3})s\.(?=,|;|\s+[a-z(])", _pre_decimal_money),
        rule(rf"\b(?P<pence>\d{{1,2}})d\.{_AT_END}", _pre_decimal_money),
        rule(
            rf"(?:\b(?P<country>{any_of(COUNTRIES)}))?(?P<sign>{SIGN}|(?<![\w]){_BEFORE}\s?(?=\d))\s?"
            rf"(?P<whole>{NUMBER})?(?:\.(?P<fraction>\d+))?(?:\s?(?P<short>{any_of(SCALES)})\b"
            rf"|[\s-](?P<scale>{_SCALE})\b)?(?:\s?[-–—]\s?(?P<last>{DECIMAL})(?:\s?(?P<last_short>{any_of(SCALES)})\b"
            rf"|[\s-](?P<last_scale>{_SCALE})\b)?(?![\w-]|[.,/]\d))?(?P<noun>(?=[\s-](?:{COUNTED_IN_MONEY})s?\b"
            rf"|-an?-[a-z]))?",
            _money,
        ),
        rule(rf"{NO_DIGIT_BEFORE}(?P<number>{DECIMAL})\s?(?P<sign>¢)", _coins),
        rule(r"(?<![\d.,])(?P<number>\d{1,2})(?P<sign>p)\b(?!\.m)", _coins),
        rule(
            rf"{NO_DIGIT_BEFORE}(?P<number>(?:{_AMOUNT_OF_MONEY}\s?[-–—]\s?)?{_AMOUNT_OF_MONEY})\s?"
            rf"(?P<sign>(?!\$){SIGN}|{any_of(CODES)})(?![\w])(?!\s?\d)",
            _after,
        ),
    ],
)


_AREAS = {
    "km squared": "square kilometer", "km2": "square kilometer", "m squared": "square meter",
    "mi squared": "square mile", "sq mi": "square mile",
}  # fmt: skip


def _volts_and_amperes(match: re.Match[str]) -> Replacement:
    """ "a 5V/2A charger" -> "a five volt two amp charger"."""
    single = _NOUN_AFTER.match(match.string, match.end()) is not None
    volt, amp = (
        "volt" if single or match["volts"] == "1" else "volts",
        "amp" if single or match["amps"] == "1" else "amps",
    )
    return [(f"{match['volts']} {volt}", "volts"), (" ", "gap"), (f"{match['amps']} {amp}", "amps")]


def _height(match: re.Match[str]) -> Replacement:
    """ "5'11\"" is "five feet eleven inches", but "a 6'4\" center" is "a six foot four center"."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    following = _NOUN_AFTER.match(match.string, match.end())
    if _DETERMINER.search(before) and following is not None and following[1] not in _NO_NOUN:
        return [(f"{match['feet']} foot ", "feet"), (match["inches"], "inches")]
    return [(f"{match['feet']} feet ", "feet"), (f"{match['inches']} inches", "inches")]


def _angle(match: re.Match[str]) -> Replacement:
    """Minutes and seconds of arc after degrees: 26'46"."""
    pieces: list[tuple[str, str | int]] = [(" degrees ", "sign"), (f"{int(match['minutes'])} minutes ", "minutes")]
    if match["seconds"]:
        pieces.append((f"{re.sub('^0', '', match['seconds'])} seconds ", "seconds"))
    side = {"N": "north", "S": "south", "E": "east", "W": "west"}.get(match["side"] or "")
    return [*pieces, (f"{side} ", "side")] if side else pieces


def _scientific(match: re.Match[str]) -> Replacement:
    """ "1.5e-3" -> "one point five times ten to the power of minus three"."""
    exponent = match["exponent"].lstrip("+")
    return f"{number_to_words(match['mantissa'])} times ten to the power of {number_to_words(exponent)}"


#: Units that follow a large number in words: "five million km".
_AFTER_SCALE = (
    *("km", "kg", "mg", "cm", "mm", "mi", "lb", "lbs", "ft", "oz", "ha", "kWh", "MWh", "GWh", "kW", "MW", "GW", "mph"),
    *("km/h", "sq km", "sq ft", "sq mi", "km squared", "m squared", "m cubed", "Hz", "eV", "L", "ml", "kcal", "gal"),
    *("yd", "J", "Pa", "psi", "GB", "TB", "MB", "px", "ppm"),
)
_DETERMINED_SCALE = re.compile(r"\b(?:an?|the|this|that|its) (?:[\d.,]+|[a-z -]{3,30}) (?:thousand|[a-z]{1,4}illion) $")


def _measure_of_scale(match: re.Match[str]) -> Replacement:
    """ "5 million km" -> "5 million kilometers", but "a 5 million km trip" is "a 5 million kilometer trip"."""
    one, many = MEASURES[match["unit"]]
    following = _NOUN_AFTER.match(match.string, match.end())
    single = (
        following is not None
        and following[1] not in _NO_NOUN
        and _DETERMINED_SCALE.search(match.string[max(0, match.start() - 60) : match.start()])
    )
    per = f" per {PER[match['per']]}" if match["per"] else ""
    return [(one if single else many, "unit"), (per, "per")]


_MEASURES_OF_SCALES = rule(
    rf"(?<=(?:illion|ousand) )(?P<unit>{any_of(_AFTER_SCALE)})(?:/(?P<per>{any_of(PER)}))?(?![\w/'-])",
    _measure_of_scale,
)


def measures_of_scales(text: OffsetText) -> OffsetText:
    """Read the unit of "5 million km". Apart from `AMOUNTS`, which texts without digits then skip."""
    return _MEASURES_OF_SCALES(text) if "illion " in text.text or "ousand " in text.text else text


AMOUNTS: Rule = when(
    r"\d|/",
    [
        rule(rf"(?:{_AFTER_MONEY})\s?/\s?(?P<per>{any_of(PER)})\b", lambda m: f" per {PER[m['per']]}"),
        rule(r"(?<=\d\.\d)M\b|(?<=\d)(?P<b>bn)\b", lambda m: " billion" if m["b"] else " million"),
        rule(
            r"(?<=\d)(?P<sign>°)\s?(?P<minutes>\d{1,2})'\s?(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\")?\s?(?P<side>[NSEW]\b)?",
            _angle,
        ),
        rule(r"(?<![\d.])(?P<feet>[4-7])'(?P<inches>\d|1[01])\b(?!\"|')", lambda m: f"{m['feet']} feet {m['inches']}"),
        rule(
            rf"{NO_DIGIT_BEFORE}(?P<volts>{DECIMAL})\s?V(?P<gap>,? ?|/)(?P<amps>{DECIMAL})\s?A\b(?! [a-z]{{2,}}ing\b)",
            _volts_and_amperes,
        ),
        rule(
            rf"{NO_DIGIT_BEFORE}(?<!\w)(?P<amps>{DECIMAL})\s?A(?= (?:fuses?|breakers?|circuits?|chargers?|outlets?"
            rf"|current"
            r"|adapters?|loads?|supply|max|output|input|service)\b)",
            lambda m: [(m["amps"], "amps"), (" amp", 0)],
        ),
        rule(r"(?<![\d/ ])1/2(?=[ -]past\b)|(?<=[a-z] )1/2(?=[ -]past\b)", lambda m: "half"),
        rule(
            r"(?:(?<=\dmg)|(?<=\d mg)|(?<=\dmcg)|(?<=\d mcg)|(?<=\dg)|(?<=\d g))\s?/\s?(?=\d+ ?m[lL]\b)",
            lambda m: " per ",
        ),
        rule(r"(?<=\d)-sq\.?[- ]ft\b\.?", lambda m: "-square-foot", spaced=False),
        rule(
            r"(?<![\w.])(?P<number>\d+(?:\.\d+)?)in(?![\w.'-])",
            lambda m: (
                f"{m['number']} in."
                if re.match(" [a-z]", m.string[m.end() :])
                else f"{m['number']} inch{'' if m['number'] == '1' else 'es'}"
            ),
        ),
        rule(r"(?<=\d )in(?=[);]|,? (?:by|x|×|long|wide|tall|deep|high|thick|in diameter)\b|\s*$)", lambda m: "inches"),
        rule(r"\b(?P<number>\d{1,2}(?:\.\d)?)-pt\b\.?(?= [a-z])", lambda m: f"{m['number']}-point", spaced=False),
        rule(r"\b(?P<number>\d{1,3})-mo\b\.?(?= [a-z])", lambda m: f"{m['number']}-month", spaced=False),
        rule(r"\b(?P<cold>\d{1,2})W-(?P<hot>\d{2})\b", lambda m: f"{cardinal(m['cold'])} W {cardinal(m['hot'])}"),
        rule(
            r"\b(?P<waist>\d{2})W ?[x×] ?(?P<leg>\d{2})L\b",
            lambda m: [(f"{m['waist']} W by ", "waist"), (f"{m['leg']} L", "leg")],
        ),
        rule(r"/ea\b\.?", lambda m: " each"),
        rule(
            r"(?<![\w./-])1/(?P<part>\d{2,4})\s?(?:s|sec|second)\b\.?(?! of)",
            lambda m: f"one {ordinal(m['part'])} of a second",
        ),
        rule(
            r"(?<![\w./-])(?P<beats>\d{1,2})/(?P<note>2|4|8|16)(?=(?:[ -](?:time|meter|beats?|signature|bars?"
            r"|waltz))\b)",
            lambda m: f"{cardinal(m['beats'])} {cardinal(m['note'])}",
        ),
        rule(
            r"(?<=\d)\s?/\s?(?P<per>hr|hour|day|week|wk|month|mo|year|yr|person|night|serving|lb|oz|kg|gal"
            r"|km squared|m squared|mi squared|sq mi|km2)\b",
            lambda m: f" per {_AREAS.get(m['per']) or PER.get(m['per'], m['per'])}",
        ),
        rule(
            r"(?<=\d)(?P<unit>[ -]?(?:in\.?|ft\.?|cm|mm|m|inches|feet|\"))(?P<by> ?[x×] ?)(?=\d)",
            lambda m: [(m["unit"], "unit"), (" by ", "by")],
            spaced=False,
        ),
        rule(r"(?<=\d)\s?x\s?(?=10\^)", lambda m: " times "),
        rule(r"(?<=\d)\s?x\s?(?=\d)", lambda m: " by "),
        rule(r"(?<=\d)\s?/\s?(?=\d+(?:\.\d+)?\s?[KMGT]i?B\b)(?<=\.\d.)|(?<=[KMGT]B)\s?/\s?(?=\d)", lambda m: " of "),
        rule(
            r"\b(?P<feet>\d{1,2}) ?(?:ft|feet) (?P<inches>\d{1,2}) ?in\b\.?",
            lambda m: [(f"{m['feet']} feet ", "feet"), (f"{m['inches']} inches", "inches")],
        ),
        rule(
            rf"(?P<first>(?<![\w.])\d{{1,4}}(?:\.\d{{1,3}})? ?(?P<unit>{any_of(_RANGED)}))(?P<dash>\s?[-–—]\s?)"
            rf"(?=\d{{1,4}}(?:\.\d{{1,3}})? ?k?(?P=unit)\b)",
            lambda m: [(m["first"], "first"), (" to ", "dash")],
        ),
        rule(r"(?<=\d\")\s?[-–—]\s?(?=\d{1,2}'\d)", lambda m: " to "),
        rule(
            r"\b(?P<feet>\d{1,2})' ?(?P<inches>\d{1,2})(?:\"|'')",
            _height,
        ),
        rule(r"(?<![\d/.'])(?P<number>(?:\d+[ -])?\d+/\d+|\d+(?:\.\d+)?)\"(?=[\s,.;:)x-]|$)", _inches),
        rule(r"(?<=\d)x(?= (?:as|faster|slower|more|larger|bigger|better|cheaper)\b)", lambda m: " times"),
        rule(
            rf"(?P<mantissa>\b\d+(?:\.\d+)?)[eE](?P<exponent>[+-]?\d{{1,3}})\s?(?P<unit>{any_of(MEASURES)})"
            rf"(?:/(?P<per>{any_of(PER)}))?(?![\w/])",
            lambda m: [
                (str(_scientific(m)), "mantissa"),
                (f" {MEASURES[m['unit']][1]}", "unit"),
                (f" per {PER[m['per']]}" if m["per"] else "", "per"),
            ],
        ),
        rule(
            rf"{NO_DIGIT_BEFORE}(?<![A-Za-z])(?P<number>{_AMOUNT})(?!\d)(?P<between>[ -]?)(?P<unit>{any_of(MEASURES)})"
            rf"(?:/(?P<per>{any_of(PER)})(?:/(?P<again>{any_of(PER)}))?)?(?![A-Za-z]|\d)(?P<end>(?=\s*$|\s+[A-Z]))?",
            _measure,
        ),
        rule(
            r"(?P<mantissa>\b\d+(?:\.\d+)?)[eE](?P<exponent>[+-]?\d{1,3})\b",
            _scientific,
        ),
        rule(r"(?<=[\w)])\^(?P<exponent>-?\d+)", _power),
        rule(r"(?<=[\d%])\s?[-–—]\s?(?=[$£€¥₹]?\.?\d)", lambda m: " to "),
        rule(r"(?<!\w)~\s?(?=[$£€¥₹]?\d)", lambda m: "about "),
        rule(
            r"(?<![\d/.])(?:(?P<whole>\d{1,4})(?: |-))?(?P<top>\d{1,3})/(?P<bottom>[1-9]\d{0,2})(?![\d/]|\.\d)",
            _fraction,
        ),
        rule(r"(?<![\w.)])-(?=\.?\d)", lambda m: "minus "),
    ],
)
