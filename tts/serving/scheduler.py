"""Schedules requests: a bounded queue, a limited number at a time, cancellation when the client leaves."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

from tts.core.errors import AttuneError
from tts.serving.speaker import Event, Failure, Task, VoiceInfo


class Busy(AttuneError):
    """The queue is full. ``retry_after`` estimates the seconds until it has room."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"The server is busy. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TaskError(AttuneError):
    """A task failed; see `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Job:
    """A submitted task. Any thread may `put` events; the event loop reads them with `get`.

    Args:
        task: what to synthesize.
        loop: event loop that reads the events.
    """

    def __init__(self, task: Task, loop: asyncio.AbstractEventLoop) -> None:
        self.task = task
        self._loop = loop
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._cancelled = threading.Event()
        self.has_started = False
        self.on_cancel: Callable[[], None] = lambda: None

    @property
    def is_cancelled(self) -> bool:
        """Whether the job has been cancelled."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop the job. It has no events after this."""
        if not self.is_cancelled:
            self._cancelled.set()
            self.on_cancel()

    def put(self, event: Event) -> None:
        """Add an event; callable from any thread."""
        if self.is_cancelled or self._loop.is_closed():
            return
        self.has_started = True
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def get(self, deadline: float) -> Event:
        """Wait for the next event; raises `TaskError` for an error, or at ``deadline`` (of ``time.monotonic``)."""
        try:
            event = await asyncio.wait_for(self._events.get(), max(0.0, deadline - time.monotonic()))
        except asyncio.TimeoutError as error:
            raise TaskError(Failure(503, "timeout", "The request took too long. Send less text at once.")) from error
        if event.kind == "error":
            raise TaskError(event.value)
        return event


class Pool(Protocol):
    """Runs jobs."""

    voices: list[VoiceInfo]
    slots: int

    def start(self, job: Job, finished: Callable[[], None]) -> None:
        """Run ``job`` and `put` its events; call ``finished`` from any thread at the end."""

    def close(self) -> None:
        """Cancel the running jobs and stop."""


class Scheduler:
    """Admits jobs to a pool.

    Args:
        pool: runs up to ``pool.slots`` jobs at a time.
        queue: number of jobs that may wait.
        timeout: seconds after which a job is cancelled.
    """

    def __init__(self, pool: Pool, queue: int, timeout: float) -> None:
        self.pool = pool
        self._queue, self._timeout = queue, timeout
        self._waiting: deque[Job] = deque()
        self._running = 0
        self._seconds = 1.0  # duration of a job, moving average

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Jobs that run now."""
        return self._running

    def submit(self, task: Task) -> Job:
        """Queue a task; call it in the event loop.

        Raises:
            Busy: the queue is full.
        """
        if self._running >= self.pool.slots and len(self._waiting) >= self._queue:
            ahead = (len(self._waiting) + self._running) / self.pool.slots
            raise Busy(max(1, math.ceil(self._seconds * ahead)))
        job = Job(task, asyncio.get_running_loop())
        self._waiting.append(job)
        self._fill()
        return job

    async def events(self, job: Job) -> AsyncGenerator[Event, None]:
        """Yield the events of ``job`` until it is done. A caller that stops early cancels the job.

        Raises:
            TaskError: the job failed or took too long.
        """
        deadline = time.monotonic() + self._timeout
        try:
            while True:
                event = await job.get(deadline)
                yield event
                if event.kind == "done":
                    return
        finally:
            self.cancel(job)

    def cancel(self, job: Job) -> None:
        """Cancel ``job``, whether it waits or runs; no effect on a finished job."""
        job.cancel()
        if job in self._waiting:
            self._waiting.remove(job)

    def _fill(self) -> None:
        while self._waiting and self._running < self.pool.slots:
            job, loop, started = self._waiting.popleft(), asyncio.get_running_loop(), time.monotonic()
            self._running += 1

            def finished(loop: Any = loop, started: float = started) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._finished, time.monotonic() - started)

            self.pool.start(job, finished)

    def _finished(self, seconds: float) -> None:
        self._running -= 1
        self._seconds += 0.2 * (seconds - self._seconds)
        self._fill()
