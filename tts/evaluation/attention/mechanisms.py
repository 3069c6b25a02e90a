"""What can be compared, by name, and the words that train it.

====================  ==================================================================
``NAME``              an attention of ``conf/attention`` in the recurrent decoder
``transformer:NAME``  the same in every layer of a Transformer decoder
``neural_hmm``        a decoder without attention, of ``conf/acoustic``; also ``transducer``
====================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

from tts.core.config import config_root
from tts.core.errors import AttuneError

LATTICES = ("neural_hmm", "transducer")
TRANSFORMER = "transformer:"


def mechanism_names() -> list[str]:
    """All of them: every attention in both decoders, and the lattices."""
    attentions = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
    return [*attentions, *(TRANSFORMER + name for name in attentions), *LATTICES]


def check_names(names: Sequence[str]) -> None:
    """Raise `AttuneError` for a name that means nothing."""
    known = mechanism_names()
    for name in names:
        if name not in known:
            raise AttuneError(f"there is no attention '{name}'. There are: {', '.join(known)}.")


def training_words(name: str) -> list[str]:
    """The words of ``python -m tts.train`` that choose the mechanism of ``name``."""
    if name in LATTICES:
        return ["experiment=compare_attentions/lattice", f"acoustic={name}"]
    if name.startswith(TRANSFORMER):
        return ["experiment=compare_attentions/transformer", f"attention={name.removeprefix(TRANSFORMER)}"]
    return ["experiment=compare_attentions/train", f"attention={name}"]
