"""Whether training still computes with numbers, found out without a wait for the GPU in every step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from tts.core.errors import AttuneError


class DivergedError(AttuneError):
    """A loss or a gradient is no longer a number; the message names the utterances of the step."""


class _Step(NamedTuple):
    number: int
    ids: list[str]
    losses: dict[str, Tensor]
    gradients: dict[str, Tensor]
    logged: dict[str, Tensor]


class StepJournal:
    """What the steps since the last look were made of: scalars that stay on the device until somebody asks.

    `add` costs nothing. `read` fetches the scalars of all steps at once, which is the one wait; it is called at log
    steps, before a validation and before a checkpoint, so that nothing is kept that is not a number. A step that was
    not a number is found afterwards, with the ids of its utterances.
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
        """A step: its scalars () by name; ``logged`` may be anything, the others have to be finite."""
        detached = [
            {name: value.detach() for name, value in part.items()} for part in (losses, gradients, logged or {})
        ]
        self._steps.append(_Step(number, list(ids), *detached))

    def read(self, world_size: int = 1) -> dict[str, float]:
        """The scalars of the newest step by name, empty if there was none; forgets all steps.

        Raises `DivergedError` for the first step with a loss or gradient that is not finite.
        """
        steps, self._steps = self._steps, []
        parts = [(step.losses, step.gradients, step.logged) for step in steps]
        scalars = [value.float() for step in parts for part in step for value in part.values()]
        numbers = iter(torch.stack(scalars).tolist() if scalars else ())
        values: dict[str, float] = {}
        for step, (losses, gradients, logged) in zip(steps, parts):
            lost, slopes, values = ({name: next(numbers) for name in part} for part in (losses, gradients, logged))
            if not all(map(math.isfinite, (*lost.values(), *slopes.values()))):
                raise DivergedError(_message(step, lost, slopes, world_size))
            values = lost | slopes | values
        return values


def _message(step: _Step, losses: dict[str, float], gradients: dict[str, float], world_size: int) -> str:
    if world_size > 1 and all(map(math.isfinite, losses.values())):
        return f"Training diverged at step {step.number}: the losses of another process are not finite."
    listed = ", ".join(f"{name} is {value:.6g}" for name, value in (losses | gradients).items())
    return (
        f"Training diverged at step {step.number}: {listed}.\n"
        f"Utterances of this step: {', '.join(step.ids)}\n"
        "Look at these recordings and texts first, and listen to them. If they are sound, start a new run from this "
        "one's last voice (init_from=RUN) with a lower optim.lr or gradient clip."
    )
