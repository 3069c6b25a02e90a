"""The symbols that a model can read. Each is one Unicode character, and their order never changes.

The position of a symbol is its row in a trained embedding, so new symbols go to the end. The set covers the IPA chart
and the other characters that espeak-ng 1.52 writes for its languages: tone digits, capitals and ties.
"""

from __future__ import annotations

PAD = "_"
BOS = "^"
EOS = "$"

PUNCTUATION = ".,;:!?…—-()\"'«»¡¿"
STRESS_AND_LENGTH = "ˈˌːˑ"
LATIN = "abcdefghijklmnopqrstuvwxyz"
VOWELS = "æɐɑɒɔɘəɚɛɜɝɞɤɨɩɪɯɵɶʉʊʌʏøœᵻᵿ"
CONSONANTS = "ðŋɓɕɖɗɟɠɡɢɣɥɦɧɫɬɭɮɰɱɲɳɴɸɹɺɻɽɾʀʁʂʃʄʈʋʍʎʐʑʒʔʕʙʛʜʝʟʡʢħβθχçʘǀǁǂǃ"
MODIFIERS = "ʰʱʲʷˠˤ˞ⁿˡᵐᵑᵝʼ"
COMBINING = (
    "\u0303\u0306\u0308\u030a\u030b\u030c\u0300\u0301\u0302\u0304\u030f\u0311\u031a\u031c\u031d\u031e\u031f\u0320"
    "\u0324\u0325\u0329\u032a\u032c\u032f\u0330\u0334\u0339\u033a\u033b\u033c\u0361"
)
TONES = "˥˦˧˨˩0123456789"
ESPEAK_EXTRAS = "äõĩũʦΦεAEFIKNOSUXZË#+[]`"

#: Every symbol, in embedding order. Append only.
SYMBOLS: tuple[str, ...] = (
    PAD,
    BOS,
    EOS,
    " ",
    *PUNCTUATION,
    *STRESS_AND_LENGTH,
    *LATIN,
    *VOWELS,
    *CONSONANTS,
    *MODIFIERS,
    *COMBINING,
    *TONES,
    *ESPEAK_EXTRAS,
)
