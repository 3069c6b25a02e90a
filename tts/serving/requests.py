"""The JSON that clients send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MODEL = "attune"
MODELS = (MODEL, "tts-1", "tts-1-hd", "gpt-4o-mini-tts")  # the names that clients of OpenAI's API have built in
#: Voices of OpenAI's API. Its clients name them by default, so each is a name of the default voice.
VOICES = (
    "alloy",
    "ash",
    "ballad",
    "cedar",
    "coral",
    "echo",
    "fable",
    "marin",
    "nova",
    "onyx",
    "sage",
    "shimmer",
    "verse",
)
Format = Literal["mp3", "wav", "opus", "flac", "aac", "pcm"]
Word = Annotated[str, StringConstraints(pattern=r"^[^\s#;]\S{0,63}$")]
Pronunciation = Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")]


class VoiceID(BaseModel):
    """The voice field of newer clients of OpenAI's API."""

    id: str = Field(max_length=200)


class SpeechRequest(BaseModel):
    """The body of ``POST /v1/audio/speech``. Fields that OpenAI's API lacks are marked as extensions.

    Unknown fields are accepted, because clients of OpenAI's API may send newer ones; a header of the answer names them.
    """

    model_config = ConfigDict(extra="allow")

    model: str = Field(MODEL, max_length=200, description=f"One of {', '.join(MODELS)}; they all mean the same.")
    input: str = Field(description="Plain text or SSML (`<speak>...</speak>`).")
    voice: str | VoiceID | None = Field(
        None, description="A name of `GET /v1/audio/voices`, an alias, or empty: the default."
    )
    response_format: Format = Field("mp3", description="aac needs the package av on the server.")
    speed: float = Field(1.0, ge=0.25, le=4.0)
    pitch: float = Field(0.0, ge=-12.0, le=12.0, description="Extension: semitones up, where the model has pitch.")
    stream_format: Literal["audio", "sse"] = "audio"
    instructions: str | None = Field(None, max_length=4096, description="Accepted and ignored.")
    seed: int = Field(0, ge=0, lt=2**31, description="Extension: another seed is another reading.")
    sample_rate: int | None = Field(None, description="Extension: of the audio, in Hz.")
    stream: bool = Field(True, description="Extension: false sends one file with its length.")
    repair: bool = Field(True, description="Extension: read a sentence again whose alignment shows faults.")
    lexicon: dict[Word, Pronunciation] = Field(
        default_factory=dict, max_length=1000, description="Extension: words and how to say them, in IPA or ARPAbet."
    )

    @property
    def ignored(self) -> list[str]:
        """Names of the fields that the server ignores."""
        return [*(["instructions"] if self.instructions else []), *(self.model_extra or {})]


class DetailedRequest(SpeechRequest):
    """The body of ``POST /v1/audio/speech/detailed``."""

    response_format: Format = "wav"
    arrays: bool = Field(True, description="Whether to send alignment, mel and stop curve of each sentence.")


class LexiconEntry(BaseModel):
    """The body of ``POST /v1/audio/lexicon``."""

    word: Word
    pronunciation: Pronunciation
    voice: str | None = None
