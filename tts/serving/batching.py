"""Decode the sentences of several requests together.

A request runs in a thread of its own and calls ``acoustic.generate`` as if it were alone. `BatchedModel` stands in for
the acoustic model: while one batch is being decoded the calls of other threads wait, and the first of them that gets
its turn decodes all that wait. Nobody waits for a batch to fill. The model's contract makes this invisible: the result
for an utterance does not depend on what else is in its batch, except for rounding.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor


class Cancelled(Exception):
    """The request was given up; nobody waits for its result."""


_is_cancelled: ContextVar[Callable[[], bool] | None] = ContextVar("is_cancelled", default=None)


@contextmanager
def cancellable(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Within it, `BatchedModel.generate` of this thread raises `Cancelled` as soon as ``is_cancelled()``."""
    token = _is_cancelled.set(is_cancelled)
    try:
        yield
    finally:
        _is_cancelled.reset(token)


class _Call:
    """One waiting call: its tensors, and its result or error once it has been decoded."""

    def __init__(self, tokens: Tensor, lengths: Tensor, seeds: list[int], options: dict[str, Any]) -> None:
        self.tokens, self.lengths, self.seeds, self.options = tokens, lengths, seeds, options
        self.is_done = False
        self.output: Any = None
        self.error: BaseException | None = None

    def fits(self, other: _Call) -> bool:
        """Whether both can be decoded by one call of the model; attention constraints hold for a whole call."""
        return not self.options.get("constraints") and self.options == other.options


class BatchedModel:
    """An acoustic model that several threads may call at once; everything but `generate` is the model's own.

    Args:
        model: with ``generate(tokens, token_lengths, seeds, **options)``.
        max_utterances: in one batch.
    """

    def __init__(self, model: Any, max_utterances: int = 16) -> None:
        self._model = model
        self._max = max_utterances
        self._waiting: list[_Call] = []
        self._queue_lock, self._model_lock = threading.Lock(), threading.Lock()
        self.batch_sizes: list[int] = []  # of the last calls, in requests, for the metrics

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, tokens: Tensor, token_lengths: Tensor, seeds: list[int], **options: Any) -> Any:
        """As the model's ``generate``; raises `Cancelled` in a request that was given up."""
        is_cancelled = _is_cancelled.get()
        if is_cancelled is not None and is_cancelled():
            raise Cancelled
        call = _Call(tokens, token_lengths, seeds, options)
        with self._queue_lock:
            self._waiting.append(call)
        with self._model_lock:
            if not call.is_done:
                self._decode(self._take(call))
        if call.error is not None:
            raise call.error
        return call.output

    def _take(self, first: _Call) -> list[_Call]:
        """``first`` and the oldest calls that fit, out of the queue."""
        with self._queue_lock:
            batch, room = [first], self._max - len(first.seeds)
            for call in self._waiting:
                if call is not first and len(call.seeds) <= room and first.fits(call):
                    batch.append(call)
                    room -= len(call.seeds)
            self._waiting = [call for call in self._waiting if call not in batch]
        return batch

    def _decode(self, batch: list[_Call]) -> None:
        self.batch_sizes = [*self.batch_sizes[-63:], len(batch)]
        try:
            self._generate(batch)
        except BaseException as error:  # it belongs to the threads of the calls, not to this one alone
            for call in batch:
                call.error = error
        for call in batch:
            call.is_done = True

    def _generate(self, batch: list[_Call]) -> None:
        T = max(call.tokens.shape[1] for call in batch)
        padded = [torch.nn.functional.pad(call.tokens, (0, T - call.tokens.shape[1])) for call in batch]
        seeds = [seed for call in batch for seed in call.seeds]
        lengths = torch.cat([call.lengths for call in batch])
        output = self._model.generate(torch.cat(padded), lengths, seeds, **batch[0].options)
        first = 0
        for call in batch:
            call.output = _rows(output, first, first + len(call.seeds))
            first += len(call.seeds)


def _rows(output: Any, first: int, last: int) -> Any:
    """The rows ``first`` to ``last`` of every tensor of a NamedTuple."""
    return type(output)(*(part[first:last] if isinstance(part, Tensor) else part for part in output))
