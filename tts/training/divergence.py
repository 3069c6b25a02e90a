"""Detect losses and gradients that are not finite, without a GPU synchronization in every step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from tts.core.errors import AttuneError


class DivergedError(AttuneError):
    """A loss or a gradient is not finite; the message names the utterances of the step."""


class _Step(NamedTuple):
    number: int
    ids: list[str]
    losses: dict[str, Tensor]
    gradients: dict[str, Tensor]
    logged: dict[str, Tensor]


class StepJournal:
    """Collects the scalars of the steps since the last `read`. They stay on the device.

    `add` does not synchronize. `read` copies the scalars of all steps at once, which needs one synchronization. It is
    called at log steps, before a validation and before a checkpoint, so that no invalid weights are saved. The error
    for a step that was not finite names its utterances.
    """

    def __init__(self) -> None:
        self._steps: list[_Step] = []

    def add(
        self,
        number: int,
        ids: list[str],
        losses: Mapping[str, Tensor],
        gradients: Mapping[str, Tensor],
        logged: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Add a step with its scalars () by name. ``losses`` and ``gradients`` must be finite."""
        detached = [
            {name: value.detach() for name, value in part.items()} for part in (losses, gradients, logged or {})
        ]
        self._steps.append(_Step(number, list(ids), *detached))

    def read(self, world_size: int = 1) -> dict[str, float]:
        """Return the scalars of the newest step by name, or an empty dictionary, and clear all steps.

        Raises `DivergedError` for the first step with a loss or gradient that is not finite.
        """
        steps, self._steps = self._steps, []
        parts = [(step.losses, step.gradients, step.logged) for step in steps]
        scalars = [value.float() for step in parts for part in step for value in part.values()]
        numbers = iter(torch.stack(scalars).tolist() if scalars else ())
        values: dict[str, float] = {}
        for step, (losses, gradients, logged) in zip(steps, parts):
            loss_values, norms, values = (
                {name: next(numbers) for name in part} for part in (losses, gradients, logged)
            )
            if not all(map(math.isfinite, (*loss_values.values(), *norms.values()))):
                raise DivergedError(_message(step, loss_values, norms, world_size))
            values = loss_values | norms | values
        return values


def _message(step: _Step, losses: dict[str, float], gradients: dict[str, float], world_size: int) -> str:
    if world_size > 1 and all(map(math.isfinite, losses.values())):
        return f"Training diverged at step {step.number}: the losses of another process are not finite."
    listed = ", ".join(f"{name} is {value:.6g}" for name, value in (losses | gradients).items())
    return (
        f"Training diverged at step {step.number}: {listed}.\n"
        f"Utterances of this step: {', '.join(step.ids)}\n"
        "First check these recordings and texts. If they are correct, start a new run from the last voice of this run "
        "(init_from=RUN) with a lower optim.lr or gradient clip."
    )
