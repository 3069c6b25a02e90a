"""Read and write voices. A voice is a folder with its configuration, its weights and a model card.

``config.yaml``           resolved: ``name``, ``text``, ``audio``, ``acoustic``, ``vocoder``, and a free ``card``
``acoustic.safetensors``  weights of the acoustic model, with the spec of their mel in the metadata
``vocoder.safetensors``   weights of the vocoder, if it has any
``README.md``             the model card

A voice is built without ``conf/``, and only from classes that `tts.core.config` trusts. So an untrusted folder cannot
run code.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
import yaml
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tts.core.config import check_targets, instantiate
from tts.core.files import check_readable, read_regular, remove_leftovers, writing_to
from tts.core.interfaces import AcousticModel, Vocoder
from tts.core.moved import modernize
from tts.core.plain_yaml import PlainYamlError, load_yaml
from tts.voices.bounds import LEXICON, check_values, lexicon_path
from tts.voices.building import sized_by
from tts.voices.finding import ONNX_FOLDER, VoiceError, find_voice, has_onnx

MAX_LEXICON_BYTES = 20_000_000
PARTS = ("text", "audio", "acoustic", "vocoder")
MEL_SPEC_KEY = "mel"  # key of the safetensors metadata for the spec of the mel


@dataclass(frozen=True)
class Voice:
    """A voice that is ready to speak.

    Attributes:
        frontend: text -> `tts.text.frontend.EncodedText`.
        mel: the mel of the voice, `tts.audio.mel.MelSpectrogram`.
        acoustic: symbols -> mel, `tts.core.interfaces.AcousticModel`, in evaluation mode.
        vocoder: mel -> waveform, `tts.core.interfaces.Vocoder`.
        config: the configuration of the voice.
    """

    frontend: Any
    mel: Any
    acoustic: Any
    vocoder: Any
    config: DictConfig

    @property
    def name(self) -> str:
        """The name of the voice."""
        return str(self.config.get("name", "unnamed"))

    @property
    def step_seconds(self) -> float:
        """The duration of a decoder step in seconds."""
        return self.acoustic.reduction_factor * self.mel.hop_length / self.mel.sample_rate

    def to(self, device: str | torch.device) -> Voice:
        """Move the modules of the voice to ``device``. Raises `VoiceError` if the device cannot be used."""
        try:
            if torch.device(device).type == "meta":
                raise RuntimeError("it computes only shapes")
            for part in (self.mel, self.acoustic, self.vocoder):
                part.to(device)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0].split(", ipu")[0]  # torch lists every type of device
            raise VoiceError(f"Device '{device}' cannot be used here ({reason}). Use device 'cpu'.") from error
        return self


def load_voice(name_or_path: str | Path | None = None, overrides: Sequence[str] = ()) -> Voice:
    """Build a voice and load its weights.

    Args:
        name_or_path: the name of a voice, a voice folder, or a training run with a voice; None is the default voice.
        overrides: changes of options such as ``vocoder.iterations=60``, applied before the voice is built.

    Raises:
        VoiceError: a file is missing, damaged or inconsistent.
        tts.core.config.UntrustedTargetError: the config names a class that is not allowed.
    """
    folder = find_voice(name_or_path)
    config = read_config(folder)
    apply_overrides(config, overrides)
    voice = _build(config, folder)
    load_weights(voice.acoustic, folder / "acoustic.safetensors", voice.mel)
    if (folder / "vocoder.safetensors").exists() or next(voice.vocoder.parameters(), None) is not None:
        load_weights(voice.vocoder, folder / "vocoder.safetensors", voice.mel)
    return voice


def read_config(folder: Path) -> DictConfig:
    """Read ``config.yaml`` of a voice folder. Raises `VoiceError` if it is not the config of a voice."""
    path = folder / "config.yaml"
    try:
        config = load_yaml(path)
        OmegaConf.to_container(config, resolve=True)
    except (PlainYamlError, OmegaConfBaseException, RecursionError) as error:
        raise VoiceError(f"{error} Copy the voice again: {path} is damaged or is not of a voice.") from error
    missing = [part for part in PARTS if not OmegaConf.is_dict(config.get(part)) or "_target_" not in config[part]]
    if missing:
        raise VoiceError(f"{path} is not the config of a voice: it lacks {', '.join(missing)}. Copy the voice again.")
    return config


def apply_overrides(config: DictConfig, words: Sequence[str]) -> None:
    """Change existing values of ``config`` in place, as with ``["vocoder.iterations=60"]``. Raises `VoiceError`."""
    for word in words:
        key, equals, value = word.partition("=")
        known = _leaves(OmegaConf.to_container(config, resolve=True))
        if not equals or key not in known:
            raise VoiceError(
                f"'{word}' changes nothing: the voice's config has no value '{key}'; {_similar(key, known)}"
            )
        OmegaConf.update(config, key, yaml.safe_load(value))


def save_voice(
    folder: str | Path,
    config: DictConfig | Mapping[str, Any],
    acoustic_state: Mapping[str, Tensor],
    vocoder_state: Mapping[str, Tensor] | None = None,
    dtype: torch.dtype | None = None,
) -> Path:
    """Write a voice folder. Every file is written atomically.

    Args:
        folder: the folder to write; a voice in it is replaced.
        config: a composed config with at least ``text``, ``audio``, ``acoustic`` and ``vocoder``; of other keys only
            ``name`` and ``card`` are stored. The symbols of the text front end are stored, so that a later version
            with more symbols still reads the voice correctly.
        acoustic_state: the ``state_dict`` of the acoustic model.
        vocoder_state: the ``state_dict`` of the vocoder, if it has weights.
        dtype: type in which floating-point weights are stored; ``torch.float16`` halves the size.

    Raises:
        VoiceError: the folder is not a voice and has files that would be replaced.
        tts.core.files.PlaceError: the folder cannot be written.
    """
    folder = Path(folder)
    _check_not_foreign(folder)
    voice = _resolve(config, default_name=folder.name)
    metadata = {MEL_SPEC_KEY: json.dumps(instantiate(voice.audio, "audio").mel_spec)}
    lexicon = _take_lexicon(voice)
    with writing_to(folder), _new_folder(folder) as temporary:
        new = Path(temporary) / folder.name
        new.mkdir()
        # not save_file, because other users cannot read its files
        (new / "acoustic.safetensors").write_bytes(save(to_storage(acoustic_state, dtype), metadata))
        if vocoder_state:
            (new / "vocoder.safetensors").write_bytes(save(to_storage(vocoder_state, dtype), metadata))
        OmegaConf.save(voice, new / "config.yaml")
        if lexicon:
            (new / LEXICON).write_bytes(lexicon)
        (new / "README.md").write_text(_model_card(voice), encoding="utf-8")
        _replace_folder(new, folder)
    return folder


def _build(config: DictConfig, folder: Path) -> Voice:
    try:
        plain = {part: modernize(OmegaConf.to_container(config[part], resolve=True)) for part in PARTS}
        for part in PARTS:
            check_targets(plain[part], part, part)
        check_values(plain, f"{folder}/config.yaml")
        if plain["text"].get("lexicon"):
            plain["text"]["lexicon"] = config.text.lexicon = lexicon_path(folder, str(plain["text"]["lexicon"]))
        frontend, mel = instantiate(plain["text"], "text"), instantiate(plain["audio"], "audio")
        with sized_by(folder / "acoustic.safetensors"):
            acoustic = instantiate(plain["acoustic"], "acoustic")
        with sized_by(folder / "vocoder.safetensors"):
            vocoder = instantiate(plain["vocoder"], "vocoder", mel=mel)
    except (InstantiationException, OmegaConfBaseException) as error:
        if isinstance(error.__cause__, VoiceError):
            raise error.__cause__ from error
        raise VoiceError(
            f"{folder}/config.yaml cannot be built: {error}. "
            "Undo the overrides, or use the version of attune-tts that the voice was made with."
        ) from error
    for part, kind in ((acoustic, AcousticModel), (vocoder, Vocoder)):
        if not isinstance(part, kind):
            raise VoiceError(
                f"{folder}: {type(part).__name__} does not implement {kind.__name__}. Copy the voice again."
            )
    symbols = OmegaConf.select(config, "acoustic.encoder.num_symbols")
    if symbols is not None and symbols != frontend.num_symbols:
        raise VoiceError(
            f"{folder}: the text front end has {frontend.num_symbols} symbols, but the acoustic model has {symbols}. "
            "Restore the text.symbols that the voice was trained with."
        )
    check_mel_spec(vocoder.mel_spec, mel.mel_spec, f"vocoder {type(vocoder).__name__}")
    for part in (mel, acoustic, vocoder):
        part.eval().requires_grad_(False)
    return Voice(frontend, mel, acoustic, vocoder, config)


def check_mel_spec(found: Mapping[str, Any], wanted: Mapping[str, Any], who: str) -> None:
    """Raise `VoiceError` if two mel specs differ, because a vocoder gives noise for a wrong mel."""
    if dict(found) == dict(wanted):
        return
    differing = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    raise VoiceError(
        f"The {who} has another mel than this voice's audio (they differ in {', '.join(differing)}).\n"
        f"  {who}: {dict(found)}\n  voice:{' ' * (len(who) - 5)} {dict(wanted)}\n"
        "Use a vocoder trained on the voice's mel, or restore the voice's own config."
    )


def read_weights(path: Path) -> tuple[dict[str, Tensor], str | None]:
    """The weights of a safetensors file, and its mel spec as JSON. Raises `VoiceError` if it cannot be read."""
    if path.exists() and not path.is_file():
        raise VoiceError(f"{path} is not a regular file. Copy the voice again.")
    check_readable(path)
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a dict
            return state, (file.metadata() or {}).get(MEL_SPEC_KEY)
    except FileNotFoundError as error:
        if has_onnx(path.parent):
            raise VoiceError(
                f"Voice {path.parent.name} has only ONNX graphs, which speak. This needs a voice with PyTorch weights, "
                "such as heart."
            ) from error
        raise VoiceError(f"{path} is missing. Copy the voice again with all its files.") from error
    except (SafetensorError, OSError) as error:
        raise VoiceError(f"{path} is truncated or damaged ({error}). Copy the voice again.") from error


def load_weights(module: nn.Module, path: Path, mel: Any) -> None:
    """Load the weights of ``path`` into ``module``. Stored 16-bit weights are converted to the module's type."""
    state, contract = read_weights(path)
    if contract is not None:
        check_mel_spec(_spec(contract, path), mel.mel_spec, f"weights {path.name}")
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise VoiceError(
            f"{path} does not fit the model that config.yaml describes: both must come from the same export. {error}"
        ) from error


