"""Additions of the server to OpenAI's API, and its answers to invalid requests."""

import base64
import email
import io
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from tts import TTS

TEXT = "Hello there. How are you today?"
SPEECH, DETAILED = "/v1/audio/speech", "/v1/audio/speech/detailed"


def speak(client, url=SPEECH, **body):
    return client.post(url, json={"input": TEXT, "voice": "tiny", "response_format": "wav", **body})


def error_of(response, status):
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "Traceback" not in error["message"]
    return error


def test_detailed_equals_the_library(client, tiny_voice):
    told, speech = speak(client, DETAILED).raise_for_status().json(), TTS(tiny_voice)(TEXT)
    assert [word["text"] for word in told["words"]] == ["Hello", "there", "How", "are", "you", "today"]
    for word, expected in zip(told["words"], speech.words):
        assert TEXT[slice(*word["span"])] == word["text"]
        assert (word["start"], word["end"]) == pytest.approx((expected.start, expected.end), abs=1e-3)
    for sentence, expected in zip(told["sentences"], speech.sentences):
        assert sentence["phonemes"] == expected.phonemes
        assert sentence["report"]["verdict"] == expected.report.verdict
        sent = sentence["alignment"]
        alignment = np.frombuffer(base64.b64decode(sent["data"]), sent["dtype"]).reshape(sent["shape"])
        assert alignment / 255 == pytest.approx(expected.alignment, abs=1 / 255)
    audio, rate = soundfile.read(io.BytesIO(base64.b64decode(told["audio"])))
    assert len(audio) / rate == pytest.approx(told["duration"], abs=1e-3)
    assert told["captions"]["srt"].startswith("1\n00:00:00,")
    assert told["captions"]["vtt"].startswith("WEBVTT")


def test_detailed_supports_multipart(client):
    body = {"input": TEXT, "arrays": False}
    answer = client.post(DETAILED, json=body, headers={"Accept": "multipart/mixed"}).raise_for_status()
    raw = b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content
    told, audio = email.message_from_bytes(raw).get_payload()
    assert "alignment" not in json.loads(told.get_payload(decode=True))["sentences"][0]
    assert soundfile.info(io.BytesIO(audio.get_payload(decode=True))).frames > 1000


def test_a_request_may_have_ssml_and_a_lexicon(client):
    ssml = "<speak>Hello <break time='700ms'/> there.</speak>"
    assert speak(client, DETAILED, input=ssml).json()["sentences"][0]["words"][0]["text"] == "Hello"
    plain = speak(client, DETAILED).json()["sentences"][0]["phonemes"]
    told = speak(client, DETAILED, lexicon={"there": "HH AH0 L OW1"}).json()["sentences"][0]["phonemes"]
    assert told != plain
    assert told.endswith("həlˈoʊ.")
    assert speak(client, DETAILED).json()["sentences"][0]["phonemes"] == plain


def test_lexicon_entries_are_added_stored_and_deleted(client, served):
    entry = {"word": "Qux", "pronunciation": "K AH1 K S"}
    assert client.post("/v1/audio/lexicon", json=entry).raise_for_status().json()["ipa"] == "kˈʌks"
    file = served[1].state.attune.settings.lexicon
    assert "Qux K AH1 K S" in file.read_text()
    assert "kˈʌks" in speak(client, DETAILED, input="Hello Qux.").json()["sentences"][0]["phonemes"]
    wrong = client.post("/v1/audio/lexicon", json={"word": "Qux", "pronunciation": "ж"})
    assert "no symbol 'ж'" in error_of(wrong, 400)["message"]
    for word in ("a\nb", "# x", ""):
        error_of(client.post("/v1/audio/lexicon", json={"word": word, "pronunciation": "a"}), 400)
    client.delete("/v1/audio/lexicon/Qux").raise_for_status()
    assert "Qux" not in file.read_text()
    error_of(client.delete("/v1/audio/lexicon/Qux"), 404)


