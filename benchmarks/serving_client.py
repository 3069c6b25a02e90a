"""Clients that keep a speech server busy, and what they saw; used by ``benchmarks.serving``."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field

import httpx

SENTENCES = [
    "The morning train was late again, and nobody on the platform seemed surprised.",
    "Please close the window before you leave the room.",
    "She found an old map of the island in a box under the stairs.",
    "How long will it take to get there on foot?",
    "Every house in the village has a red door and a small garden.",
]
RATE, WIDTH = 24_000, 2  # of pcm


@dataclass
class Seen:
    """What all clients of one load saw."""

    seconds: float = 0.0
    audio: float = 0.0  # seconds of it
    requests: int = 0
    failures: list[str] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        """Seconds of audio per second."""
        return self.audio / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds to the first byte that ``share`` of the requests stay under."""
        ordered = sorted(self.first_bytes)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def line(self, name: str, cpu: float) -> str:
        """A row of the table; ``cpu`` is the seconds that the server computed."""
        middle = statistics.median(self.first_bytes or [float("nan")])
        return (
            f"| {name} | {self.requests} | {len(self.failures)} | {self.throughput:.2f} | "
            f"{1000 * middle:.0f} ms | {1000 * self.percentile(0.95):.0f} ms | {cpu / max(self.audio, 1e-9):.4f} |"
        )


def load(url: str, clients: int, seconds: float, voice: str) -> Seen:
    """Keep ``clients`` requests open for ``seconds``; each sends its next sentence when it has heard the last."""
    return asyncio.run(_load(url, clients, seconds, voice))


async def _load(url: str, clients: int, seconds: float, voice: str) -> Seen:
    seen, started = Seen(), time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=clients)) as client:
        await asyncio.gather(*(_client(client, n, started + seconds, voice, seen) for n in range(clients)))
    seen.seconds = time.perf_counter() - started
    return seen


async def _client(client: httpx.AsyncClient, number: int, end: float, voice: str, seen: Seen) -> None:
    while time.perf_counter() < end:
        body = {"input": SENTENCES[number % len(SENTENCES)], "response_format": "pcm", "voice": voice}
        number += 1
        try:
            await _request(client, body, seen)
        except httpx.HTTPError as error:
            seen.failures.append(repr(error))
            await asyncio.sleep(0.1)


async def _request(client: httpx.AsyncClient, body: dict, seen: Seen) -> None:
    started, size = time.perf_counter(), 0
    async with client.stream("POST", "/v1/audio/speech", json=body) as answer:
        async for part in answer.aiter_raw():
            if not size:
                first = time.perf_counter() - started
            size += len(part)
        answer.raise_for_status()
    seen.first_bytes.append(first)
    seen.requests += 1
    seen.audio += size / WIDTH / RATE