def _spec(text: str, path: Path) -> dict[str, Any]:
    try:
        spec = json.loads(text)
    except (ValueError, RecursionError):
        spec = None
    if not isinstance(spec, dict):
        raise VoiceError(f"The mel spec in {path} cannot be read ('{text[:40]}'). Copy the voice again.")
    return spec


def _resolve(config: DictConfig | Mapping[str, Any], default_name: str) -> DictConfig:
    if not isinstance(config, DictConfig):
        config = OmegaConf.create(dict(config))
    keys = [key for key in ("name", *PARTS, "card") if config.get(key) is not None]
    voice = {key: _plain(config[key]) for key in keys}
    voice.setdefault("name", default_name)
    ordered = OmegaConf.create({key: voice[key] for key in ("name", *keys) if key in voice})
    if ordered.text.get("symbols") is None:
        ordered.text.symbols = list(instantiate(ordered.text, "text").symbols)
    return ordered


def _take_lexicon(voice: DictConfig) -> bytes | None:
    """Return the content of the lexicon, which is copied into the voice, and change its path in the config."""
    path = voice.text.get("lexicon")
    if not path:
        return None
    try:
        content = read_regular(Path(path), MAX_LEXICON_BYTES)
    except OSError as error:
        raise VoiceError(f"The lexicon {path} cannot be copied into the voice ({error}).") from error
    voice.text.lexicon = LEXICON
    return content