def test_lists_health_metrics_and_docs_are_served(client):
    assert client.get("/v1/audio/voices").json()["default"] == "tiny"
    assert client.get("/health").json()["status"] == "ok"
    speak(client).raise_for_status()
    metrics = client.get("/metrics").text
    assert 'attune_requests_total{outcome="done"}' in metrics
    assert "attune_first_byte_seconds_bucket" in metrics
    assert "/v1/audio/speech/detailed" in client.get("/openapi.json").json()["paths"]
    assert client.get("/docs").status_code == client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"input": ""}, "empty_input"),
        ({"input": " \n"}, "empty_input"),
        ({"input": "..."}, "invalid_input"),
        ({"input": "a" * 501}, "string_too_long"),
        ({"input": 5}, "invalid_value"),
        ({"input": "<speak>Hello"}, "invalid_input"),
        ({"response_format": "wma"}, "invalid_value"),
        ({"response_format": "opus", "sample_rate": 11}, "unsupported_format"),
        ({"speed": 9.0}, "invalid_value"),
        ({"speed": 0}, "invalid_value"),
        ({"speed": "fast"}, "invalid_value"),
        ({"pitch": 99}, "invalid_value"),
        ({"seed": -1}, "invalid_value"),
        ({"lexicon": {"a b\nc": "x"}}, "invalid_value"),
        ({"lexicon": {"there": "ж"}}, "invalid_input"),
    ],
)
@pytest.mark.parametrize("url", [SPEECH, DETAILED])
def test_invalid_values_are_errors(client, url, body, code):
    error = error_of(speak(client, url, **body), 400)
    assert error["code"] == code
    assert "/tmp" not in error["message"]


@pytest.mark.parametrize("voice", ["../../etc", "/etc/passwd", "..", "tts/voices/ljspeech", "x" * 300, "nobody"])
def test_voices_are_names_and_never_paths(client, voice, tiny_voice_folder):
    error_of(speak(client, voice=voice), 404)
    error_of(speak(client, voice={"id": voice[:200]}), 404)
    error_of(speak(client, voice=str(tiny_voice_folder)), 404)


@pytest.mark.parametrize(
    "path", ["/page/../app.py", "/page/..%2fapp.py", "/page/%2e%2e/app.py", "/etc/passwd", "/nope"]
)
def test_files_are_not_readable(client, path):
    assert client.get(path).status_code in (404, 405)


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe\x00binary", b"[1, 2]", b'"text"', b"null"])
def test_bodies_without_json_are_errors(client, content):
    headers = {"Content-Type": "application/json"}
    assert error_of(client.post(SPEECH, content=content, headers=headers), 400)["code"] == "invalid_json"
    error_of(client.post(SPEECH, content=content), 400)  # nor with a type that any web page may send


def test_large_bodies_are_errors(client, served):
    error_of(client.post(SPEECH, content=b" " * 1_000_000), 413)

    def chunks():
        for _ in range(200):
            yield b" " * 10_000

    error_of(client.post(SPEECH, content=chunks(), headers={"Content-Type": "application/json"}), 413)


def test_another_host_name_is_an_error(client):
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400


def test_the_server_listens_only_on_loopback(served):
    port = int(served[0].rpartition(":")[2])
    address = socket.gethostbyname(socket.gethostname())
    if address.startswith("127."):
        pytest.skip("this computer has no other address")
    with pytest.raises(ConnectionRefusedError), socket.create_connection((address, port), timeout=2):
        pass


def test_speed_changes_the_duration(client):
    durations = [speak(client, DETAILED, speed=speed).json()["duration"] for speed in (0.5, 1.0, 2.0)]
    assert durations[0] > 1.5 * durations[1] > 2 * durations[2]
    assert "no control of its pitch" in error_of(speak(client, pitch=2), 400)["message"]


def test_many_clients_get_the_same_audio_as_one(client, tiny_voice):
    texts = [
        f"{word} comes first. Then {word} again, and so on." for word in ("One", "Two", "Three", "Four", "Five", "Six")
    ]

    def hear(text):
        return soundfile.read(io.BytesIO(speak(client, input=text, seed=2).content), dtype="float32")[0]

    with ThreadPoolExecutor(len(texts)) as threads:
        together = list(threads.map(hear, texts))
    for text, heard in zip(texts, together):
        assert heard == pytest.approx(TTS(tiny_voice)(text, seed=2).audio, abs=2e-3)


def test_the_server_process_does_not_import_torch():
    code = "import sys, tts.serving.run, tts.serving.bulk.run, tts.serving.bulk.ray_data; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "tts.serving.app" in loaded
    assert not {"torch", "ray", "omegaconf", "lightning", "wyoming"} & set(loaded)
