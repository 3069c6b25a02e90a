"""Decode the sentences of several requests together.

A request runs in a thread of its own and calls ``engine.decode`` as if it were alone. `BatchedEngine` stands in for the
engine: while one batch is being decoded the calls of other threads wait, and the first of them that gets its turn
decodes all that wait. Nobody waits for a batch to fill. The engine's contract makes this invisible: the result for a
sentence does not depend on what else is in its batch, except for rounding.
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
    """The request was given up; nobody waits for its result."""


_is_cancelled: ContextVar[Callable[[], bool] | None] = ContextVar("is_cancelled", default=None)


@contextmanager
def cancellable(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Within it, `BatchedEngine.decode` of this thread raises `Cancelled` as soon as ``is_cancelled()``."""
    token = _is_cancelled.set(is_cancelled)
    try:
        yield
    finally:
        _is_cancelled.reset(token)


class _Call:
    """One waiting call: what it decodes, and its result or error once that is there."""

    def __init__(
        self, batch: Sequence[Sequence[int]], seed: int, rule: str | None, delivery: Sequence[Delivery] | None
    ) -> None:
        self.batch, self.seed, self.rule, self.delivery = batch, seed, rule, delivery
        self.is_done = False
        self.decoded: list[Decoded] = []
        self.error: BaseException | None = None

    def fits(self, other: _Call) -> bool:
        """Whether one call of the engine can decode both."""
        same = self.seed == other.seed and (self.delivery is None) == (other.delivery is None)
        return same and not self.rule and not other.rule  # a constraint and a seed hold for a whole call


class BatchedEngine:
    """An engine whose `decode` several threads may call at once; everything else is the engine's own.

    Args:
        engine: computes.
        max_sentences: in one batch.
    """

    def __init__(self, engine: Engine, max_sentences: int = 16) -> None:
        self._engine = engine
        self.frontend = engine.frontend
        self._max = max_sentences
        self._waiting: list[_Call] = []
        self._queue_lock, self._engine_lock = threading.Lock(), threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying asks for these before there is an engine
            raise AttributeError(name)
        return getattr(self._engine, name)

    def with_frontend(self, frontend: Any) -> BatchedEngine:
        """The same engine and queue, which reads text otherwise."""
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
        """See `tts.engine.base.Engine`; raises `Cancelled` in a request that was given up."""
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
        """``first`` and the oldest calls that fit, out of the queue."""
        with self._queue_lock:
            taken, room = [first], self._max - len(first.batch)
            for call in self._waiting:
                if call is not first and len(call.batch) <= room and first.fits(call):
                    taken.append(call)
                    room -= len(call.batch)
            for call in taken:
                self._waiting.remove(call)
        return taken

    def _run(self, calls: list[_Call]) -> None:
        try:
            sentences = [tokens for call in calls for tokens in call.batch]
            delivery = None if calls[0].delivery is None else [one for call in calls for one in call.delivery or ()]
            decoded = iter(self._engine.decode(sentences, calls[0].seed, calls[0].rule, delivery))
            for call in calls:
                call.decoded = [next(decoded) for _ in call.batch]
        except BaseException as error:  # it belongs to the threads of all these calls, not to this one alone
            for call in calls:
                call.error = error
        for call in calls:
            call.is_done = True
