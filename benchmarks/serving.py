"""The server under load, beside peers behind the same server; bulk work by one process and by two.

    python -m benchmarks.serving --seconds 600 --single 25 --peers
    taskset -c 0,1 python -m benchmarks.serving --seconds 60 --bulk 40

One client, then several, each sending its next sentence when it has heard the last. The table gives seconds of audio
per second (throughput), time to the first byte (median and 95th percentile), and the seconds of processor time that
the server spends on a second of audio, which other work on the machine changes little. Clients run on the same cores
as the server. The machine should be idle.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.serving_client import SENTENCES, Seen, load
from benchmarks.serving_peers import PEERS, missing

PORT = 8765


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the load by several clients")
    parser.add_argument("--single", type=float, metavar="SECONDS", help="of the load by one client (as many)")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--voice")
    parser.add_argument("--peers", nargs="*", default=[name for name in PEERS if name not in missing()])
    parser.add_argument("--bulk", type=int, metavar="N", default=0, help="also speak N texts by 1 and by 2 processes")
    options = parser.parse_args()
    options.single = options.single or options.seconds
    print(f"{len(os.sched_getaffinity(0))} cores, load average {os.getloadavg()[0]:.1f}")
    for name, command in missing().items():
        print(f"{name} is not installed: {command}")
    print(
        "| server | requests | failed | throughput | first byte | p95 | CPU per audio |\n|---|---|---|---|---|---|---|"
    )
    voice = ["--voice", options.voice] if options.voice else []
    ours = [sys.executable, "-m", "tts.serve", "--port", str(PORT), "--workers", str(options.workers), *voice]
    measure("attune", ours, options)
    for name in options.peers:
        measure(name, [sys.executable, "-m", "benchmarks.serving_peers", name, str(PORT)], options)
    if options.bulk:
        bulk(options.bulk, voice)


def measure(name: str, words: list[str], options: argparse.Namespace) -> None:
    """One client, several, and how the memory grew."""
    with server(words) as (url, process, voice):
        load(url, options.clients, 2.0, voice)  # warm
        with sampled_memory(process) as resident:
            one, cost = loaded(f"{name}, 1 client", url, 1, process, voice, options.single)
            clients = options.clients
            many, shared = loaded(f"{name}, {clients} clients", url, clients, process, voice, options.seconds)
    ratio, cheaper = many.throughput / one.throughput, cost / shared
    print(f"{name}: {ratio:.2f} x the throughput of one client, {cheaper:.2f} x by processor time")
    steps = [f"{resident[round(share * (len(resident) - 1) / 4)]:.0f}" for share in range(5)]
    print(f"{name}: memory {', '.join(steps)} MB at the begin, the quarters and the end", flush=True)


def loaded(
    label: str, url: str, clients: int, process: psutil.Process, voice: str, seconds: float
) -> tuple[Seen, float]:
    """What the clients saw, and the processor seconds per second of audio."""
    before = cpu(process)
    seen = load(url, clients, seconds, voice)
    used = cpu(process) - before
    print(seen.line(label, used), flush=True)
    for failure in sorted(set(seen.failures)):
        print(f"  failed: {failure}")
    return seen, used / max(seen.audio, 1e-9)


@contextmanager
def sampled_memory(process: psutil.Process) -> Iterator[list[float]]:
    """A list that grows by the resident MB of the server, every second."""
    found, stop = [memory(process)], threading.Event()

    def sample() -> None:
        while not stop.wait(1.0):
            found.append(memory(process))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


@contextmanager
def server(words: list[str]) -> Iterator[tuple[str, psutil.Process, str]]:
    """A server while it runs: its address, its process, its voice."""
    url = f"http://127.0.0.1:{PORT}"
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        voice = wait_until_ready(url, process)
        yield url, psutil.Process(process.pid), voice
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(url: str, process: subprocess.Popen) -> str:
    """The name of its voice."""
    for _ in range(600):
        try:
            return httpx.get(f"{url}/v1/audio/voices", timeout=30).json()["default"]
        except httpx.TransportError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args} ended with status {process.returncode}") from None
            time.sleep(0.2)
    raise TimeoutError(f"{process.args} does not answer")


def memory(process: psutil.Process) -> float:
    """Resident, of it and its children, in MB."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6


def cpu(process: psutil.Process) -> float:
    """Processor seconds of it and its children so far."""
    times = [one.cpu_times() for one in [process, *process.children(recursive=True)]]
    return sum(time.user + time.system for time in times)


def bulk(count: int, voice: list[str]) -> None:
    """Texts per second by one and by two processes; loading the voice is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        rates = {}
        for processes in (1, 2):
            few, many = (timed_bulk(Path(folder), n, processes, voice) for n in (2 * processes, count))
            rates[processes] = (count - 2 * processes) / (many - few)
        ratio = rates[2] / rates[1]
        print(f"bulk: 1 process {rates[1]:.2f} texts/s, 2 processes {rates[2]:.2f} texts/s, {ratio:.2f} x")


def timed_bulk(folder: Path, count: int, processes: int, voice: list[str]) -> float:
    """Seconds that a run of ``count`` texts takes."""
    source = folder / f"{count}-{processes}.jsonl"
    source.write_text("".join(json.dumps({"text": SENTENCES[n % len(SENTENCES)]}) + "\n" for n in range(count)))
    words = [str(source), "-o", str(source.with_suffix("")), "--processes", str(processes), *voice]
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "tts.bulk", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
