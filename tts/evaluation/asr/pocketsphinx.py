"""PocketSphinx: a small, older offline recognizer. Its US English model comes with the package.

It errs on every fifth word of a good recording that is not in its language model's world, so only the difference to
the recordings says something. https://github.com/cmusphinx/pocketsphinx
"""

from __future__ import annotations

import numpy as np

from tts.core.install import install_command
from tts.evaluation.asr import SAMPLE_RATE, RecognizerError
from tts.evaluation.asr.chunking import split_at_silence
from tts.evaluation.error_rates import as_spoken


class Pocketsphinx:
    """The default model of the package ``pocketsphinx``.

    Args:
        language_weight: how much likely words count against likely sounds.
        longest: seconds that are heard at a time; longer sounds are cut where it is quiet.

    Raises:
        RecognizerError: it is not installed.
    """

    def __init__(self, language_weight: float, longest: float) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise RecognizerError(f"pocketsphinx is not installed: {install_command('evaluate')}") from error
        self.name = f"pocketsphinx en-us, language weight {language_weight:g}"
        self._longest = longest
        self._decoder = Decoder(samprate=SAMPLE_RATE, lw=language_weight, loglevel="FATAL")

    def __call__(self, wav: np.ndarray) -> str:
        """The words in ``wav`` (T_wav,); see `tts.evaluation.asr.Recognizer`."""
        self._decoder.start_stream()  # resets its adaptation, so that the order of clips does not matter
        return " ".join(self._hear(piece) for piece in split_at_silence(wav, self._longest))

    def normalize(self, text: str) -> str:
        """Normalize to spoken words: this recognizer writes no digits."""
        return as_spoken(text)

    def _hear(self, wav: np.ndarray) -> str:
        samples = (np.clip(wav, -1.0, 1.0) * 32767).astype(np.int16)
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found else ""
