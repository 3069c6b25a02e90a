"""The likelihood of the speech, summed over all alignments, for decoders that compute it."""

from __future__ import annotations

from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch


class LikelihoodLoss(nn.Module):
    """Negative log likelihood per value of the mel, mean over utterances that have a complete alignment.

    Args:
        weight: factor of the loss in the sum.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar. Raises ValueError if the decoder has no likelihood."""
        if output.log_likelihood is None:
            raise ValueError("the likelihood loss needs a lattice decoder: acoustic=neural_hmm or acoustic=transducer")
        possible = output.decoder_lengths >= batch.token_lengths
        values = batch.mel_lengths * batch.mel.shape[1]
        losses = (-output.log_likelihood / values).masked_fill(~possible, 0.0)
        return (losses.sum() / possible.sum().clamp_min(1)).to(output.mel.dtype)
