"""Labels of forms and invoices, and abbreviations of law: "Qty: 3", "Inv. No. 12", "Bal. due", "Amend. XIV"."""

from __future__ import annotations

from tts.text.rules import Rule, any_of, rule

#: Labels before a colon.
_LABELS = {
    "Qty": "Quantity", "qty": "quantity", "Bal": "Balance", "Inv": "Invoice", "Acct": "Account", "Ref": "Reference",
    "Addr": "Address", "Temp": "Temperature", "Vol": "Volume", "Subj": "Subject", "Tel": "Telephone",
    "Cust": "Customer",
    "Desc": "Description", "Loc": "Location", "Qtr": "Quarter", "Mfr": "Manufacturer", "Tot": "Total",
    "Ext": "Extension",
    "Approx": "Approximately", "Sig": "Signature", "Occ": "Occupation", "Appt": "Appointment", "Rec'd": "Received",
    "Fwd": "Forward", "Prev": "Previous",
    "Mob": "Mobile", "Lic": "License", "Prod": "Product", "Dist": "Distance",
    "Max": "Maximum", "Min": "Minimum", "QTY": "QUANTITY", "BAL": "BALANCE", "ACCT": "ACCOUNT", "REF": "REFERENCE",
}  # fmt: skip
#: These are names or nouns too, so a number must follow.
_COUNTED = {"Max", "Min", "Vol", "Temp", "Dist", "Ext", "Prev"}
#: Abbreviation -> what follows its full stop, and its reading there.
_CONTEXTS = {
    "Inv": (r"(?=\s+(?:No\b|Nr\b|#|\d|[Dd]ate\b|[Tt]otal\b))", "invoice"),
    "Bal": (r"(?=\s+(?:due\b|forward\b|[Bb]rought|of\b|\$))", "balance"),
    "Acct": (r"(?=\s+[#*•\d])", "account"),
    "Qty": (r"(?=\s+\d|:)", "quantity"),
    "Amt": (r"(?=\s+(?:due\b|paid\b|[$£€\d])|:)", "amount"),
    "Amend": (r"(?=\s+(?:\d|[IVX]+\b))", "amendment"),
    "Div": (r"(?=\s+(?:[1-4]\b|I{1,3}\b|IV\b))", "Division"),
    "Disc": (r"(?=\s+\d)", "discount"),
    "Appx": (r"(?=\s+(?:[A-Z\d]\b|[IVX]+\b))", "appendix"),
    "trans": (r"(?=\s+[A-Z])", "translated by"),
    "eds": (r"(?=\s+[A-Z])", "editors"),
    "ed": (r"(?=\s+by\b)", "edited"),
    "incl": (r"(?=\s+[A-Z])", "including"),
    "excl": (r"(?=\s+[A-Z])", "excluding"),
    "Sym": (r"(?=\s+(?:No\b|\d))", "Symphony"),
    "Educ": (r"(?=\s*(?:$|[,;)]|v\.))", "Education"),
    "Transp": (r"(?=\s*(?:$|[,;)]|v\.))", "Transportation"),
}  # fmt: skip
_IN_CONTEXT = r"\b(?:" + "|".join(rf"{word}\.{then}" for word, (then, _) in _CONTEXTS.items()) + ")"
#: Abbreviations whose full stop does not end a sentence.
STOPS = (
    _IN_CONTEXT.replace(r"\s*(?:$|[,;)]|v\.)", r"\s*(?:[,;)]|v\.)")
    + r"|(?<=\d(?:st|nd|rd|th) )[Cc]ent\.(?=\s+(?:BC|AD|CE)\b)|\bFed\.(?=\s+Reg\.\s)|(?<=\bFed\. )Reg\.(?=\s)"
)
_PLACE = r"(?:(?<![^\n])|(?<=[.;,|] ))"
_SURE = any_of(set(_LABELS) - _COUNTED)

#: Part of `tts.text.english.abbreviations.ABBREVIATIONS`.
LABELS: tuple[Rule, ...] = (
    rule(
        rf"{_PLACE}(?:(?P<label>{_SURE})\.?(?=:(?!\w))|(?P<counted>{any_of(_COUNTED)})\.?(?=:\s*[-$£€+]?\d))",
        lambda m: _LABELS[m["label"] or m["counted"]],
        spaced=False,
    ),
    rule(_IN_CONTEXT, lambda m: _CONTEXTS[m[0][:-1]][1], spaced=False),
    rule(r"(?:(?<=\dth )|(?<=\dst )|(?<=\dnd )|(?<=\drd ))[Cc]ent\.(?=\s+(?:BC|AD|CE|[a-z])|,)", lambda m: "century"),
    rule(r"(?<=\d) ?ff\b\.?(?!\w)", lambda m: " and following"),
    rule(r"\bFed\. Reg\.", lambda m: "Federal Register", spaced=False),
    rule(r"\bDIV(?=\s+(?:[1-4]\b|I{1,3}\b|IV\b))", lambda m: "DIVISION", spaced=False),
    rule(r"(?<=\d(?:st|nd|rd|th) )Amend\.(?=\s*$|\s+[a-z]|,)", lambda m: "Amendment"),
)
#: Words after which a text may have such abbreviations.
TRIGGERS = {*_LABELS, "DIV", "Educ", "Transp", "Amend"}
