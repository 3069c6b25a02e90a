"""English homographs: words with one spelling and several pronunciations. Rules on the words around them choose the
pronunciation where espeak-ng chooses wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HAVE = (
    "have has had having 've is are was were be been being am get got gets getting i've you've we've they've he'd she'd"
)
_ADVERBS = {
    "not", "never", "always", "also", "already", "just", "only", "often", "ever", "then", "really", "even", "now",
}  # fmt: skip
_MODAL = (
    "to will would can could may might must shall should don't didn't won't wouldn't cannot can't couldn't let's please"
)
_SUBJECT = ["i", "you", "we", "they", "who"]
_OBJECT = "the a an it him her them me us this that these those your my his its our their yourself"
_COPULA = (
    "be was is are were been being am feel felt seem seemed look looked remain remained quite perfectly well not very "
    "i'm he's she's we're they're you're"
)
_DETERMINERS = "a an the his her its our their my your this each every another any"
#: What follows a verb whose subject is a plural noun: "Prices increase with demand."
_AFTER_VERB = _set(
    ". , ; : ! ? … — and or but if when with without over in at as by from to between during after against because "
    "together more less only every each this that daily the a an it him her them us its their his our"
)
#: Objects that show that the word before is a verb: "The teacher records the lesson."
_SURE_OBJECT = _set("the a an it him her them me us his its our their my")
#: Words before a noun. After one of them alone, or after a preposition, the next word is no verb.
_BEFORE_NOUN = _set(
    "the a an this that his her its our their my your each every one another no some any of in on at to for from with "
    "by and or as into about than all new old more most these those tax"
)
#: What precedes such a subject. After other words the plural belongs to a compound: "an arms contract".
_BEFORE_SUBJECT = _set(
    ". , ; : ! ? … — the these those many most some all both our their your my his her two three four five six other "
    "several when if as that because where and but while which says said say how why"
)
#: Plurals that often stand before a noun: "the sales record".
_ATTRIBUTIVE = _set(
    "sales sports arms goods services securities savings earnings rights customs news systems operations series "
    "species business always perhaps besides across towards this its was has does is us as thus less"
)

#: Words after "is live" that show that it means a broadcast.
_NO_PLACE = ". , ; : ! ? — … on now today tonight again and at from for streaming as until till so but this"


class HomographRule(NamedTuple):
    """A pronunciation and its conditions. The rule applies if every condition that is set holds.

    Attributes:
        ipa: the pronunciation.
        before: the word before must be one of these.
        after: the word after must be one of these.
        unless_before: the word before must not be one of these.
        first: whether the word must (True) or must not (False) begin a sentence; None allows both.
        later: one of these must be among the next 8 words, as in "read it yesterday".
        earlier: one of these must be among the last 3 words.
        after_plural: the word must be a verb after a plural subject, as in "prices increase".
        after_singular: the word must be a verb after a singular subject, as in "the farm exports wine".
    """

    ipa: str
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    unless_before: frozenset[str] = frozenset()
    first: bool | None = None
    later: frozenset[str] = frozenset()
    earlier: frozenset[str] = frozenset()
    after_plural: bool = False
    after_singular: bool = False


def _command(ipa: str) -> list[HomographRule]:
    """Rules for a verb in a command, as in "Close the door". After "to" or "they" espeak-ng detects a verb itself."""
    return [
        HomographRule(ipa, after=frozenset(_OBJECT.split()), first=True),
        HomographRule(ipa, before=_set("and or then please do does did don't never"), after=frozenset(_OBJECT.split())),
    ]


def _verb(ipa: str) -> list[HomographRule]:
    """Rules for a verb: in a command, and after "to", "will", "they" and similar words."""
    return [HomographRule(ipa, before=frozenset([*_MODAL.split(), *_SUBJECT])), *_command(ipa)]


def _near(ipa: str, before: str = "", after: str = "", unless_before: str = "") -> HomographRule:
    return HomographRule(
        ipa, frozenset(before.split()), frozenset(after.split()), unless_before=frozenset(unless_before.split())
    )


#: Verbs that espeak-ng reads as nouns: ``_VERBS`` in every position, ``_COMMANDS`` only in commands.
_VERBS = {
    "excuse": "ɛkskjˈuːz", "associate": "ɐsˈoʊʃɪˌeɪt", "subject": "səbdʒˈɛkt", "decrease": "dᵻkɹˈiːs",
    "insult": "ɪnsˈʌlt", "recall": "ɹᵻkˈɔːl", "escort": "ɛskˈɔːɹt", "overlap": "ˌoʊvɚlˈæp", "suspect": "səspˈɛkt",
}  # fmt: skip
_COMMANDS = {
    "use": "jˈuːz", "house": "hˈaʊz", "separate": "sˈɛpɚɹˌeɪt", "estimate": "ˈɛstᵻmˌeɪt", "moderate": "mˈɑːdɚɹˌeɪt",
    "conduct": "kəndˈʌkt", "entrance": "ɛntɹˈæns", "contract": "kəntɹˈækt", "project": "pɹədʒˈɛkt", "permit": "pɚmˈɪt",
    "perfect": "pɚfˈɛkt", "present": "pɹɪzˈɛnt", "record": "ɹᵻkˈɔːɹd", "increase": "ɪŋkɹˈiːs",
    "transport": "tɹænspˈɔːɹt", "convert": "kənvˈɜːt", "extract": "ɛkstɹˈækt", "export": "ɛkspˈɔːɹt",
    "contest": "kəntˈɛst", "attribute": "ɐtɹˈɪbjuːt", "alternate": "ˈɔːltɚnˌeɪt", "insert": "ɪnsˈɜːt",
    "transfer": "tɹænsfˈɜː", "update": "ʌpdˈeɪt", "upgrade": "ʌpɡɹˈeɪd", "construct": "kənstɹˈʌkt",
    "protest": "pɹətˈɛst", "coordinate": "koʊˈɔːɹdɪnˌeɪt", "delegate": "dˈɛlɪɡˌeɪt", "duplicate": "dˈuːplᵻkˌeɪt",
    "implant": "ɪmplˈænt", "discount": "dɪskˈaʊnt", "contrast": "kəntɹˈæst", "appropriate": "ɐpɹˈoʊpɹɪˌeɪt",
}  # fmt: skip
_VERBS_BY_STRESS = (
    "conduct contract project permit present record increase transport extract export contest protest contrast"
)
#: Verbs that have the stress on the second syllable, and as nouns on the first.
_BY_STRESS = {word: _COMMANDS[word] for word in _VERBS_BY_STRESS.split()} | {
    "decrease": "dᵻkɹˈiːs", "conflict": "kənflˈɪkt", "rebel": "ɹᵻbˈɛl", "object": "ɑːbdʒˈɛkt", "import": "ɪmpˈɔːɹt",
    "suspect": "səspˈɛkt", "convict": "kənvˈɪkt", "defect": "dᵻfˈɛkt", "subject": "səbdʒˈɛkt", "insult": "ɪnsˈʌlt",
}  # fmt: skip
#: Verbs after a plural subject, where espeak-ng reads a noun: "Muscles contract."
_AFTER_PLURALS = _BY_STRESS | {
    "progress": "pɹəɡɹˈɛs", "overlap": "ˌoʊvɚlˈæp", "alternate": "ˈɔːltɚnˌeɪt", "coordinate": "koʊˈɔːɹdɪnˌeɪt",
}  # fmt: skip
#: What follows such a verb, besides an object: "The lawyer objects to it."
_FOLLOWING = {"object": "to", "conflict": "with", "contrast": "with", "rebel": "against", "defect": "to"}
_FOLLOWING |= {"protest": "against", "suspect": "that"}

#: Nouns that espeak-ng pronounces like the verbs.
_NOUNS = {
    "advocate": "ˈædvəkət", "delegate": "dˈɛlɪɡət", "duplicate": "dˈuːplᵻkət", "import": "ˈɪmpɔːɹt",
    "alternate": "ˈɔːltɚnət", "reject": "ɹˈiːdʒɛkt", "recap": "ɹˈiːkæp", "transplant": "tɹˈænsplænt",
    "overlap": "ˈoʊvɚlˌæp", "incline": "ˈɪŋklaɪn", "compress": "kˈɑːmpɹɛs", "predicate": "pɹˈɛdᵻkət",
    "syndicate": "sˈɪndᵻkət", "laminate": "lˈæmᵻnət", "affect": "ˈæfɛkt", "torment": "tˈɔːɹmɛnt",
    "ferment": "fˈɜːmɛnt", "discharge": "dˈɪstʃɑːɹdʒ", "misuse": "mɪsjˈuːs", "precipitate": "pɹɪsˈɪpᵻtət",
}  # fmt: skip
#: Plurals that espeak-ng pronounces like the verbs, after a number or an adjective of quantity.
_MANY = "two three four five six ten many few several most some all these those both other leading"
_NO_VERB = ". , ; : ! ? — … is was of for and or to in with from on at has key copy copies bridge route version"

#: Word -> rules for pronunciations other than espeak-ng's. The first rule that applies is used.
HOMOGRAPHS: dict[str, list[HomographRule]] = {
    "read": [
        HomographRule("ɹˈɛd", before=frozenset(_HAVE.split())),
        HomographRule("ɹˈɛd", before=frozenset(["he", "she", "it"])),
        HomographRule("ɹˈɛd", before=frozenset([*_SUBJECT, "and"]), later=frozenset(["yesterday", "ago", "last"])),
    ],
    "lead": [
        _near(
            "lˈɛd",
            after="pipe pipes poisoning paint pencil pencils bullet bullets shot roof roofs mine mines ore acetate "
            "weight weights sheets sheathing miner miners mining smelter smelters smelting ingot ingots dust",
        ),
        _near("lˈɛd", before="molten white red melted sheet", unless_before="the"),
        _near("lˈɛd", before="of", after=". , ; ! ? and or is was"),
        _near("lˈɛd", before="the", after="out"),
        HomographRule(
            "lˈɛd",
            after=_set("is was has in and from melts"),
            unless_before=_set("to the a an i you we they who will can his her their our"),
            later=_set(
                "metal metals element toxic poisonous paint pipes dense soft zinc copper tin mercury arsenic "
                "cadmium water"
            ),
        ),
        HomographRule("lˈɛd", earlier=_set("mercury copper zinc tin arsenic cadmium iron")),
        HomographRule("lˈɛd", before=_set("is was are were"), after=_set(". , ; ! ?"), earlier=_set("pipe pipes roof")),
    ],
    "live": [
        HomographRule(
            "lˈɪv", after=_set("here there in near on at with together alone longer outside inside"), after_plural=True
        ),
        _near(
            "lˈaɪv",
            after="music show shows concert concerts broadcast broadcasts stream streams streaming audience album "
            "coverage performance performances wire wires ammunition ammo bait action event events recording "
            "television tv radio chat feed update updates blog band bands animals birds fish cattle chickens "
            "oak oaks grenade grenades rounds fire cells",
            unless_before="to i you we they people who",
        ),
        _near("lˈɪv", before="let and or"),
        HomographRule(
            "lˈɪv", after=frozenset(["and", "in", "with", "for", "your", "like", "long", "well"]), first=True
        ),
        _near(
            "lˈaɪv",
            before="broadcast shown streamed streaming televised went go goes going performed recorded reporting play "
            "played playing perform sing sang singing watch watched coming broadcasting tune a the",
            unless_before="to",
        ),
        _near(
            "lˈaɪv", before="is are was were be been being am i'm we're it's they're you're he's she's", after=_NO_PLACE
        ),
    ],
    "resume": [
        _near(
            "ɹˈɛzuːmˌeɪ",
            before="my his her your their our a",
            after="says said shows showed lists needs looks includes gap",
        ),
        _near("ɹˈɛzuːmˌeɪ", before="my his her your their our a the resume", after=_NO_VERB),
    ],
    "slough": [_near("slˈʌf", after="off")],
    "number": [_near("nˈʌmɚ", before="is was feels felt gets got grows grew", after="than now")],
    "combine": [_near("kˈɑːmbaɪn", before="a the", after="harvester harvesters and . , was is")],
    "designate": [_near("dˈɛzɪɡnət", before="president minister secretary chairman ambassador bishop")],
    "diffuse": [
        _near("dᵻfjˈuːs", before="a the more most very is was are so too"),
        HomographRule("dᵻfjˈuːs", after=_set("light lighting pain glow knowledge and , ."), first=True),
    ],
    "discard": [_near("dˈɪskɑːɹd", before="the a", after="pile piles heap of . , is was")],
    "dove": [
        _near("dˈoʊv", after="into headfirst in", unless_before="the a an white turtle mourning rock this that of"),
        _near(
            "dˈoʊv", before="i he she they we it who and then", after="into in off under down from for right out over"
        ),
    ],
    "abuse": [
        _near("ɐbjˈuːs", before="the of an drug child substance alcohol domestic sexual physical verbal no power"),
        _near("ɐbjˈuːs", after="of"),
        *_command("ɐbjˈuːz"),
    ],
    "console": [
        *_command("kənsˈoʊl"),
        _near("kənsˈoʊl", after="me him her them us", unless_before="the a"),
        _near("kənsˈoʊl", before="to", after=_OBJECT),
    ],
    "intimate": [_near("ˈɪntᵻmˌeɪt", before="to i we they can could will would", after="that this it")],
    "lives": [_near("lˈaɪvz", before="human lost save saved saving of two three nine")],
    "close": [
        *_command("klˈoʊz"),
        _near("klˈoʊz", before="him her them us you me", after=_OBJECT),
        _near("klˈoʊz", before="the a its", after="of"),
    ],
    "blessed": [
        _near(
            "blˈɛsᵻd",
            before="a the most my his her their our this",
            after="day virgin mother sacrament one event relief",
        )
    ],
    "learned": [
        _near("lˈɜːnᵻd", after="man men woman scholar scholars professor judge society counsel gentleman friend")
    ],
    "aged": [_near("ˈeɪdʒᵻd", after="man men woman women parents mother father couple person people")],
    "converse": [_near("kənvˈɜːs", before="to will can could they we i and would", after="with in about")],
    "does": [
        _near("dˈoʊz", before="the", after="are were and in have had graze grazed"),
        _near(
            "dˈoʊz",
            before="two three four five six several many few female young",
            after=". , and were are in with grazed grazing near",
        ),
    ],
    "polish": [HomographRule("pˈɑːlɪʃ", after=frozenset(_OBJECT.split()), first=True)],
    "associate": [
        _near("ɐsˈoʊʃɪət", after="professor professors director editor dean justice member degree degrees degree's"),
        _near("ɐsˈoʊʃɪət", before="an his her my our close business known associate former", unless_before="to"),
        *_verb("ɐsˈoʊʃɪˌeɪt"),
    ],
    "articulate": [
        _near("ɑːɹtˈɪkjʊlət", before="an very more most so highly is was and", unless_before="to"),
        _near("ɑːɹtˈɪkjʊlət", after="speech speaker man woman person voice", unless_before="to"),
    ],
    "animate": [_near("ˈænᵻmət", before="an", after="object objects being beings noun nouns")],
    "compact": [_near("kˈɑːmpækt", after="disc discs disk disks car cars camera cameras suv suvs flash cassette")],
    "frequent": [
        _near("fɹiːkwˈɛnt", before="they we i you who people customers tourists"),
        _near("fɹiːkwˈɛnt", before="to", after="the these those this that his her their such"),
    ],
    "upset": [_near("ˈʌpsɛt", after="win wins victory victories of loss alert", unless_before="was is were are very")],
    "buffet": [
        HomographRule("bˈʌfɪt", before=_set("to will would winds waves gusts storms")),
        HomographRule("bəfˈeɪ"),
    ],
    "putting": [_near("pˈʌɾɪŋ", after="green greens stroke strokes practice")],
    "axes": [
        HomographRule("ˈæksiːz", earlier=_set("x y z coordinate major minor horizontal vertical optical")),
        _near("ˈæksiːz", after="of"),
    ],
    "bases": [_near("bˈeɪsiːz", after="of for", before="the two these legal theoretical moral different")],
    "winds": [
        _near("wˈaɪndz", after="its up down"),
        HomographRule(
            "wˈaɪndz",
            after=_set("through along around past across between over toward towards into"),
            earlier=_set("river road path trail stream creek route street track line way highway it that"),
        ),
    ],
    "sow": [
        _near(
            "sˈaʊ",
            before="the a an old pregnant fat white black mother",
            after=". , and had has is was gave with nursed ate who that",
        ),
        _near("sˈaʊ", before="his her my their", after=". , to and with was is had gave"),
    ],
    "mobile": [_near("moʊbˈiːl", before="in near of from", after=", .", unless_before="is")],
    "content": [
        _near("kəntˈɛnt", before="me him her them us", after=". , ! ? with and"),
        HomographRule("kəntˈɛnt", before=frozenset([*_COPULA.split(), "rest", "heart's"])),
    ],
    "refuse": [
        _near("ɹˈɛfjuːs", before="more household dumped burning", after=". , ; and"),
        _near("ɹˈɛfjuːs", before="the of a some household", after=". , heap heaps collection bin from and was of"),
    ],
    "produce": [
        _near("pɹˈoʊduːs", before="fresh the farm garden local agricultural"),
        _near("pɹˈoʊduːs", after="aisle market markets section department stand stands"),
        _near("pɹˈoʊduːs", before="buy bought sell sold organic seasonal of our their some", after=_NO_VERB),
        HomographRule("pɹˈoʊduːs", after=frozenset(["is", "was", "prices", "and", "from"]), first=True),
    ],
    "minute": [
        _near(
            "maɪnˈuːt",
            after="detail details particle particles quantity quantities amount amounts examination inspection "
            "portion portions description differences fragments changes change traces trace variations crack cracks "
            "fraction fractions",
        ),
        _near("maɪnˈuːt", before="most very extremely so too"),
        _near("maɪnˈuːt", before="is was are were", after=". , and but compared"),
    ],
    "tear": [
        _near("tˈɛɹ", after="up apart down off away open it them out the his her him"),
        _near("tˈɛɹ", before="to will would could can must don't and"),
        _near("tˈɛɹ", after="at", unless_before="the a this that"),
        _near("tˈɛɹ", before="muscle ligament meniscus cuff acl cartilage retinal hamstring small"),
        HomographRule(
            "tˈɛɹ",
            before=_set("a the small big huge long this"),
            after=frozenset(["in", "through"]),
            later=_set(
                "fabric shirt cloth dress knee pants jeans sail tent tissue jacket acl coat sleeve curtain canvas net "
                "painting wall veil screen seam sock socks paper bag skirt muscle ligament meniscus upholstery"
            ),
        ),
    ],
    "wind": [
        _near("wˈaɪnd", before="to will would must"),
        _near("wˈaɪnd", after="up down back"),
        *_command("wˈaɪnd"),
    ],
    "wound": [
        _near("wˈaʊnd", before="he she they i we it who", after="the a his her it its up down around their"),
        _near("wˈaʊnd", after="up around round through down its his about", unless_before="the a his her this that"),
        _near(
            "wˈaʊnd",
            after="the a her my their",
            unless_before="the a an his her its their my to would will could can may might must not did head flesh "
            "gunshot knife stab bullet open old deep this that",
        ),
    ],
    "bow": [
        HomographRule(
            "bˈaʊ", before=frozenset("a"), earlier=frozenset(["take", "takes", "took", "taken", "taking", "made"])
        ),
        _near("bˈaʊ", after="to before down low his her their"),
        _near("bˈaʊ", before="to low polite deep ship's would"),
        _near("bˈaʊ", after="of", before="the"),
    ],
    "bass": [
        _near("bˈæs", before="sea striped largemouth smallmouth caught grilled"),
        _near("bˈæs", after="fishing fisherman lake swam swims swim boat bit"),
        HomographRule(
            "bˈæs",
            after=frozenset([".", ",", ";", "!", "?", "and", "or", "in", "from", "with", "on", "for"]),
            earlier=frozenset(["caught", "catch", "catching", "fish", "fishing", "hooked", "landed", "grilled"]),
        ),
    ],
    "desert": [
        HomographRule("dᵻzˈɜːt", after=_set("the a an"), after_plural=True),
        _near(
            "dᵻzˈɜːt",
            after="his her their him them me us you your my its our",
            unless_before="the a an this that sahara gobi mojave sonoran open hot vast high in across",
        ),
        _near(
            "dᵻzˈɜːt",
            before="to not never would will could soldiers troops men they who and or",
            after="the his her their it",
        ),
    ],
    "invalid": [_near("ˈɪnvəlɪd", before="an the his her", after=". , ; ! ? and who was wife mother father for")],
    "row": [
        _near("ɹˈaʊ", before="terrible blazing furious", after=". , with about over"),
        _near("ɹˈaʊ", before="a the another", after="about among erupted broke"),
        HomographRule(
            "ɹˈaʊ",
            before=_set("a another big huge"),
            after=frozenset(["over"]),
            earlier=frozenset(["had", "have", "having"]),
        ),
    ],
    "used": [
        _near("jˈuːst", after="to", before="i you he she we they it who there people")
    ],  # not "a bag used to carry"
}


def _add(words: dict[str, str], rules_of: Callable[[str], list[HomographRule]]) -> None:
    """Add the rules that ``rules_of`` gives for the pronunciation of each word."""
    for word, ipa in words.items():
        HOMOGRAPHS[word] = HOMOGRAPHS.get(word, []) + rules_of(ipa)


def _third_person(word: str) -> Callable[[str], list[HomographRule]]:
    objects = _SURE_OBJECT | {_FOLLOWING.get(word, "the")}
    return lambda ipa: [HomographRule(ipa, after=objects, after_singular=True)]


_ENDINGS = {"t": "s", "s": "ᵻz"}
_add(_VERBS, _verb)
_add(
    {"suspect": "səspˈɛkt"},
    lambda ipa: [_near(ipa, before="police authorities people", after="a the that it him her arson foul murder fraud")],
)
_add(_AFTER_PLURALS, lambda ipa: [HomographRule(ipa, after_plural=True)])
for _word in _BY_STRESS:
    _add({f"{_word}s": _BY_STRESS[_word] + _ENDINGS.get(_BY_STRESS[_word][-1], "z")}, _third_person(_word))
_add(_COMMANDS, _command)
_add(_NOUNS, lambda ipa: [_near(ipa, before=_DETERMINERS), _near(ipa, before="no that", after=_NO_VERB)])
_add(
    {"alternate": "ˈɔːltɚnət"},
    lambda ipa: [_near(ipa, after="days weeks years sundays saturdays route routes weekends")],
)
_add(
    {"alternate": "ˈɔːltɚnˌeɪt"}, lambda ipa: [_near(ipa, after="between with"), _near(ipa, before="to they would can")]
)

_add(
    {"advocates": "ˈædvəkəts", "delegates": "dˈɛlɪɡəts", "duplicates": "dˈuːplᵻkəts", "imports": "ˈɪmpɔːɹts"},
    lambda ipa: [_near(ipa, before=f"{_MANY} {_DETERMINERS} of on for and")],
)
_add(
    {"import": "ˈɪmpɔːɹt"},
    lambda ipa: [_near(ipa, after="duty duties tax taxes ban bans tariff tariffs quota quotas prices restrictions")],
)

#: First part of a compound with a hyphen -> its IPA and the second parts: "lead-free". espeak-ng reads other compounds.
_FIRST_PARTS = {
    "lead": ("lˈɛd", "free lined based acid colored coloured gray grey containing"),
    "wind": ("wˈaɪnd", "up down"),
    "live": ("lˈaɪv", "action streamed streaming stream blog fire"),
    "tear": ("tˈɛɹ", "off away out down"),
    "bow": ("bˈoʊ", "legged tie"),
}
_COMPOUND = re.compile(
    "|".join(rf"{first}-(?:{'|'.join(seconds.split())})" for first, (_, seconds) in _FIRST_PARTS.items())
)

_LATER, _EARLIER = 8, 3
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[.,;:!?…—]")


def homograph_phonemes(lowered: str, words_of: Collection[str], say: Callable[[str], str]) -> dict[int, str]:
    """The homographs that espeak-ng pronounces wrongly: {position in ``lowered``: IPA}.

    Args:
        lowered: normalized text in lower case.
        words_of: the words of ``lowered``.
        say: gives the IPA of one word on its own.
    """
    if HOMOGRAPHS.keys().isdisjoint(words_of):
        return {}
    tokens = [(m.start(), m[0]) for m in _TOKEN.finditer(lowered)]
    words = [word for _, word in tokens]
    found = {place: _choose(words, i) for i, (place, word) in enumerate(tokens) if word in HOMOGRAPHS}
    for match in _COMPOUND.finditer(lowered) if "-" in lowered else ():
        first, _, second = match[0].partition("-")
        found[match.start()] = _FIRST_PARTS[first][0] + say(second)
    return {place: ipa for place, ipa in found.items() if ipa}


def _follows_plural(words: Sequence[str], at: int, after: str) -> bool:
    """Whether the word after ``words[at]`` is a verb with a plural subject: "Prices increase sharply."""
    noun = words[at] if at >= 0 else ""
    if len(noun) < 4 or noun[-1] != "s" or noun[-2] in "s'u" or noun in _ATTRIBUTIVE:
        return False
    if after not in _AFTER_VERB and not after.endswith("ly"):
        return False
    return at <= 1 or not _BEFORE_SUBJECT.isdisjoint(words[max(0, at - 2) : at])


