"""A voice computed by numpy and onnxruntime, without torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tts.engine.base import Decoded, Delivery, Draft
from tts.engine.fitting import check_audio, check_decoded, check_piece, fitting
from tts.engine.manifest import Manifest, build_text, read_manifest
from tts.engine.parallel import ParallelAcoustic
from tts.engine.sessions import Run, open_graph
from tts.engine.vocoders.loading import load_vocoder


class OnnxEngine:
    """See `tts.engine.base.Engine`.

    Args:
        folder: folder of the voice; its graphs are in ``onnx/``.
        threads: CPU threads.
        open_graph: opens a graph, given its path and the number of threads.

    Raises:
        tts.voices.finding.VoiceError: a file is missing or damaged.
    """

    def __init__(self, folder: Path, threads: int = 1, open_graph: Callable[..., Run] = open_graph) -> None:
        self.voice, self.source = read_manifest(folder), folder
        manifest = self.voice
        self.name, self.sample_rate = manifest.name, manifest.mel["sample_rate"]
        self.hop_length, self._n_mels = manifest.mel["hop_length"], manifest.mel["n_mels"]
        open_ = partial(open_graph, threads=threads)
        with fitting(folder):
            self.frontend, self.log_floor = build_text(manifest.text, folder), float(manifest.mel["log_floor"])
            self._acoustic = _load_acoustic(manifest, open_)
            self._vocoder = load_vocoder(manifest, open_)

    @property
    def step_seconds(self) -> float:
        """See `tts.engine.base.Engine`."""
        return self._acoustic.reduction_factor * self.hop_length / self.sample_rate

    @property
    def has_speed(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return isinstance(self._acoustic, ParallelAcoustic)

    @property
    def has_pitch(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return isinstance(self._acoustic, ParallelAcoustic) and self._acoustic.has_pitch

    @property
    def is_stochastic(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self._acoustic.is_stochastic

    @property
    def rules(self) -> Sequence[str]:
        """See `tts.engine.base.Engine`."""
        return self._acoustic.rules

    def decode(
        self,
        batch: Sequence[Sequence[int]],
        seed: int,
        rule: str | None = None,
        delivery: Sequence[Delivery] | None = None,
    ) -> list[Decoded]:
        """See `tts.engine.base.Engine`."""
        with fitting(self.source):
            decoded = self._acoustic.decode(batch, seed, rule, delivery or [Delivery()] * len(batch))
            return [check_decoded(part, len(tokens), self._n_mels) for part, tokens in zip(decoded, batch)]

    @property
    def has_drafts(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return isinstance(self._acoustic, ParallelAcoustic) and self._acoustic.has_drafts

    def draft(self, tokens: Sequence[int], delivery: Delivery) -> Draft:
        """See `tts.engine.base.Engine`."""
        with fitting(self.source):
            draft = self._acoustic.draft(tokens, delivery, self._n_mels)
            check_decoded(draft.decoded, len(tokens), self._n_mels)
        return draft._replace(chunks=self._fitting(map(check_piece, draft.chunks)))

    def vocode(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """See `tts.engine.base.Engine`."""
        with fitting(self.source):
            audio = check_audio(self._vocoder(np.ascontiguousarray(mel.T)), mel.shape[1] * self.hop_length)
        yield audio

    def vocode_chunks(self, mels: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """See `tts.engine.base.Engine`."""
        most = 0

        def frames() -> Iterator[np.ndarray]:
            nonlocal most
            for mel in mels:
                most += mel.shape[1] * self.hop_length
                yield np.ascontiguousarray(mel.T)

        for audio in self._fitting(self._vocoder.stream(frames())):
            with fitting(self.source):
                most -= len(check_audio(audio, most))
            yield audio

    def _fitting(self, pieces: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        while True:
            with fitting(self.source):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece


def _load_acoustic(manifest: Manifest, open_: Callable[..., Any]) -> Any:
    options, folder = manifest.acoustic, manifest.folder
    if options["kind"] == "parallel":
        names = ["encoder", "decoder", *(["alignment"] if options.get("context_steps") else [])]
        return ParallelAcoustic(options, *(open_(folder / f"{name}.onnx") for name in names))
    from tts.engine.autoregressive import AutoregressiveAcoustic

    graphs = (open_(folder / f"{name}.onnx") for name in ("encoder", "start", "step", "postnet"))
    return AutoregressiveAcoustic(options, *graphs)
