"""Speaks items in processes of this computer. If a process dies, its items go to another one."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from tts.serving.bulk.items import Item
from tts.serving.bulk.worker import Row, Work, Worker

log = logging.getLogger(__name__)
MAX_DEATHS = 3  # processes that may die while they speak an item before the item fails
_worker: Worker | None = None  # the worker of this process


def speak_in_processes(items: Sequence[Item], work: Work, processes: int) -> Iterator[Row]:
    """Yield the rows of ``items`` as they finish, in any order.

    Raises:
        tts.audio.io.AudioError, tts.voices.finding.VoiceError: see `Worker`.
    """
    if processes == 1:
        worker = Worker(work)
        yield from map(worker, items)
        return
    waiting, deaths = deque(items), Counter[str]()
    while waiting:
        in_flight: dict[Future[Row], Item] = {}
        pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _load, (work,))
        try:
            yield from _drain(pool, waiting, in_flight, 2 * processes)
        except BrokenProcessPool:
            log.warning("a process died; its items go to another")
            for item in in_flight.values():
                deaths[item.id] += 1
                if deaths[item.id] < MAX_DEATHS:
                    waiting.append(item)
                else:
                    yield {**item._asdict(), "key": work.key(item), "error": f"{MAX_DEATHS} processes died with it"}
        finally:
            pool.shutdown(cancel_futures=True)


def _drain(
    pool: ProcessPoolExecutor, waiting: deque[Item], in_flight: dict[Future[Row], Item], room: int
) -> Iterator[Row]:
    """Submit items, ``room`` at a time, so that the death of a process affects few of them."""
    while waiting or in_flight:
        while waiting and len(in_flight) < room:
            item = waiting.popleft()
            try:
                in_flight[pool.submit(_speak, item)] = item
            except BrokenProcessPool:
                waiting.append(item)
                raise
        finished, _ = wait(in_flight, return_when=FIRST_COMPLETED)
        for future in sorted(finished, key=lambda future: future.exception() is not None):  # errors last
            row = future.result()
            del in_flight[future]
            yield row


def _load(work: Work) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the process that writes the manifest handles Ctrl-C
    _worker = Worker(work)


def _speak(item: Item) -> Row:
    assert _worker is not None
    return _worker(item)