def _follows_singular(words: Sequence[str], at: int) -> bool:
    """Whether the word after ``words[at]`` is a verb with a singular subject: "The farm exports it"."""
    noun = words[at] if at >= 0 else ""
    if not noun[:1].isalpha() or noun in _BEFORE_NOUN or (noun[-1] == "s" and noun[-2:] not in ("ss", "us", "is")):
        return False
    before = words[max(0, at - 3) : at]
    return not before or before[-1] in ".!?:;" or not _DETERMINED.isdisjoint(before[-2:])


_DETERMINED = frozenset(_DETERMINERS.split())


def _choose(words: Sequence[str], i: int) -> str | None:
    at = i - 1
    while at > 0 and words[at] in _ADVERBS:
        at -= 1
    before = words[at] if at >= 0 else "."
    after = words[i + 1] if i + 1 < len(words) else "."
    for reading in HOMOGRAPHS[words[i]]:
        if reading.first is not None and (before in ".!?;:") != reading.first:
            continue
        if reading.before and before not in reading.before:
            continue
        if reading.later and reading.later.isdisjoint(words[i + 1 : i + 1 + _LATER]):
            continue
        if reading.earlier and reading.earlier.isdisjoint(words[max(0, i - _EARLIER) : i]):
            continue
        if reading.after_plural and not _follows_plural(words, at, "." if reading.after else after):
            continue
        if reading.after_singular and not _follows_singular(words, at):
            continue
        if before in reading.unless_before or (reading.after and after not in reading.after):
            continue
        return reading.ipa
    return None
