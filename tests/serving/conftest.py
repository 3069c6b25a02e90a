"""A real server on a free port of this computer, with the tiny voice."""

import threading
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("fastapi", reason='needs the extra "serve"')

import httpx
import uvicorn

from tts.serving.app import create_app
from tts.serving.run import _listen
from tts.serving.settings import Settings


@contextmanager
def running(settings, **options):
    """Run a server in a thread; return its address and the application."""
    app = create_app(settings, **options)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    listening = _listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        httpx.get(f"{url}/health", timeout=60).raise_for_status()
        yield url, app
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def wait_for(condition, seconds=20.0):
    """Wait until ``condition()`` is true, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(scope="package")
def served(tiny_voice_folder, tmp_path_factory):
    """A server with the tiny voice: its address and its application."""
    lexicon = tmp_path_factory.mktemp("lexicon") / "words.txt"
    with running(Settings(voices=(str(tiny_voice_folder),), max_characters=500, lexicon=lexicon)) as found:
        yield found


@pytest.fixture
def client(served):
    """An HTTP client of the server."""
    with httpx.Client(base_url=served[0], timeout=30) as client:
        yield client
