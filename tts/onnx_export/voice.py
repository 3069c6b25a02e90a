"""Export a whole voice to ONNX."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

from omegaconf import OmegaConf

from tts.acoustic.lattice_decoder import LatticeDecoder
from tts.acoustic.model import SequenceToMel
from tts.acoustic.parallel_model import ParallelModel
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.transformer_decoder import TransformerDecoder
from tts.core.files import remove_leftovers, writing_to
from tts.engine.manifest import Manifest, write_manifest
from tts.engine.torch_engine import load_rules
from tts.onnx_export.autoregressive import export_autoregressive
from tts.onnx_export.parallel import export_parallel
from tts.onnx_export.vocoder import export_vocoder
from tts.voices.finding import ONNX_FOLDER, VoiceError
from tts.voices.voice import Voice

DECODERS = (RecurrentDecoder, TransformerDecoder, LatticeDecoder)  # autoregressive decoders with an export


def export_onnx(voice: Voice, folder: str | Path, int8: bool = False) -> Path:
    """Write ``onnx/`` into the voice folder ``folder``. An existing ``onnx/`` is replaced.

    Args:
        voice: the voice.
        folder: the folder of the voice.
        int8: quantize the large products, see `tts.onnx_export.quantization`.

    Raises:
        ValueError: the class of a part of the voice has no export.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder, prefix := ".onnx.unfinished-")
    with writing_to(folder), tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as temporary:
        new = Path(temporary) / ONNX_FOLDER
        new.mkdir()
        mel = voice.mel
        options = _export_acoustic(voice.acoustic, voice.step_seconds, new)
        vocoder = export_vocoder(voice.vocoder, new)
        numbers = ("sample_rate", "n_fft", "hop_length", "win_length", "n_mels")
        contract = {name: getattr(mel, name) for name in numbers} | {"log_floor": float(mel.log_floor)}
        text = cast("dict[str, Any]", OmegaConf.to_container(voice.config.text, resolve=True))
        manifest = Manifest(new, voice.name, text, contract, options, vocoder.options)
        write_manifest(new, manifest, vocoder.arrays)
        if int8:
            from tts.onnx_export.calibration import quantize_voice

            quantize_voice(Path(temporary))
        shutil.rmtree(folder / ONNX_FOLDER, ignore_errors=True)
        shutil.move(new, folder / ONNX_FOLDER)
    return folder / ONNX_FOLDER


def _export_acoustic(acoustic: Any, step_seconds: float, folder: Path) -> dict[str, Any]:
    """Write the graphs of the acoustic model. Returns the options of the manifest."""
    if isinstance(acoustic, ParallelModel):
        return export_parallel(acoustic, folder)
    if isinstance(acoustic, SequenceToMel) and isinstance(acoustic.decoder, DECODERS):
        return export_autoregressive(acoustic, load_rules(step_seconds), folder)
    raise VoiceError(f"{type(acoustic).__name__} has no ONNX export. Use the engine torch for this voice.")
