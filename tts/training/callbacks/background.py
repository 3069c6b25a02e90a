"""Files that are written while training goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Runs jobs in a thread, one at a time and in their order; an error surfaces in the thread that asked.

    A job that is handed in waits for the one before it, so that no more than one is ever behind. A job must draw no
    random numbers of torch's global stream and change no model: training goes on beside it.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, job: Callable[[], None]) -> None:
        """Run ``job`` beside what follows. Raises what the job before it raised."""
        self.wait()
        self._thread = threading.Thread(target=self._run, args=(job,), name="samples")
        self._thread.start()

    def wait(self) -> None:
        """Until the job is done; raises what it raised. If this is interrupted, the job still ends by itself."""
        if self._thread is not None:
            self._thread.join()
        self._thread, error, self._error = None, self._error, None
        if error is not None:
            raise error

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # whatever it is: the other thread has to know
            self._error = error


def finish(background: Background) -> None:
    """Wait while another error is on its way, and print the one of the job, if there is any."""
    try:
        background.wait()
    except Exception as error:
        print(f"The last samples were not written: {error}", flush=True)
