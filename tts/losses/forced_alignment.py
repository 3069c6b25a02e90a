"""Training of an attention along a known path."""

from __future__ import annotations

from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask


class ForcedAlignmentLoss(nn.Module):
    """Negative log weight on the symbol of the path, mean over real decoder steps.

    For stepwise monotonic attention this is the exact likelihood of the path, a stay-or-move decision per step.

    Args:
        weight: factor of the loss in the sum.
        floor: least weight that counts, so that one impossible step cannot make the loss infinite.
    """

    def __init__(self, weight: float, floor: float) -> None:
        super().__init__()
        self.weight, self.floor = weight, floor

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar. Raises ValueError if the model did not follow a path."""
        if output.path is None:
            raise ValueError("the path loss needs acoustic.use_forced_alignment=true and an aligned corpus (tts.align)")
        chosen = output.alignment.gather(2, output.path.unsqueeze(-1)).squeeze(-1)  # (B, T_dec)
        mask = lengths_to_mask(output.decoder_lengths, chosen.shape[1])
        return -chosen.clamp_min(self.floor).log().masked_fill(~mask, 0.0).sum() / mask.sum()
