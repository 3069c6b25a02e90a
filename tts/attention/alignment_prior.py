r"""The beta-binomial alignment prior (Shih et al. 2021, "RAD-TTS"; Neekhara et al. 2024, "Improving Robustness of
LLM-based Speech Synthesis by Learning Monotonic Alignment") on a decoder's attention in training.

.. math:: \alpha'_{t,j} \propto \alpha_{t,j} \bigl(P_{t,j} + (1 - P_{t,j})\, s\bigr), \qquad
          P_{t,j} = \mathrm{BetaBinomial}(j;\, N-1,\, \omega (t+1),\, \omega (T-t))

As ``s`` goes from 0 to 1, the prior fades out. At inference T is not known, so there is no prior. It suits attentions
that compare energies; it only slows down an attention that is monotonic by construction.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tts.core.interfaces import Memory
from tts.nn.beta_binomial import log_alignment_priors
from tts.nn.fade import Fade

FLOOR = 1e-8  # of P, so that every symbol stays possible


class AlignmentPrior(nn.Module):
    """Makes the `Constraint` that multiplies the weights of a batch of known lengths by the prior.

    It fades with the optimizer steps given to `set_step`, as losses do; the last step is stored with the weights.

    Args:
        scale: omega; larger is narrower.
        fade_start: training step at which the prior begins to fade; None never fades.
        fade_end: training step at which it has faded out.
    """

    batches: Tensor
    fading: Tensor

    def __init__(self, scale: float, fade_start: int | None, fade_end: int | None) -> None:
        super().__init__()
        self.scale, self.fade = scale, Fade.between(fade_start, fade_end)
        self.register_buffer("batches", torch.tensor(0))  # optimizer steps; stored weights have this name
        self.register_buffer("fading", torch.tensor(0.0), persistent=False)  # compilers treat a number as a constant
        self._set_fading(0)

    def forward(
        self, token_lengths: Tensor, decoder_lengths: Tensor, shape: tuple[int, int] | None = None
    ) -> BatchPrior | None:
        """(B,), (B,) -> the constraint of this batch; None after the fade and outside of training.

        ``shape`` is (T_dec, T_text) if it is known; without it the lengths are read, which waits for a GPU.
        """
        if self._is_gone or not self.training:
            return None
        prior = log_alignment_priors(decoder_lengths, token_lengths, self.scale, shape).exp().clamp_min(FLOOR)
        return BatchPrior((prior + (1.0 - prior) * self.fading).float())

    def set_step(self, step: int) -> None:
        """Set the number of optimizer steps so far."""
        self.batches.fill_(step)
        self._set_fading(step)

    def _set_fading(self, step: int) -> None:
        faded = self.fade(step)
        self.fading.fill_(faded)
        self._is_gone = faded == 1.0

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self._set_fading(int(self.batches))


class PriorState(NamedTuple):
    """The number of the step."""

    step: Tensor  # (B,) int64


class BatchPrior:
    """The prior of one batch, row after row: (B, T_dec, T_text)."""

    def __init__(self, prior: Tensor) -> None:
        self._prior = prior

    def initial_state(self, memory: Memory) -> PriorState:
        """The first row."""
        return PriorState(torch.zeros(len(memory.mask), dtype=torch.int64, device=memory.mask.device))

    def __call__(self, weights: Tensor, memory: Memory, state: PriorState) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        rows = state.step.clamp_max(self._prior.shape[1] - 1).view(-1, 1, 1).expand(-1, 1, weights.shape[-1])
        return _normalized(weights * self._prior.gather(1, rows).to(weights.dtype))  # (B, H, T_text)

    def apply(self, alignments: Tensor) -> Tensor:
        """See `tts.attention.base.Prior`."""
        return _normalized(alignments * self._prior.unsqueeze(1).to(alignments.dtype))

    def update_state(self, weights: Tensor, memory: Memory, state: PriorState) -> PriorState:
        """The next row."""
        return PriorState(state.step + 1)


def _normalized(product: Tensor) -> Tensor:
    return product / product.sum(-1, keepdim=True).clamp_min(torch.finfo(product.dtype).tiny)
