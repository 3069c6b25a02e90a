r"""Sums over all monotonic alignments of frames with symbols, and the posterior of every cell of the grid.

At the cell of frame ``t`` and symbol ``j`` a model stays with probability :math:`s`, moves on with :math:`m`, and gives
the frame the density :math:`b`. Two lattices:

*hidden Markov model* (Mehta et al. 2022, "Neural HMMs are all you need (for high-quality attention-free TTS)"): before
every frame but the first, stay or move, then output the frame. Every symbol lasts at least one frame.

.. math:: a_0(j) = [j = 0]\, b_0(0), \qquad a_t(j) = b_t(j) \bigl( s_t(j)\, a_{t-1}(j) + m_t(j-1)\, a_{t-1}(j-1) \bigr),
          \qquad Z = a_{T-1}(N-1)

*transducer* (Graves 2012, "Sequence Transduction with Recurrent Neural Networks", eq. 16, with text as input and speech
as output, as in TTS-Transducer): staying outputs a frame, moving outputs nothing, so that a symbol may have no frame at
all.

.. math:: a_t(j) = s_{t-1}(j)\, b_{t-1}(j)\, a_{t-1}(j) + m_t(j-1)\, a_t(j-1), \qquad
          Z = s_{T-1}(N-1)\, b_{T-1}(N-1)\, a_{T-1}(N-1)

All in log space and float64. The gradient of :math:`\ln Z` with respect to a log probability is the expected number of
times that the alignment uses it, which the backward sums give without a gradient through the loops.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

IMPOSSIBLE = -1e30  # a log probability; finite, so that differences are not NaN

Kind = Literal["hmm", "transducer"]


class Occupancy(NamedTuple):
    """Posterior counts over all alignments of every utterance."""

    log_likelihood: Tensor  # (B,), ln Z; below -1e29 if no alignment is complete
    frames: Tensor  # (B, T, N), probability that frame t belongs to symbol j; rows of real frames sum to one
    moves: Tensor  # (B, T, N), expected moves from the cell
    stays: Tensor  # (B, T, N), expected stays at the cell


@torch.compiler.disable  # every step of its loops would be compiled separately
def log_likelihood(
    kind: Kind, log_density: Tensor, move_logits: Tensor, token_lengths: Tensor, frame_lengths: Tensor
) -> tuple[Tensor, Tensor]:
    """The likelihood of all alignments, and the posterior of each frame's symbol.

    Args:
        kind: of the lattice.
        log_density: (B, T, N), of each frame given each symbol.
        move_logits: (B, T, N), of moving on; staying has the remaining probability. The last symbol always stays.
        token_lengths: (B,).
        frame_lengths: (B,).

    Returns:
        ln Z (B,) float64, differentiable, and the posterior (B, T, N) in the dtype of ``log_density``, detached.
    """
    index = torch.arange(move_logits.shape[2], device=move_logits.device)
    last = index >= (token_lengths - 1).unsqueeze(1)  # (B, N), and padding
    logits = move_logits.double()
    log_stay = F.logsigmoid(-logits).masked_fill(last.unsqueeze(1), 0.0)
    log_move = F.logsigmoid(logits).masked_fill(last.unsqueeze(1), IMPOSSIBLE)
    total, posterior = _LogLikelihood.apply(
        log_density.double(), log_stay, log_move, token_lengths, frame_lengths, kind
    )
    return total, posterior.to(log_density.dtype)


def occupancy(
    kind: Kind, log_density: Tensor, log_stay: Tensor, log_move: Tensor, token_lengths: Tensor, frame_lengths: Tensor
) -> Occupancy:
    """Forward and backward sums; everything (B, T, N) float64, lengths (B,)."""
    T, N = log_density.shape[1:]
    real = torch.arange(T, device=log_density.device) < frame_lengths.unsqueeze(1)
    last = F.one_hot(token_lengths - 1, N).bool()
    end = log_density.new_zeros(last.shape).masked_fill(~last, IMPOSSIBLE)
    run = _hidden_markov if kind == "hmm" else _transducer
    total, frames, moves, stays = run(log_density, log_stay, log_move, end, real)
    keep = real & (total > IMPOSSIBLE / 10).unsqueeze(1)  # (B, T)
    return Occupancy(total, *(torch.where(keep.unsqueeze(2), part, 0.0) for part in (frames, moves, stays)))


class _LogLikelihood(torch.autograd.Function):
    """ln Z with expected counts as its gradient."""

    @staticmethod
    def forward(ctx, log_density, log_stay, log_move, token_lengths, frame_lengths, kind):
        found = occupancy(kind, log_density, log_stay, log_move, token_lengths, frame_lengths)
        ctx.save_for_backward(found.frames, found.moves, found.stays)
        ctx.mark_non_differentiable(found.frames)
        return found.log_likelihood, found.frames

    @staticmethod
    def backward(ctx, gradient, _):
        frames, moves, stays = ctx.saved_tensors
        scale = gradient.view(-1, 1, 1)
        return scale * frames, scale * stays, scale * moves, None, None, None


def _shift(x: Tensor, ahead: bool) -> Tensor:
    """(B, N) shifted by one symbol; the new entry is impossible."""
    return F.pad(x[:, :-1], (1, 0), value=IMPOSSIBLE) if ahead else F.pad(x[:, 1:], (0, 1), value=IMPOSSIBLE)


def _start(log_density: Tensor) -> Tensor:
    start = torch.full_like(log_density[:, 0], IMPOSSIBLE)
    start[:, 0] = 0.0
    return start


def _hidden_markov(density: Tensor, stay: Tensor, move: Tensor, end: Tensor, real: Tensor) -> tuple[Tensor, ...]:
    T = density.shape[1]
    forward = [_start(density) + density[:, 0]]  # a_t
    for t in range(1, T):
        reached = torch.logaddexp(forward[-1] + stay[:, t], _shift(forward[-1] + move[:, t], ahead=True))
        forward.append(torch.where(real[:, t : t + 1], density[:, t] + reached, forward[-1]))
    total = torch.logsumexp(forward[-1] + end, 1)
    value, backward = end, [end]  # of being at the symbol after frame t
    moves, stays = [], []
    for t in range(T - 1, 0, -1):
        emission = density[:, t] + value
        moved = move[:, t] + _shift(emission, ahead=False)
        stays.append(forward[t - 1] + stay[:, t] + emission)
        moves.append(forward[t - 1] + moved)
        value = torch.where(real[:, t : t + 1], torch.logaddexp(stay[:, t] + emission, moved), value)
        backward.append(value)
    nothing = torch.full_like(end, IMPOSSIBLE)  # no decision before the first frame
    stacked = [torch.stack(rows[::-1], 1) for rows in (backward, [*moves, nothing], [*stays, nothing])]
    frames = torch.stack(forward, 1) + stacked[0]
    return total, *(((rows - total.view(-1, 1, 1)).exp()) for rows in (frames, *stacked[1:]))


def _transducer(density: Tensor, stay: Tensor, move: Tensor, end: Tensor, real: Tensor) -> tuple[Tensor, ...]:
    T = density.shape[1]
    passed = F.pad(move.cumsum(2)[..., :-1], (1, 0))  # (B, T, N): moving from the first symbol to j
    emission = stay + density
    forward, arrived = [], _start(density)
    for t in range(T):  # log-sum-exp over the symbol of the frame before
        spread = passed[:, t] + torch.logcumsumexp(arrived - passed[:, t], 1)
        forward.append(torch.where(real[:, t : t + 1], spread, arrived))
        arrived = torch.where(real[:, t : t + 1], spread + emission[:, t], arrived)
    total = torch.logsumexp(arrived + end, 1)
    value, emitted_at, moved_at = end, [], []
    for t in range(T - 1, -1, -1):
        emitted = emission[:, t] + value  # score of frame t at symbol j
        score = torch.logcumsumexp((emitted + passed[:, t]).flip(1), 1).flip(1) - passed[:, t]  # or at a later symbol
        emitted_at.append(forward[t] + emitted)
        moved_at.append(forward[t] + move[:, t] + _shift(score, ahead=False))
        value = torch.where(real[:, t : t + 1], score, value)
    frames, moves = ((torch.stack(rows[::-1], 1) - total.view(-1, 1, 1)).exp() for rows in (emitted_at, moved_at))
    return total, frames, moves, frames
