"""A network over frames, run in chunks: the same output as for the whole input, as early as possible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class ContextStream:
    """Runs a function of frames on windows that include the context of the new frames on both sides.

    The counterpart of `tts.vocoder.streaming.ContextStream`.

    Args:
        function: (T, C) frames and the number of the first -> (T * scale, ...).
        context: frames on either side that a frame's output depends on.
        scale: output rows per frame.
    """

    def __init__(self, function: Callable[[np.ndarray, int], np.ndarray], context: int, scale: int = 1) -> None:
        self._function, self._context, self._scale = function, context, scale
        self._window: np.ndarray | None = None
        self._first = 0  # first frame of the window
        self._done = 0  # frames whose output has been returned

    def push(self, frames: np.ndarray) -> np.ndarray:
        """(T, C) new frames -> the output that no longer depends on later frames; may be empty."""
        window = frames if self._window is None else np.concatenate((self._window, frames))
        return self._take(window, self._first + len(window) - self._context)

    def finish(self) -> np.ndarray:
        """The rest of the output, after the last frame."""
        if self._window is None:
            raise ValueError("nothing was pushed into this stream: push frames before finish")
        return self._take(self._window, self._first + len(self._window))

    def _take(self, window: np.ndarray, end: int) -> np.ndarray:
        begin, count = self._done - self._first, max(0, end - self._done)
        if count == 0:
            self._window = window
            return np.zeros(0, dtype=np.float32)
        output = self._function(window, self._first)[begin * self._scale : (begin + count) * self._scale]
        self._done += count
        drop = max(0, self._done - self._context - self._first)
        self._window, self._first = window[drop:], self._first + drop
        return output
