"""Decode the sentences of several requests together.

Each request runs in its own thread and calls ``engine.decode``. `BatchedEngine` replaces the engine: while one batch is
decoded, the calls of other threads wait. The first thread that continues decodes all waiting calls as one batch. No
call waits for a batch to fill. By the engine's contract the result for a sentence does not depend on the others of its
batch, except for rounding.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tts.engine.base import Decoded, Delivery, Engine


class Cancelled(Exception):
    """The client cancelled the request."""


_is_cancelled: ContextVar[Callable[[], bool] | None] = ContextVar("is_cancelled", default=None)


@contextmanager
def cancellable(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """In this context `BatchedEngine.decode` raises `Cancelled` in this thread when ``is_cancelled()`` is true."""
    token = _is_cancelled.set(is_cancelled)
    try:
        yield
    finally:
        _is_cancelled.reset(token)


class _Call:
    """One call of `decode`: its arguments, and later its result or its error."""

    def __init__(
        self, batch: Sequence[Sequence[int]], seed: int, rule: str | None, delivery: Sequence[Delivery] | None
    ) -> None:
        self.batch, self.seed, self.rule, self.delivery = batch, seed, rule, delivery
        self.is_done = False
        self.decoded: list[Decoded] = []
        self.error: BaseException | None = None

    def fits(self, other: _Call) -> bool:
        """Whether the engine can decode both in one batch."""
        same = self.seed == other.seed and (self.delivery is None) == (other.delivery is None)
        return same and not self.rule and not other.rule  # the engine takes one constraint and one seed for a batch


class BatchedEngine:
    """Wraps an engine so that several threads may call `decode` at once. All other attributes are those of the engine.

    Args:
        engine: decodes the batches.
        max_sentences: limit of sentences in one batch.
    """

    def __init__(self, engine: Engine, max_sentences: int = 16) -> None:
        self._engine = engine
        self.frontend = engine.frontend
        self._max = max_sentences
        self._waiting: list[_Call] = []
        self._queue_lock, self._engine_lock = threading.Lock(), threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy.copy looks these up before `_engine` exists
            raise AttributeError(name)
        return getattr(self._engine, name)

    def with_frontend(self, frontend: Any) -> BatchedEngine:
        """Return a copy with another text front end. It shares the engine and the queue."""
        other = copy.copy(self)
        other.frontend = frontend
        return other

    def decode(
        self,
        batch: Sequence[Sequence[int]],
        seed: int,
        rule: str | None = None,
        delivery: Sequence[Delivery] | None = None,
    ) -> list[Decoded]:
        """See `tts.engine.base.Engine`. Raises `Cancelled` if the request was cancelled."""
        is_cancelled = _is_cancelled.get()
        if is_cancelled is not None and is_cancelled():
            raise Cancelled
        call = _Call(batch, seed if self._engine.is_stochastic else 0, rule, delivery)
        with self._queue_lock:
            self._waiting.append(call)
        with self._engine_lock:
            if not call.is_done:
                self._run(self._take(call))
        if call.error is not None:
            raise call.error
        return call.decoded

    def _take(self, first: _Call) -> list[_Call]:
        """Remove ``first`` and the oldest calls that fit into its batch from the queue, and return them."""
        with self._queue_lock:
            calls, room = [first], self._max - len(first.batch)
            for call in self._waiting:
                if call is not first and len(call.batch) <= room and first.fits(call):
                    calls.append(call)
                    room -= len(call.batch)
            for call in calls:
                self._waiting.remove(call)
        return calls

    def _run(self, calls: list[_Call]) -> None:
        try:
            sentences = [tokens for call in calls for tokens in call.batch]
            delivery = (
                None if calls[0].delivery is None else [delivery for call in calls for delivery in call.delivery or ()]
            )
            decoded = iter(self._engine.decode(sentences, calls[0].seed, calls[0].rule, delivery))
            for call in calls:
                call.decoded = [next(decoded) for _ in call.batch]
        except BaseException as error:  # every thread of the batch raises it
            for call in calls:
                call.error = error
        for call in calls:
            call.is_done = True
