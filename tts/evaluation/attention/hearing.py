"""Word errors of a recognizer on texts synthesized without repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import soxr
import torch

from tts.evaluation.asr import SAMPLE_RATE, Recognizer
from tts.evaluation.error_rates import count_errors, error_rates


@torch.inference_mode()
def hear(voice: Any, texts: Sequence[str], recognizer: Recognizer) -> dict[str, Any]:
    """Synthesize every text alone with seed 0 and the voice's own vocoder, and transcribe it.

    Args:
        voice: a `tts.voices.voice.Voice`.
        texts: of one utterance each.
        recognizer: hears the sound.

    Returns:
        ``wer`` in percent with ``wer_interval``, ``recognizer`` and what was ``heard``.
    """
    counted, heard = [], []
    for text in texts:
        tokens = torch.tensor([voice.frontend(text).tokens])
        output = voice.acoustic.generate(tokens, torch.tensor([tokens.shape[1]]), [0])
        wav = voice.vocoder(output.mel)[0].cpu().numpy()
        heard.append(recognizer(soxr.resample(wav, voice.mel.sample_rate, SAMPLE_RATE)))
        counted.append(count_errors(text, heard[-1], recognizer.normalize))
    rates = error_rates(counted)
    found = {name: round(rates[name], 2) for name in ("wer", "wer_interval")}
    return found | {"recognizer": recognizer.name, "heard": heard}
