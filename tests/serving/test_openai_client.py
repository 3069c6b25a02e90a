"""The official client of OpenAI's API works with the server."""

import base64
import io
import json

import pytest
import soundfile

from tts import TTS

openai = pytest.importorskip("openai")
TEXT = "Hello there. How are you today?"


@pytest.fixture
def official(served):
    return openai.OpenAI(base_url=f"{served[0]}/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="module")
def expected(tiny_voice):
    return TTS(tiny_voice)(TEXT, seed=3)


def test_speech_equals_that_of_the_library(official, expected):
    heard = official.audio.speech.create(
        model="tts-1", voice="tiny", input=TEXT, response_format="wav", extra_body={"seed": 3, "stream": False}
    )
    assert heard.response.headers["content-type"] == "audio/wav"
    audio, rate = soundfile.read(io.BytesIO(heard.content), dtype="float32")
    assert rate == expected.sample_rate
    assert audio == pytest.approx(expected.audio, abs=2e-3)


def test_speech_is_streamed_with_one_header(official, expected):
    options = {"model": "tts-1", "voice": "tiny", "input": TEXT, "response_format": "wav", "extra_body": {"seed": 3}}
    with official.audio.speech.with_streaming_response.create(**options) as response:
        data = b"".join(response.iter_bytes())
    assert "content-length" not in response.headers
    audio, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    assert audio == pytest.approx(expected.audio, abs=2e-3)
    assert data.count(b"RIFF") == 1


@pytest.mark.parametrize("name", ["mp3", "opus", "flac", "pcm"])
def test_every_format_is_returned(official, expected, name):
    heard = official.audio.speech.create(model="attune", voice="tiny", input=TEXT, response_format=name)
    if name == "pcm":
        assert len(heard.content) / 2 / 24_000 == pytest.approx(expected.duration, abs=0.01)
    else:
        audio, rate = soundfile.read(io.BytesIO(heard.content))
        assert len(audio) / rate == pytest.approx(expected.duration, abs=0.15)


def test_server_sent_events_have_the_audio(official, expected):
    options = {"model": "attune", "voice": "tiny", "input": TEXT, "response_format": "pcm", "stream_format": "sse"}
    with official.audio.speech.with_streaming_response.create(**options) as response:
        events = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    kinds = [event["type"] for event in events]
    assert kinds[-1] == "speech.audio.done"
    assert kinds.count("speech.sentence") == 2
    audio = b"".join(base64.b64decode(event["audio"]) for event in events if event["type"] == "speech.audio.delta")
    assert len(audio) / 2 / 24_000 == pytest.approx(expected.duration, abs=0.01)


def test_models_are_listed_and_errors_have_openai_form(official):
    assert "attune" in [model.id for model in official.models.list()]
    assert official.models.retrieve("tts-1").id == "tts-1"
    with pytest.raises(openai.NotFoundError, match=r"There is no voice 'alloyy'. Loaded: tiny"):
        official.audio.speech.create(model="tts-1", voice="alloyy", input=TEXT)
    with pytest.raises(openai.BadRequestError) as caught:
        official.audio.speech.create(model="tts-1", voice="tiny", input="...")
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("voice", ["alloy", "nova", "verse"])
def test_the_names_of_openai_are_the_default_voice(official, client, voice):
    heard = official.audio.speech.create(
        model="gpt-4o-mini-tts", voice=voice, input=TEXT, response_format="wav", extra_body={"stream": False}
    )
    plain = {"input": TEXT, "response_format": "wav", "stream": False}
    assert heard.content == client.post("/v1/audio/speech", json=plain).content
    assert client.get("/v1/audio/voices").json()["aliases"][voice] == "tiny"


def test_a_field_without_effect_is_named_in_a_header(official, client):
    heard = official.audio.speech.create(
        model="tts-1", voice="tiny", input=TEXT, instructions="Whisper.", extra_body={"emotion": "sad", "bad\nname": 1}
    )
    assert heard.response.headers["x-attune-ignored"] == "instructions, emotion"
    answer = client.post("/v1/audio/speech/detailed", json={"input": "Hi.", "arrays": False, "style": "x"})
    assert answer.headers["x-attune-ignored"] == "style"
    assert "x-attune-ignored" not in client.post("/v1/audio/speech", json={"input": "Hi.", "seed": 1}).headers


def test_an_alias_is_a_name_of_a_loaded_voice(tiny_voice_folder, served):
    from tests.serving.conftest import running
    from tts.serving.settings import Settings

    with running(Settings(voices=(str(tiny_voice_folder),), aliases=(("anna", "tiny"),))) as (url, _):
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        assert client.audio.speech.create(model="tts-1", voice="anna", input="Hi.").content
        with pytest.raises(openai.NotFoundError, match="no voice 'bob'"):
            client.audio.speech.create(model="tts-1", voice="bob", input="Hi.")
