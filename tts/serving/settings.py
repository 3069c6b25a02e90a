"""Settings of a server, fixed when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BODY_OVERHEAD = 65_536  # bytes of a request body in addition to its text: JSON, a lexicon


@dataclass(frozen=True)
class Settings:
    """Options of a server.

    Attributes:
        voices: names or folders of voices; the first one is the default. Empty is the default voice.
        aliases: other names of the voices; the names of OpenAI's voices are names of the default voice without it.
        host: address to listen on.
        port: TCP port to listen on.
        workers: processes that synthesize; 1 synthesizes in the server's own process.
        batch: requests that one worker synthesizes at the same time.
        queue: requests that may wait; one more is answered with status 429.
        max_characters: of the input of a request.
        max_seconds: of audio of a request.
        timeout: seconds after which a request that is not finished is given up.
        stall: seconds that a client may leave audio unread before it is disconnected.
        threads: of the CPU for one worker.
        device: where to compute, ``"cpu"`` or ``"cuda"``.
        engine: ``"onnx"`` or ``"torch"``; None takes ONNX where the voice has it.
        lexicon: a file of pronunciations that the page adds to; None keeps them in memory.
        wyoming: a URI such as ``tcp://127.0.0.1:10200`` to serve the Wyoming protocol at; None is nowhere.
    """

    voices: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    batch: int = 8
    queue: int = 32
    max_characters: int = 4096
    max_seconds: float = 600.0
    timeout: float = 300.0
    stall: float = 30.0
    threads: int = 1
    device: str = "cpu"
    engine: str | None = None
    lexicon: Path | None = None
    wyoming: str | None = None

    @property
    def max_body(self) -> int:
        """Bytes of a request body; a character takes at most 12 in JSON (two escaped surrogates)."""
        return 12 * self.max_characters + BODY_OVERHEAD

    @property
    def is_local(self) -> bool:
        """Whether only programs on this computer can connect."""
        return self.host in ("127.0.0.1", "localhost", "::1")
