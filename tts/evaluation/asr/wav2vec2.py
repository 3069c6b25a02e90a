"""wav2vec 2.0 (Baevski et al. 2020) with torchaudio's weights, decoded greedily, without a language model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torchaudio

from tts.evaluation.asr import RecognizerError
from tts.evaluation.asr.chunking import split_at_silence
from tts.evaluation.error_rates import as_spoken

BLANK = 0  # index of the blank label


class Wav2Vec2:
    """One of ``torchaudio.pipelines``; its weights are downloaded once into torch's cache.

    Args:
        bundle: ``WAV2VEC2_ASR_BASE_960H``, ``HUBERT_ASR_LARGE`` ... as torchaudio names them.
        longest: seconds that are heard at a time, since memory grows with the square; cut where it is quiet.

    Raises:
        RecognizerError: no such bundle, or no weights and no network.
    """

    def __init__(self, bundle: str, longest: float) -> None:
        found = getattr(torchaudio.pipelines, bundle, None)
        if not isinstance(found, torchaudio.pipelines.Wav2Vec2ASRBundle):
            raise RecognizerError(f"torchaudio has no recognizer '{bundle}'. Try WAV2VEC2_ASR_BASE_960H.")
        self.name, self._labels = bundle, found.get_labels()
        self._longest = longest
        try:
            self._model = found.get_model(dl_kwargs={"progress": False}).eval()
        except (OSError, RuntimeError) as error:
            raise RecognizerError(
                f"The weights of {bundle} are not at hand ({error}). Run it once with the network, or put the file "
                f'that it names into {torch.hub.get_dir()}/checkpoints, or use "--asr pocketsphinx".'
            ) from error

    @torch.inference_mode()
    def __call__(self, wav: np.ndarray) -> str:
        """The words in ``wav`` (T_wav,); see `tts.evaluation.asr.Recognizer`."""
        return " ".join(self._hear(piece) for piece in split_at_silence(wav, self._longest))

    def normalize(self, text: str) -> str:
        """Normalize to spoken words: this recognizer writes no digits."""
        return as_spoken(text)

    def _hear(self, wav: np.ndarray) -> str:
        scores = self._model(torch.from_numpy(np.array(wav, dtype=np.float32))[None])[0][0]  # (frames, labels)
        return read_greedily(scores.argmax(-1).tolist(), self._labels)


def read_greedily(best: Sequence[int], labels: Sequence[str]) -> str:
    """Greedy CTC decoding: merge repeated labels, drop blanks, read ``|`` as a space."""
    kept = [label for before, label in zip([BLANK, *best], best) if label not in (before, BLANK)]
    return "".join(labels[label] for label in kept).replace("|", " ").strip().lower()
