"""Starting from a voice that already speaks."""

from __future__ import annotations

from collections.abc import Sequence

from safetensors.torch import load_file
from torch import Tensor, nn

from tts.voice import find_voice, read_config

EMBEDDING = "encoder.embedding.weight"


def warm_start(model: nn.Module, voice: str, symbols: Sequence[str]) -> list[str]:
    """Copy the weights of ``voice`` (a name, a voice folder or a run folder) into ``model`` where they fit.

    Symbols are matched by name, so the voice may know others, or in another order, than ``symbols``. Returns the
    names of what stays as it was initialised. Raises `tts.voice.VoiceError` if there is no such voice, ValueError
    if nothing fits.
    """
    folder = find_voice(voice)
    source, target = load_file(folder / "acoustic.safetensors"), model.state_dict()
    known = list(read_config(folder).text.get("symbols") or symbols)
    if EMBEDDING in source and EMBEDDING in target and source[EMBEDDING].shape[1:] == target[EMBEDDING].shape[1:]:
        source[EMBEDDING] = _match_rows(source[EMBEDDING], known, target[EMBEDDING], symbols)
    fitting = {name: value for name, value in source.items() if name in target and target[name].shape == value.shape}
    if not fitting:
        raise ValueError(f"no weight of {folder} fits this model: use the acoustic= that the voice was trained with")
    model.load_state_dict(fitting, strict=False)
    return [name for name in target if name not in fitting]


def _match_rows(source: Tensor, known: Sequence[str], target: Tensor, symbols: Sequence[str]) -> Tensor:
    rows = target.clone()  # a symbol that the voice never met keeps its new row
    places = {symbol: row for row, symbol in enumerate(known)}
    for row, symbol in enumerate(symbols):
        if symbol in places:
            rows[row] = source[places[symbol]]
    return rows