def _plain(value: Any) -> Any:
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def to_storage(state: Mapping[str, Tensor], dtype: torch.dtype | None) -> dict[str, Tensor]:
    """Copy weights to the CPU, contiguous and without shared memory, as safetensors requires."""
    stored = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu()
        small = tensor.to(dtype) if dtype is not None and tensor.is_floating_point() else tensor
        # float16 ends at 65504; tensors with larger values, such as a running variance, keep their type
        fits = not small.is_floating_point() or bool(torch.isfinite(small).all())
        stored[name] = (small if fits else tensor).contiguous().clone()
    return stored


def _check_not_foreign(folder: Path) -> None:
    is_voice = (folder / "acoustic.safetensors").exists() or has_onnx(folder)
    taken = [name for name in ("config.yaml", "README.md") if (folder / name).exists()]
    if taken and not is_voice:
        raise VoiceError(
            f"{folder} is not a voice, and its {' and '.join(taken)} would be replaced. Choose another folder."
        )


def _new_folder(folder: Path) -> tempfile.TemporaryDirectory[str]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent, prefix := f".{folder.name[:80]}.unfinished-")
    return tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix)


def _replace_folder(new: Path, folder: Path) -> None:
    """Replace ``folder`` by ``new``, the weights before the config that describes them."""
    if not folder.exists():
        os.replace(new, folder)
        return
    shutil.rmtree(folder / ONNX_FOLDER, ignore_errors=True)  # its graphs have the old weights
    for name in ("vocoder.safetensors", "acoustic.safetensors", LEXICON, "config.yaml", "README.md"):
        if (new / name).exists():
            os.replace(new / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _model_card(voice: DictConfig) -> str:
    """The text of the model card, from the config."""
    lines = [f"# Voice {voice.name}", ""]
    for key, value in (_plain(voice.get("card")) or {}).items():
        lines.append(f"- **{key}**: {value}")
    parts = [f"| {part} | `{voice[part].get('_target_', '')}` |" for part in PARTS]
    lines += ["", "| part | class |", "|---|---|", *parts, ""]
    lines += ["```sh", f'python -m tts.synthesize "Hello world." --voice {voice.name} -o hello.wav', "```", ""]
    return "\n".join(lines)


def _similar(key: str, known: Sequence[str]) -> str:
    """Name the options that ``key`` may mean: by the whole path, else by its last part."""
    last = {path: path.rpartition(".")[2] for path in known}
    names = get_close_matches(key.rpartition(".")[2], set(last.values()), n=2, cutoff=0.75)
    close = get_close_matches(key, known, n=3) or [path for path in known if last[path] in names][:4]
    if close:
        return f"did you mean {' or '.join(close)}?"
    sections = sorted({path.partition(".")[0] for path in known if "." in path})
    return f"its options begin with {', '.join(f'{section}.' for section in sections)}"


def _leaves(config: Any, prefix: str = "") -> list[str]:
    """The dotted paths of all values of a plain config."""
    if not isinstance(config, dict):
        return [prefix]
    return [leaf for key, value in config.items() for leaf in _leaves(value, f"{prefix}.{key}" if prefix else key)]
