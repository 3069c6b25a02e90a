"""Conversion of durations to the path of an attention."""

from __future__ import annotations

import torch
from torch import Tensor


def durations_to_path(
    durations: Tensor,
    token_lengths: Tensor,
    decoder_lengths: Tensor,
    reduction_factor: int,
    num_steps: int | None = None,
) -> Tensor:
    """The symbol of every decoder step: (B, T_text) frames per symbol -> (B, T_dec) int64.

    A symbol ends at the step boundary nearest to its last frame, but every symbol keeps at least one step, so the
    path advances by at most one symbol per step and ends on the last. Steps past ``decoder_lengths`` stay there.
    ``num_steps`` is T_dec if it is known; otherwise it is read from the lengths, which waits for a GPU.

    Raises:
        ValueError: an utterance has fewer decoder steps than symbols; only checked on a CPU, for the same reason.
            Training checks its corpus before it starts.
    """
    asks = decoder_lengths.device.type == "cpu" and not torch.compiler.is_compiling()
    if asks and bool((decoder_lengths < token_lengths).any()):
        raise ValueError(
            f"an utterance has fewer decoder steps than symbols at reduction factor {reduction_factor}: "
            "lower the reduction factor, or prepare the corpus with it so that such utterances are left out"
        )
    T_text = durations.shape[1]
    index = torch.arange(T_text, device=durations.device)
    ends = (durations.cumsum(1) + reduction_factor // 2) // reduction_factor  # (B, T_text) steps
    ends = torch.cummax(torch.maximum(ends, torch.ones_like(ends)) - index, 1).values + index  # each at least one step
    last_step = decoder_lengths.unsqueeze(1)
    ends = torch.minimum(ends, last_step - token_lengths.unsqueeze(1) + 1 + index)  # a step for each later symbol
    num_steps = int(decoder_lengths.max()) if num_steps is None else num_steps
    steps = torch.arange(num_steps, device=durations.device).expand(len(durations), -1)
    path = torch.searchsorted(ends.contiguous(), steps.contiguous(), right=True)
    return torch.minimum(path, token_lengths.unsqueeze(1) - 1)
