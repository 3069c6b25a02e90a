"""The state that the routes of a server share."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from fastapi import Request

from tts.serving.errors import APIError
from tts.serving.formats import FormatError, check_format
from tts.serving.lexicon import SharedLexicon
from tts.serving.metrics import Metrics
from tts.serving.requests import MODELS, VOICES, DetailedRequest, SpeechRequest, VoiceID
from tts.serving.scheduler import Scheduler
from tts.serving.settings import Settings
from tts.serving.speaker import Task, VoiceInfo


@dataclass(frozen=True)
class State:
    """Created once, when the server starts."""

    settings: Settings
    scheduler: Scheduler
    metrics: Metrics
    lexicon: SharedLexicon

    @property
    def voices(self) -> list[VoiceInfo]:
        """The loaded voices, the default one first."""
        return self.scheduler.pool.voices

    @property
    def aliases(self) -> dict[str, str]:
        """Alias -> name of a loaded voice."""
        return dict.fromkeys(VOICES, self.voices[0].name) | dict(self.settings.aliases)

    def voice(self, name: str | None) -> VoiceInfo:
        """The voice with this name or alias, the default one for None; raises `APIError` if it is not loaded."""
        loaded = {voice.name: voice for voice in self.voices}
        if not name:
            return self.voices[0]
        if name not in loaded:
            name = self.aliases.get(name, name)
        if name not in loaded:
            close = get_close_matches(name, loaded, n=1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Loaded: {', '.join(loaded)}."
            raise APIError(404, "voice_not_found", f"There is no voice '{name[:80]}'. {hint}", "voice")
        return loaded[name]

    def task(self, request: SpeechRequest, whole: bool) -> Task:
        """The task of ``request``. Raises `APIError` if the server cannot do it."""
        if request.model not in MODELS:
            message = f"There is no model '{request.model[:80]}'. Use one of: {', '.join(MODELS)}."
            raise APIError(404, "model_not_found", message, "model")
        self.check_input(request.input)
        try:
            check_format(request.response_format, request.sample_rate)
        except FormatError as error:
            raise APIError(400, "unsupported_format", str(error), "response_format") from error
        name = request.voice.id if isinstance(request.voice, VoiceID) else request.voice
        details = ""
        if isinstance(request, DetailedRequest):
            details = "arrays" if request.arrays else "words"
        return Task(
            text=request.input,
            voice=self.voice(name).name,
            format=request.response_format,
            sample_rate=request.sample_rate,
            whole=whole,
            seed=request.seed,
            speed=request.speed,
            pitch=request.pitch,
            repair=request.repair,
            lexicon=self.lexicon.merged(request.lexicon),
            details=details,
        )

    def check_input(self, text: str) -> None:
        """Raise `APIError` if ``text`` is empty or too long."""
        if not text.strip():
            raise APIError(400, "empty_input", "The input is empty; give at least one word.", "input")
        if len(text) > self.settings.max_characters:
            limit = f"{len(text)} characters; this server takes {self.settings.max_characters}"
            raise APIError(400, "string_too_long", f"The input has {limit}. Send it in parts.", "input")


def get_state(request: Request) -> State:
    """The state of the app that handles ``request``, for FastAPI's ``Depends``."""
    return request.app.state.attune
