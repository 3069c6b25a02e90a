"""Names of the attentions to compare, and the command-line words that train them.

====================  ==================================================================
``NAME``              an attention of ``conf/attention`` in the recurrent decoder
``transformer:NAME``  the same in every layer of a Transformer decoder
``parallel:NAME``     a cross-attention of ``conf/parallel_attention`` in the decoder that makes all frames at once
``neural_hmm``        a decoder without attention, of ``conf/acoustic``; also ``transducer``
====================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.utils import get_class

from tts.core.config import config_root
from tts.core.errors import AttuneError
from tts.core.plain_yaml import load_yaml

LATTICES = ("neural_hmm", "transducer")
TRANSFORMER, PARALLEL = "transformer:", "parallel:"
EXPERIMENT = "experiment=compare_attentions"
FAMILIES = (  # one mechanism of each family
    "additive",
    "luong_general",
    "location_sensitive",
    "forward_attention",
    "gmm",
    "dynamic_convolution",
    "hard_monotonic",
    "mocha",
    "stepwise_monotonic",
    "stepwise_median",
    "position_aware",
    "neural_hmm",
    "transducer",
)
ATTENTION = "parallel_attention@acoustic.decoder.attention"


def mechanism_names() -> list[str]:
    """All names, one of each family first: in the recurrent decoder, and in a Transformer where `applies`."""
    attentions = _names("attention")
    parallel = [PARALLEL + name for name in _names("parallel_attention")]
    transformers = [TRANSFORMER + name for name in attentions if applies(name)]
    return list(dict.fromkeys([*FAMILIES, *attentions, *parallel, *transformers]))


def applies(attention: str) -> bool:
    """Whether a Transformer trains with the attention in parallel over time.

    Stepwise ones have their recurrence in one function; with the others every layer goes step by step.
    """
    kind: Any = get_class(_target(attention))
    return kind.parallel or any(base.__name__ == "StepwiseBase" for base in kind.__mro__)


def check_names(names: Sequence[str]) -> None:
    """Raise `AttuneError` for an unknown name."""
    known = [*mechanism_names(), *(TRANSFORMER + name for name in _names("attention"))]
    for name in names:
        if name not in known:
            raise AttuneError(f"there is no attention '{name}'. There are: {', '.join(dict.fromkeys(known))}.")


def training_words(name: str) -> list[str]:
    """The words of ``python -m tts.train`` that choose the mechanism of ``name``."""
    if name in LATTICES:
        return [f"{EXPERIMENT}/lattice", f"acoustic={name}"]
    if name.startswith(PARALLEL):
        return [f"{EXPERIMENT}/parallel", f"{ATTENTION}={name.removeprefix(PARALLEL)}"]
    if name.startswith(TRANSFORMER):
        return [f"{EXPERIMENT}/transformer", f"attention={name.removeprefix(TRANSFORMER)}"]
    return [f"{EXPERIMENT}/train", f"attention={name}"]


def _folder(group: str) -> Path:
    return config_root() / "conf" / group


def _names(group: str) -> list[str]:
    return sorted(path.stem for path in _folder(group).glob("*.yaml"))


def _target(attention: str) -> str:
    """The class of a configuration, looked up in its base configuration if needed."""
    config = load_yaml(_folder("attention") / f"{attention}.yaml")
    if "_target_" in config:
        return str(config["_target_"])
    return _target(str(config["defaults"][0]).partition("@")[0])
