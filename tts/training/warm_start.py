"""Initialize a model with the weights of a voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from tts.voices.voice import VoiceError, find_voice, read_config, read_weights

EMBEDDING = "encoder.embedding.weight"


def warm_start(model: nn.Module, voice: str, symbols: Sequence[str]) -> list[str]:
    """Copy the weights of ``voice`` (a name, a voice folder or a run folder) into ``model`` where the shapes match.

    Symbols are matched by name, so the voice may have other symbols or another order than ``symbols``. Returns the
    names of the weights that were not copied.

    Raises:
        tts.voices.voice.VoiceError: the voice does not exist, or it lacks most of the model's weights.
    """
    folder = find_voice(voice)
    source, target = read_weights(folder / "acoustic.safetensors")[0], model.state_dict()
    known = list(read_config(folder).text.get("symbols") or symbols)
    if EMBEDDING in source and EMBEDDING in target and source[EMBEDDING].shape[1:] == target[EMBEDDING].shape[1:]:
        source[EMBEDDING] = _match_rows(source[EMBEDDING], known, target[EMBEDDING], symbols)
    fitting = {name: value for name, value in source.items() if name in target and target[name].shape == value.shape}
    if 2 * _count(fitting) < _count(target):
        raise VoiceError(
            f"{folder} has another architecture or size: it has only {_count(fitting):,} of this model's "
            f"{_count(target):,} weights{_example(source, target)}. Use its own acoustic= and attention=."
        )
    model.load_state_dict(fitting, strict=False)
    return [name for name in target if name not in fitting]


def _count(weights: Mapping[str, Tensor]) -> int:
    return sum(value.numel() for value in weights.values())


def _example(source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> str:
    for name, value in target.items():
        if name in source and source[name].shape != value.shape:
            return f" (its {name} is {list(source[name].shape)}, here {list(value.shape)})"
    return ""


def _match_rows(source: Tensor, known: Sequence[str], target: Tensor, symbols: Sequence[str]) -> Tensor:
    rows = target.clone()  # a symbol that the voice does not have keeps its new row
    places = {symbol: row for row, symbol in enumerate(known)}
    for row, symbol in enumerate(symbols):
        if symbol in places:
            rows[row] = source[places[symbol]]
    return rows
