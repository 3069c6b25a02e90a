"""Builds, starts and stops the web application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

import tts
from tts.serving import page_routes, routes, speech_routes
from tts.serving.errors import add_error_handlers
from tts.serving.lexicon import SharedLexicon
from tts.serving.limits import LimitBody
from tts.serving.metrics import Metrics
from tts.serving.pools import make_pool
from tts.serving.scheduler import Pool, Scheduler
from tts.serving.settings import Settings
from tts.serving.state import State

LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]", "testserver"]


def create_app(settings: Settings, load: Callable[[Settings], Pool] = make_pool) -> FastAPI:
    """The server as an ASGI application.

    Args:
        settings: its options.
        load: makes the pool of workers when the server starts.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = load(settings)
        scheduler = Scheduler(pool, settings.queue, settings.timeout)
        app.state.attune = State(settings, scheduler, Metrics(scheduler), SharedLexicon(settings.lexicon))
        try:
            async with _wyoming(settings, app.state.attune):
                yield
        finally:
            pool.close()

    app = FastAPI(title="Attune", version=tts.__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(LimitBody, max_bytes=settings.max_body)
    if settings.is_local:  # against DNS rebinding: a foreign web page must not reach the server under its own name
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOCAL_NAMES)
    add_error_handlers(app)
    for module in (speech_routes, routes, page_routes):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def _wyoming(settings: Settings, state: State) -> AsyncIterator[None]:
    """Run the Wyoming server next to the web application if the settings ask for one."""
    if settings.wyoming is None:
        yield
        return
    from tts.serving.wyoming_server import WyomingServer

    server = WyomingServer(settings.wyoming, state)
    await server.start()
    try:
        yield
    finally:
        await server.stop()
