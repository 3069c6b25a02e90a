"""Processor time of the front end for long texts of many kinds, from seeded generators.

    python -m benchmarks.long_texts [KIND ...] [--length 100000] [--seed 1] [--language en-us] [--limited]

Each line gives the seconds for a tenth of the length and for the length, the exponent of the growth between them (1 is
linear), and seconds per million characters. Every text is read by a new front end without the cache on disk.
With ``--limited`` it is read as for synthesis, which refuses a text where it passes the limit.
"""

import argparse
import logging
import math
import os
import random
import string
import time
from collections import deque

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tts.core.errors import TextError
from tts.synthesis.limits import Limits
from tts.text.frontend import TextFrontend

PROSE = (
    "Dr. Jones paid $3.50 on Nov. 22, 1963, to 12 people at 5:30 p.m. He had read the book of the month, and left it.",
    "The quick brown fox jumps over the lazy dog while a small crowd of the curious looks on from the other side.",
    "Of the many things that were said in the house that evening, none was remembered longer than the first.",
    '"Yes," she said, "I will go to the U.S. in March, if Mr. Smith pays for it."',
    "Printing, in the only sense with which we are at present concerned, differs from most of the other arts.",
)
WORDS = " ".join(PROSE).lower().translate(str.maketrans("", "", string.punctuation + string.digits)).split()
ELEMENTS = ("H", "C", "N", "O", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Fe", "Cu", "Zn", "Ag", "Ba", "Mn")
UNITS = ("kg", "km/h", "mL", "°C", "mg/dL", "GHz", "kWh", "m²", "ft.", "lb", "in.", "psi", "MB/s", "rpm", "V", "mA")
#: Without "[" and "}": inline phonemes that are wrong are an error.
ASCII = "".join(c for c in string.printable if c not in "[}")
SIGNS = "".join(c for c in string.punctuation if c not in "[}")
EMOJI = ("👍", "😀", "🚀", "❤️", "👩\u200d👩\u200d👧", "🇩🇪", "👋🏽", "☕", "✅", "🎉")


def number(r, most=9999):
    return str(r.randrange(most))


def letters(r, least=1, most=8, alphabet=string.ascii_lowercase):
    return "".join(r.choice(alphabet) for _ in range(r.randint(least, most)))


def words(r, most=8):
    return " ".join(r.choice(WORDS) for _ in range(r.randint(1, most)))


def dense_mathematics(r):
    x, y, n, m = r.choice("xyzabt"), r.choice("abnmk"), number(r, 99), number(r, 999)
    forms = f"{x}^2 + {y}^{n} = {m}; |∑ {x}ᵢ ≤ {n}·{y}, |f({x}) = {n}{x}³ - {m}/{y}; |∫ sin({x}) d{x} ≈ 0.{m}; "
    forms += f"|√{n} ≠ {x}/{y} → ∞, |{n}! >= 2^{y} && {x} != {m}; |∀{x} ∈ ℝ: {x}² ≥ 0; |α{x} + β{y} = γ±{n}, "
    return r.choice(forms.split("|"))


def sums(r):
    a, b, sign = number(r, 999), number(r, 999), r.choice("+-×/*")
    return f"{a} {sign} {b} = {number(r)}{r.choice(['. ', ', ', '; ', chr(10)])}"


def equations(r):
    x, y = r.choice("xyzabt"), r.choice("abnmk")
    return f"{number(r, 99)}{x}^2 {r.choice('+-')} {number(r, 99)}{y} = {number(r)}{r.choice(['. ', ', ', chr(10)])}"


def chemistry(r):
    def formula():
        return "".join(r.choice(ELEMENTS) + r.choice(["", "", "2", "3", "₄"]) for _ in range(r.randint(1, 4)))

    return f"{number(r, 9)} {formula()} + {formula()} {r.choice(['->', '→', '⇌'])} {formula()}{r.choice('.,;')} "


def table(r):
    return "| " + " | ".join(r.choice([number, words])(r, 4) for _ in range(4)) + " |\n"


def code(r):
    a, b = letters(r), letters(r)
    lines = f"for {a} in range({number(r)}):~    self._{a}[{b}] += {b}.get('{a}', {number(r)})  # {words(r)}"
    lines += f"~if ({a} != {b} && {a}->next) {{ return *{b}++; }}~const {a} = ({b}) => {{ {a}({b}); }};"
    return r.choice(lines.split("~")) + "\n"


def csv(r):
    return (
        ",".join([number(r), letters(r), f"{number(r)}.{number(r)}", f'"{words(r)}"', f"2024-0{r.randint(1, 9)}-12"])
        + "\n"
    )


def log(r):
    stamp = f"2024-03-{r.randint(10, 28)}T{r.randint(10, 23)}:{r.randint(10, 59)}:{r.randint(10, 59)}.{number(r)}Z"
    address = ".".join(number(r, 255) for _ in range(4))
    request = f'[{r.choice(["INFO", "WARN", "ERROR"])}] {address} "GET /{letters(r)}/{number(r)}" {number(r)}'
    return f"{stamp} {request} - {words(r)}\n"


def url(r):
    host = f"{letters(r)}.{letters(r)}.{r.choice(['com', 'org', 'io'])}"
    return f"https://{host}/{letters(r)}?{letters(r)}={number(r)}#{letters(r)} "


def hex_dump(r):
    return (
        f"{r.randrange(1 << 24):08x}  "
        + " ".join(f"{r.randrange(256):02x}" for _ in range(16))
        + f"  |{letters(r, 16, 16)}|\n"
    )


def chess(r):
    move = r.choice("KQRBN") + r.choice(["", "x"]) + r.choice("abcdefgh") + number(r, 9)
    return f"{number(r, 99)}. {move}{r.choice(['', '+', '!', '?!'])} {r.choice(['O-O', 'O-O-O', 'e5', 'exd5', 'Nf6'])} "


def ssml(r):
    tag = r.choice(["s", "p", "emphasis", 'prosody rate="fast"', 'say-as interpret-as="characters"', "sub alias='b'"])
    return f"<{tag}>{words(r)}</{tag.split()[0]}>" + r.choice(["<break/>", ". ", " "])


def any_letters(r):
    block = r.choice([0x4E00, 0x0621, 0x0905, 0xAC00, 0x0410, 0x3041])
    return "".join(chr(block + r.randrange(40)) for _ in range(r.randint(1, 9))) + r.choice([" ", ", ", "。", " a "])


def contract(r):
    dollars = f"${number(r)}.{r.randint(10, 99)} ({number(r, 99)}%)"
    day = f"{r.randint(1, 12)}/{r.randint(1, 28)}/{r.randint(1900, 2030)}"
    return (
        f"{r.choice(['Sec.', '§', 'Art.', 'No.'])} {number(r, 99)}({r.choice('abc')}): {words(r)} {dollars} on {day}. "
    )


def roman(r):
    name = r.choice(["Chapter", "Henry", "Vol.", "World War", "Pope John"])
    return f"{name} {letters(r, 1, 5, 'IVXLCM')}{r.choice('.,')} "


def capitals(r):
    return " ".join(letters(r, 2, 6, string.ascii_uppercase) for _ in range(5)) + r.choice([". ", "'S ", "s, ", " "])


def markdown(r):
    link = f"[{words(r)}](http://a.b/{letters(r)})\n"
    return r.choice([f"# {words(r)}\n", f"- **{words(r)}**\n", link, f"`{letters(r)}` "])


def time_of_day(r):
    zone, day = r.choice(["am", "p.m.", "EST", "- "]), r.choice(["Mon", "Tues."])
    return f"{r.randint(0, 24)}:{r.randint(0, 59):02} {zone} {day} "


def only(sign):
    return lambda r: "a" if r.random() < 1e-5 else sign


def quotes(r):
    return r.choice("\"'“‘«([{") + words(r, 3) + r.choice("\"'”’»)]},.!?") + r.choice(["", " "])


KINDS = {
    "prose": lambda r: r.choice(PROSE) + r.choice(["\n\n", " ", " "]),
    "any words": lambda r: letters(r, 2, 9) + r.choice(["", "", "", ".", ","]) + " ",
    "dense mathematics": dense_mathematics,
    "sums": sums,
    "equations": equations,
    "chemistry": chemistry,
    "printable ASCII": lambda r: r.choice(ASCII),
    "printable ASCII, no blanks": lambda r: r.choice(ASCII[:92]),
    "signs": lambda r: r.choice(SIGNS + " "),
    "signs and digits": lambda r: r.choice(SIGNS + string.digits + " "),
    "signs and letters": lambda r: r.choice(["a", "b", "I", "A", "x", *SIGNS, " "]),
    "Latin 1": lambda r: chr(r.choice([*range(33, 91), *range(160, 256)])),
    "first plane of Unicode": lambda r: chr(r.randrange(32, 0xD800)),
    "inline phonemes": lambda r: r.choice(
        ["[[həlˈoʊ]] ", "{HH AH0 L OW1} ", words(r, 3) + " ", f"[[{letters(r, 3, 6)}]] "]
    ),
    "SSML": ssml,
    "Markdown": markdown,
    "tables": table,
    "code": code,
    "CSV": csv,
    "logs": log,
    "URLs": url,
    "hex dump": hex_dump,
    "hexadecimal": lambda r: f"{r.randrange(1 << 32):08x}",
    "emoji": lambda r: r.choice([*EMOJI, " ", "ok. "]),
    "other alphabets": any_letters,
    "chess": chess,
    "units": lambda r: f"{number(r, 999)}.{number(r, 9)} {r.choice(UNITS)}{r.choice([', ', '; ', '. ', ' x '])}",
    "contracts": contract,
    "times": time_of_day,
    "telephone numbers": lambda r: f"+1-{r.randint(200, 999)}-555-{r.randint(1000, 9999)} ",
    "Roman numerals": roman,
    "capitals": capitals,
    "initials": lambda r: r.choice("ABCDEFG") + ". ",
    "abbreviations": lambda r: r.choice(
        ["Dr. ", "e.g. ", "St. ", "U.S. ", "vs. ", "Jan. ", "No. ", "etc. ", "Inc. ", "p. 5 "]
    ),
    "quotes": quotes,
    "brackets": lambda r: r.choice(["(", ")", "[ ", "] ", "{", "a", " "]),
    "numbers": lambda r: number(r, 10 ** r.randint(1, 12)) + r.choice([" ", ", ", ". ", "\n"]),
    "lines of numbers": lambda r: f"{number(r)}\t{number(r)}\t{number(r)}\n",
    "short lines": lambda r: words(r, 2) + "\n",
    "drawn out": lambda r: r.choice(WORDS) + r.choice(string.ascii_lowercase) * r.randint(2, 9) + " ",
    "hyphens": lambda r: letters(r) + r.choice("-–—'/&."),
    "base64": lambda r: r.choice(string.ascii_letters + string.digits + "+/"),
    "amino acids": lambda r: r.choice("ACDEFGHIKLMNPQRSTVWY"),
    "bits": lambda r: r.choice("01"),
    "tags": lambda r: f"<{r.choice(['b', 'i', 'div class=x', '/p', '!-- a'])}{r.choice(['>', '/>', ' '])}{letters(r)} ",
    "chat": lambda r: r.choice(["lol ", ":) ", "u r ", "gr8 ", "@me ", "#tag ", "idk ", "<3 ", "omg!! ", "b4 "]),
    "one word": lambda r: "a",
    "one capital": lambda r: "A",
    "digits": lambda r: r.choice(string.digits),
    "nines": lambda r: "9",
    "blanks": lambda r: " x" if r.random() < 0.001 else " ",
    "line ends": lambda r: "a\n",
    "accents": lambda r: "a" if r.random() < 0.01 else "\u0301",
    **{f"only {sign}": only(sign) for sign in ".,-'\"(!?/:<[&#$%=+*^~_|"},
}  # fmt: skip


def long_text(kind, length, seed=1):
    """``length`` characters of a kind of text. They depend only on the arguments."""
    r, pieces, made = random.Random(f"{kind}/{seed}"), [], 0
    while made < length:
        pieces.append(KINDS[kind](r))
        made += len(pieces[-1])
    text = "".join(pieces)
    return f"<speak>{text}</speak>" if kind == "SSML" else text[:length]


def seconds(text, language, limited=False):
    """Processor seconds of one reading of ``text``."""
    sentences, before = TextFrontend(language).sentences(text), time.process_time()
    try:
        deque(Limits().checked(sentences) if limited else sentences)
    except TextError as error:
        print(f"refused: {ascii(str(error))[:100]}")
    return time.process_time() - before


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help=f"default: all of {', '.join(KINDS)}".replace("%", "%%")
    )
    parser.add_argument("--length", type=int, default=100_000, help="characters")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", default="en-us")
    parser.add_argument("--limited", action="store_true", help="stop at the limit of a text, as synthesis does")
    arguments = parser.parse_args(words)
    if unknown := [kind for kind in arguments.kinds if kind not in KINDS]:
        parser.error(f"no kind {', '.join(unknown)}; use {', '.join(KINDS)}")
    os.environ["ATTUNE_CACHE"] = "off"
    logging.disable()
    seconds("Warm up: 12 words.", arguments.language)
    for kind in arguments.kinds or KINDS:
        short, long = (
            seconds(long_text(kind, length, arguments.seed), arguments.language, arguments.limited)
            for length in (arguments.length // 10, arguments.length)
        )
        growth = math.log10(max(long, 1e-3) / max(short, 1e-3))
        print(
            f"{kind:28} {short:7.3f} {long:7.2f} s  ^{growth:4.2f} {long / arguments.length * 1e6:7.1f} s/MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
