"""Endpoints for models, voices, health, metrics and the lexicon."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

import tts
from tts.core.errors import TextError
from tts.serving.errors import APIError
from tts.serving.requests import MODELS, LexiconEntry
from tts.serving.state import State, get_state
from tts.text.lexicon import parse_pronunciation

router = APIRouter()
CurrentState = Annotated[State, Depends(get_state)]


@router.get("/v1/models")
def models() -> dict[str, Any]:
    """The models, as OpenAI's API lists them."""
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get("/v1/models/{name}")
def model(name: str) -> dict[str, Any]:
    """One model."""
    if name not in MODELS:
        raise APIError(404, "model_not_found", f"There is no model '{name[:80]}'.", "model")
    return _model(name)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "attune"}


@router.get("/v1/audio/voices")
def voices(state: CurrentState) -> dict[str, Any]:
    """The loaded voices, the default one first."""
    listed = [
        {"id": v.name, "name": v.name, "language": v.language, "sample_rate": v.sample_rate} for v in state.voices
    ]
    return {"voices": listed, "default": state.voices[0].name, "aliases": state.aliases}


@router.get("/health")
def health(state: CurrentState) -> dict[str, Any]:
    """Whether the server is ready."""
    scheduler = state.scheduler
    load = {"running": scheduler.running, "waiting": scheduler.waiting}
    return {"status": "ok", "version": tts.__version__, "voices": [voice.name for voice in state.voices], **load}


@router.get("/metrics", response_class=Response)
def metrics(state: CurrentState) -> Response:
    """Metrics in the text format of Prometheus."""
    return Response(state.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/audio/lexicon")
def lexicon(state: CurrentState) -> dict[str, Any]:
    """The pronunciations that users saved on this server."""
    return {"lexicon": state.lexicon.entries}


@router.post("/v1/audio/lexicon", status_code=201)
def save_pronunciation(entry: LexiconEntry, state: CurrentState) -> dict[str, Any]:
    """Save the pronunciation of a word for all later requests."""
    voice = state.voice(entry.voice)
    try:
        ipa = parse_pronunciation(entry.pronunciation, voice.symbols, entry.word)
    except TextError as error:
        raise APIError(400, "invalid_pronunciation", str(error), "pronunciation") from error
    try:
        state.lexicon.add(entry.word, entry.pronunciation)
    except OSError as error:
        raise APIError(507, "not_saved", f"The lexicon cannot be written ({error.strerror}).") from error
    return {"word": entry.word, "pronunciation": entry.pronunciation, "ipa": ipa}


@router.delete("/v1/audio/lexicon/{word}")
def delete_pronunciation(word: str, state: CurrentState) -> dict[str, Any]:
    """Remove the saved pronunciation of a word."""
    if not state.lexicon.remove(word):
        raise APIError(404, "word_not_found", f"The lexicon has no word '{word[:80]}'.", "word")
    return {"deleted": word}
