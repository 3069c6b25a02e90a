"""A network over frames, run in chunks: the same output as for the whole input, as early as possible."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class ContextStream:
    """Runs a function of frames on windows that include the context of the new frames on both sides.

    Every output frame is computed with its full context, so the output equals that of the whole input. The output lags
    ``reach`` frames behind, and ``2 * reach`` frames are computed twice for every chunk.

    Args:
        function: (B, C, T) -> (B, *channels, T * scale); the output of a frame depends on at most ``reach`` frames on
            either side.
        reach: frames.
        scale: output values per frame.
        channels: of the output; none for a waveform.
    """

    def __init__(
        self, function: Callable[[Tensor], Tensor], reach: int, scale: int = 1, channels: tuple[int, ...] = ()
    ):
        self._function, self._reach, self._scale, self._channels = function, reach, scale, channels
        self._window: Tensor | None = None
        self.first = 0  # first frame of the window
        self._done = 0  # output frames handed out

    @torch.inference_mode()
    def push(self, frames: Tensor) -> Tensor:
        """(B, C, T), T >= 0 new frames -> the output that no longer depends on later frames; may be empty."""
        window = frames if self._window is None else torch.cat([self._window, frames], 2)
        return self._take(window, self.first + window.shape[2] - self._reach)

    @torch.inference_mode()
    def finish(self) -> Tensor:
        """The rest of the output, after the last frame. Raises ValueError if there was none."""
        if self._window is None:
            raise ValueError("nothing was pushed into this stream: push frames before finish")
        return self._take(self._window, self.first + self._window.shape[2])

    def _take(self, window: Tensor, end: int) -> Tensor:
        """Output of the frames up to ``end`` that has not been returned; ``window`` are the frames that are kept."""
        begin, count = self._done - self.first, max(0, end - self._done)
        if count == 0:
            self._window = window
            return window.new_zeros(len(window), *self._channels, 0)
        output = self._function(window)[..., begin * self._scale : (begin + count) * self._scale]
        self._done += count
        drop = max(0, self._done - self._reach - self.first)
        self._window, self.first = window[:, :, drop:], self.first + drop
        return output


class WholeStream:
    """A function that needs all frames, run in chunks: the whole output comes at the end.

    Args:
        function: (B, C, T) -> (B, samples).
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self._function = function
        self._chunks: list[Tensor] = []

    def push(self, frames: Tensor) -> Tensor:
        """(B, C, T), T >= 0 new frames -> (B, 0)."""
        self._chunks.append(frames)
        return frames.new_zeros(len(frames), 0)

    @torch.inference_mode()
    def finish(self) -> Tensor:
        """The whole output. Raises ValueError if nothing was pushed."""
        if not self._chunks:
            raise ValueError("nothing was pushed into this stream: push frames before finish")
        return self._function(torch.cat(self._chunks, 2))
