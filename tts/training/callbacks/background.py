"""Run a job in a thread during training."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Runs jobs in a thread, one at a time and in order. An error is raised in the calling thread.

    A new job waits for the job before it, so at most one job is pending. Training continues during a job, so a job must
    not use torch's global random generator or change a model.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, job: Callable[[], None]) -> None:
        """Run ``job`` in the thread. Raises the error of the job before it."""
        self.wait()
        self._thread = threading.Thread(target=self._run, args=(job,), name="samples")
        self._thread.start()

    def wait(self) -> None:
        """Wait until the job has finished, and raise its error. After an interruption the job still finishes."""
        if self._thread is not None:
            self._thread.join()
        self._thread, error, self._error = None, self._error, None
        if error is not None:
            raise error

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # raised again in the calling thread
            self._error = error


def finish(background: Background) -> None:
    """Wait for the job during the handling of another error, and print the error of the job, if there is one."""
    try:
        background.wait()
    except Exception as error:
        print(f"The last samples were not written: {error}", flush=True)
