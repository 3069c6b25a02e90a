"""Many clients, slow clients, clients that disconnect, and a server that is stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.serving.conftest import running, wait_for
from tts.serving.run import _listen
from tts.serving.scheduler import Busy, Scheduler, TaskError
from tts.serving.settings import Settings
from tts.serving.speaker import Event, Failure, Task, VoiceInfo

SPEECH = "/v1/audio/speech"
TASK = Task("Hello.", "stub")


class StubPool:
    """A pool that gives one piece of audio at each `step`."""

    voices = (VoiceInfo("stub", 22050, "en-us", ("a",)),)

    def __init__(self, slots=1, pieces=3):
        self.slots, self.pieces = slots, pieces
        self.step, self.started, self.stopped = threading.Semaphore(0), [], []

    def start(self, job, finished):
        self.started.append(job)
        threading.Thread(target=self._run, args=(job, finished, self.pieces), daemon=True).start()

    def _run(self, job, finished, pieces):
        for _ in range(pieces):
            while not self.step.acquire(timeout=0.02):
                if job.is_cancelled:
                    break
            if job.is_cancelled:
                self.stopped.append(job)
                break
            job.put(Event("audio", b"x" * 1000))
        else:
            job.put(Event("done", {"duration": 1.0, "faults": [], "symbols": 3}))
        finished()

    def close(self):
        pass


@pytest.fixture
def stubbed():
    pool = StubPool()
    settings = Settings(queue=1, timeout=3.0, stall=0.5)
    with running(settings, load=lambda _: pool) as (url, _), httpx.Client(base_url=url, timeout=10) as client:
        yield pool, client
        pool.step.release(100)


def post(client, **body):
    return client.post(SPEECH, json={"input": "Hello.", "response_format": "wav", **body})


def test_a_full_queue_gives_status_429(stubbed):
    pool, client = stubbed
    with ThreadPoolExecutor() as threads:
        first = threads.submit(post, client)
        wait_for(lambda: pool.started)
        second = threads.submit(post, client)
        wait_for(lambda: client.get("/health").json()["waiting"] == 1)
        refused = post(client)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["type"] == "rate_limit_error"
        assert 'outcome="queue_full"' in client.get("/metrics").text
        pool.step.release(6)
        assert first.result().content == second.result().content == b"x" * 3000
    assert post_after_release(pool, client) == 200


def post_after_release(pool, client):
    pool.step.release(3)
    return post(client).status_code


@pytest.mark.parametrize("begun", [0, 1])
@pytest.mark.parametrize("body", [{}, {"stream": False}, {"stream_format": "sse"}])
def test_a_disconnected_client_stops_its_work(stubbed, body, begun):
    pool, client = stubbed
    if begun:
        pool.step.release()
    body = {"input": "Hello.", "response_format": "wav", **body}
    with pytest.raises(httpx.ReadTimeout), client.stream("POST", SPEECH, json=body, timeout=0.5) as answer:
        answer.read()
    wait_for(lambda: pool.stopped)
    wait_for(lambda: client.get("/health").json()["running"] == 0)
    assert 'outcome="cancelled"' in client.get("/metrics").text


def test_a_request_that_takes_too_long_is_stopped(stubbed):
    pool, client = stubbed
    answer = post(client, stream=False)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "timeout"
    wait_for(lambda: pool.stopped)


def test_a_failure_during_a_stream_closes_the_connection(stubbed):
    pool, client = stubbed
    pool.step.release()
    with client.stream("POST", SPEECH, json={"input": "Hello.", "response_format": "wav"}) as answer:
        assert answer.status_code == 200
        wait_for(lambda: pool.started)
        pool.started[0].put(Event("error", Failure(500, "synthesis_failed", "It failed.")))
        with pytest.raises(httpx.RemoteProtocolError):  # no final chunk: whoever reads knows that it is not the whole
            answer.read()


def test_a_client_that_does_not_read_does_not_block_others(stubbed):
    pool, client = stubbed
    pool.pieces = 10_000  # 10 MB, more than the system buffers for a connection
    pool.step.release(10_000)
    host, port = client.base_url.host, client.base_url.port
    body = json.dumps({"input": "Hello.", "response_format": "wav"}).encode()
    with socket.create_connection((host, port)) as deaf:
        head = f"POST {SPEECH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        deaf.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_for(lambda: pool.started)
        pool.pieces = 3
        assert post_after_release(pool, client) == 200
        wait_for(lambda: 'outcome="cancelled"' in client.get("/metrics").text)


def test_jobs_wait_in_order_and_cancelled_ones_never_start():
    async def check():
        pool = StubPool(pieces=1)
        scheduler = Scheduler(pool, queue=2, timeout=5.0)
        jobs = [scheduler.submit(TASK) for _ in range(3)]
        with pytest.raises(Busy):
            scheduler.submit(TASK)
        scheduler.cancel(jobs[1])
        pool.step.release(2)
        for job in (jobs[0], jobs[2]):
            assert [event.kind async for event in scheduler.events(job)] == ["audio", "done"]
        assert pool.started == [jobs[0], jobs[2]]
        lost = scheduler.submit(TASK)
        lost.put(Event("error", Failure(500, "worker_died", "It died.")))
        with pytest.raises(TaskError, match="It died"):
            [event async for event in scheduler.events(lost)]

    asyncio.run(check())


def test_a_small_chunk_is_sent_at_once():
    async def check():
        found = asyncio.get_running_loop().create_future()

        async def accept(reader, writer):
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = _listen("127.0.0.1", 0)
        async with await asyncio.start_server(accept, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            assert await asyncio.wait_for(found, 5) != 0  # or it waits 40 ms for the receipt of the chunk before
            writer.close()

    asyncio.run(check())


@pytest.fixture(scope="module")
def process(tiny_voice_folder):
    """Start `python -m tts.serve` with two worker processes; return its address and the process."""
    words = ["--voice", str(tiny_voice_folder), "--port", "0", "--workers", "2"]
    started = subprocess.Popen([sys.executable, "-m", "tts.serve", *words], stdout=subprocess.PIPE, text=True)
    line = started.stdout.readline()
    assert line.startswith("Attune at http://127.0.0.1:"), line
    url = line.split()[-1]
    with httpx.Client(base_url=url, timeout=60) as client:
        client.get("/health").raise_for_status()
        yield started, client
    started.kill()
    started.wait()


def children(pid):
    psutil = pytest.importorskip("psutil")
    alive = [child for child in psutil.Process(pid).children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "spawn_main" in " ".join(child.cmdline())]


def test_worker_processes_give_the_same_speech_and_are_replaced(process):
    started, client = process
    text = "Hello there. How are you today, my friend? And so on."
    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(lambda _: post(client, input=text, voice="tiny").content, range(8)))
    lengths = {len(data) for data in heard}
    assert len(lengths) == 1
    workers = children(started.pid)
    assert len(workers) == 2
    os.kill(workers[0].pid, signal.SIGKILL)
    for _ in range(4):
        assert len(post(client, input=text, voice="tiny").content) in lengths
    wait_for(lambda: len(children(started.pid)) == 2, 60)
    with client.stream("POST", SPEECH, json={"input": text * 9, "response_format": "wav"}) as answer:
        pieces = answer.iter_raw()
        data = next(pieces)
        started.send_signal(signal.SIGTERM)
        data += b"".join(pieces)
    assert len(data) > 8 * lengths.pop()
    assert started.wait(20) == 0
