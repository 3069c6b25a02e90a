"""Pools that run tasks: threads of this process, or worker processes that are replaced when they die."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from tts.serving.scheduler import Job, Pool
from tts.serving.settings import Settings
from tts.serving.speaker import Event, Failure, Speaker, Task, VoiceInfo

log = logging.getLogger(__name__)
_LOST = Failure(500, "worker_died", "The process that made this speech ended. Send the request again.")


def make_pool(settings: Settings) -> Pool:
    """The pool for ``settings.workers``; raises `tts.voices.voice.VoiceError` if a voice cannot be loaded."""
    return LocalPool(Speaker(settings), settings.batch) if settings.workers <= 1 else ProcessPool(settings)


class LocalPool:
    """Runs tasks in threads of this process.

    Args:
        speaker: synthesizes.
        slots: number of tasks that run at the same time.
    """

    def __init__(self, speaker: Speaker, slots: int) -> None:
        self.voices, self.slots = speaker.voices, slots
        self._speaker = speaker
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="speech")
        self._jobs: set[Job] = set()

    def start(self, job: Job, finished: Callable[[], None]) -> None:
        """See `Pool.start`."""
        self._jobs.add(job)
        self._threads.submit(self._run, job, finished)

    def _run(self, job: Job, finished: Callable[[], None]) -> None:
        try:
            for event in self._speaker.run(job.task, lambda: job.is_cancelled):
                job.put(event)
        finally:
            self._jobs.discard(job)
            finished()

    def close(self) -> None:
        """See `Pool.close`."""
        for job in list(self._jobs):
            job.cancel()
        self._threads.shutdown()


class ProcessPool:
    """Runs jobs in worker processes. A job goes to the worker with the fewest jobs, and to another one if that dies."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.slots = settings.workers * settings.batch
        self._lock = threading.Lock()
        self._is_closing = False
        self._workers = [_Worker(settings, self._died) for _ in range(settings.workers)]
        self.voices, *_ = [worker.wait_until_ready() for worker in self._workers]

    def start(self, job: Job, finished: Callable[[], None]) -> None:
        """See `Pool.start`."""
        with self._lock:
            if self._is_closing:
                return
            for number, worker in enumerate(self._workers):
                if worker.is_dead:  # it died while it loaded its voices: try again
                    self._workers[number] = _Worker(self._settings, self._died)
            worker = min(self._workers, key=lambda worker: len(worker.jobs))
        worker.send(job, finished)

    def close(self) -> None:
        """See `Pool.close`."""
        with self._lock:
            self._is_closing = True
        for worker in self._workers:
            worker.close()

    def _died(self, worker: _Worker) -> None:
        """Replace a dead worker. Jobs that have not sent events yet start again; the others fail."""
        worker.process.join()
        with self._lock:
            if self._is_closing:
                return
            log.error("worker process %s ended (exit status %s)", worker.process.pid, worker.process.exitcode)
            if worker.was_ready:
                self._workers[self._workers.index(worker)] = _Worker(self._settings, self._died)
        for job, finished in worker.jobs.values():
            if job.has_started or not worker.was_ready:
                job.put(Event("error", _LOST))
                finished()
            elif not job.is_cancelled:
                self.start(job, finished)
            else:
                finished()


class _Worker:
    """One worker process, and the thread that reads its events."""

    def __init__(self, settings: Settings, died: Callable[[_Worker], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, worker_end = context.Pipe()
        self.process = context.Process(target=_serve, args=(worker_end, settings), daemon=True, name="attune-worker")
        self.process.start()
        worker_end.close()
        self.jobs: dict[int, tuple[Job, Callable[[], None]]] = {}
        self._numbers, self._died, self._sending = itertools.count(), died, threading.Lock()
        self._ready, self._first = threading.Event(), None
        self.is_dead = self.was_ready = False
        threading.Thread(target=self._read, daemon=True, name="attune-reader").start()

    def wait_until_ready(self) -> list[VoiceInfo]:
        """Wait until the voices are loaded and return them. Raises the error of the process if it failed."""
        self._ready.wait()
        if isinstance(self._first, list):
            return self._first
        raise self._first or RuntimeError("A worker process ended before it was ready.")

    def send(self, job: Job, finished: Callable[[], None]) -> None:
        """Send a job to the process. If the process dies, ``died`` handles the job."""
        number = next(self._numbers)
        job.on_cancel = lambda: self._send(("cancel", number, None))
        with self._sending:
            if not self.is_dead:
                self.jobs[number] = (job, finished)
        if number in self.jobs:
            self._send(("run", number, job.task))
        else:
            job.put(Event("error", _LOST))
            finished()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self.process.join(5)
        self.process.kill()

    def _send(self, message: tuple[str, int, Any]) -> None:
        try:
            with self._sending:
                self._connection.send(message)
        except OSError:
            pass  # the process died; the reader thread notices it and handles the jobs

    def _read(self) -> None:
        try:
            self._first = self._connection.recv()
            self.was_ready = isinstance(self._first, list)
            self._ready.set()
            while True:
                number, event = self._connection.recv()
                job, finished = self.jobs[number]
                if event is None:
                    del self.jobs[number]
                    finished()
                else:
                    job.put(event)
        except (EOFError, OSError):
            with self._sending:
                self.is_dead = True  # `send` adds no job after this
            self._ready.set()
            self._died(self)


def _serve(connection: Connection, settings: Settings) -> None:
    """A worker process: read tasks until the connection closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the server stops the workers
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        speaker = Speaker(settings)
    except Exception as error:
        connection.send(error)
        return
    connection.send(speaker.voices)
    sending, running, cancelled = threading.Lock(), set(), set()

    def send(number: int, event: Event | None) -> None:
        with sending:
            connection.send((number, event))

    def run(number: int, task: Task) -> None:
        try:
            for event in speaker.run(task, lambda: number in cancelled):
                send(number, event)
            send(number, None)
        except OSError:
            os._exit(0)  # the server is gone
        finally:
            running.discard(number)
            cancelled.discard(number)

    threads = ThreadPoolExecutor(settings.batch)
    try:
        while True:
            kind, number, task = connection.recv()
            if kind == "run":
                running.add(number)
                threads.submit(run, number, task)
            elif number in running:
                cancelled.add(number)
    except (EOFError, OSError):
        os._exit(0)  # the server is gone; drop the work of the threads
