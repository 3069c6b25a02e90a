"""Serves the web page from files of this package."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from tts.serving.errors import APIError

FOLDER = Path(__file__).with_name("page")
FILES = {path.name: path for path in FOLDER.iterdir() if path.suffix in (".html", ".css", ".js", ".svg")}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
router = APIRouter(include_in_schema=False)


@router.get("/")
def index() -> FileResponse:
    """The page where users type a text and hear it."""
    return FileResponse(FILES["index.html"], headers=HEADERS)


@router.get("/docs")
def docs() -> FileResponse:
    """The API, read from ``/openapi.json``; FastAPI's own page needs the internet."""
    return FileResponse(FILES["docs.html"], headers=HEADERS)


@router.get("/page/{name}")
def file(name: str) -> FileResponse:
    """A file of the page. Only files that existed when the server started are served."""
    if name not in FILES:
        raise APIError(404, "not_found", f"There is no file '{name[:80]}'.")
    return FileResponse(FILES[name], headers=HEADERS)
