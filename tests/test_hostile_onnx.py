"""Untrusted ONNX voices speak or give an error of one sentence."""

import copy
import io
import json
import os
import shutil
import zipfile

import numpy as np
import pytest

from tts import TTS
from tts.core.errors import AttuneError
from tts.engine import manifest
from tts.engine.fitting import check_audio, check_decoded
from tts.engine.parallel import ParallelAcoustic
from tts.engine.sessions import open_graph
from tts.voices.finding import VoiceError, find_voice

onnx = pytest.importorskip("onnx", reason="builds the hostile graphs")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger") / "voice"
    shutil.copytree(find_voice("heart"), folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


@pytest.fixture
def voice(whole):
    """The shipped voice. Its manifest and arrays are restored after the test."""
    kept = {name: (whole / "onnx" / name).read_bytes() for name in ("voice.json", "arrays.npz")}
    yield whole
    for name, content in kept.items():
        (whole / "onnx" / name).unlink(missing_ok=True)
        (whole / "onnx" / name).write_bytes(content)


def speak(voice):
    return TTS(voice, engine="onnx")("Hi.", repair=False)


CHANGES = {
    "no text": ("text", None),
    "a list": ("text", []),
    "another class": ("text._target_", "os.system"),
    "a function": ("text._target_", "tts.text.espeak.phonemes"),
    "an unknown option": ("text.folder", "x"),
    "no class": ("text", {}),
    "no symbols": ("text.symbols", ["a"]),
    "a lexicon elsewhere": ("text.lexicon", "/etc/passwd"),
    "no hop": ("mel.hop_length", 0),
    "half a hop": ("mel.hop_length", 0.5),
    "a rate of text": ("mel.sample_rate", "x"),
    "more bands": ("mel.n_mels", 81),
    "a longer window": ("mel.win_length", 2048),
    "a hop that divides nothing": ("mel.hop_length", 255),
    "no floor": ("mel.log_floor", None),
    "another kind": ("acoustic.kind", "autoregressive"),
    "no kind": ("vocoder.kind", None),
    "no reduction": ("acoustic.reduction_factor", 0),
    "no deviation": ("acoustic.pitch_std", "x"),
    "a context of text": ("acoustic.context_steps", "x"),
    "less than no context": ("acoustic.context_steps", -1),
    "endless rounds": ("vocoder.rounds", 10**6),
    "noise of gigabytes": ("vocoder.noise_frames", 20_000),
    "no noise": ("vocoder.noise_frames", 0),
    "no spacing": ("vocoder.point_spacing", 0),
    "a seed of text": ("vocoder.seed", "x"),
    "a scale of nothing": ("vocoder.scale", {"x": 1}),
    "infinite": ("vocoder.overshoot", float("inf")),
}


@pytest.mark.parametrize(("path", "value"), CHANGES.values(), ids=CHANGES)
def test_an_inconsistent_manifest_is_an_error(voice, path, value):
    file = voice / "onnx" / "voice.json"
    content = json.loads(file.read_text())
    *parts, last = path.split(".")
    where = content
    for part in parts:
        where = where[part]
    where[last] = value
    file.write_text(json.dumps(content))
    with pytest.raises(AttuneError):
        speak(voice)


@pytest.mark.parametrize(
    "content", ["", "[]", "null", "[" * 9000, '{"format": 1, "name": ' + "[" * 900 + "]" * 900 + "}"]
)
def test_an_invalid_manifest_is_an_error(voice, content):
    (voice / "onnx" / "voice.json").write_text(content)
    with pytest.raises(VoiceError, match=r"voice\.json"):
        speak(voice)


def packed(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def claiming(shape):
    """Arrays whose header has more numbers than the file."""
    buffer, head = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("spread.npy", head.getvalue())
    return buffer.getvalue()


def bomb():
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("spread.npy", "w", force_zip64=True) as part,
    ):
        part.write(bytes(2_000_000))
    return buffer.getvalue()


ARRAYS = {
    "pickles": lambda: packed(spread=np.array([print], dtype=object)),
    "no arrays": lambda: b"no archive",
    "cut off": lambda: packed(spread=np.zeros((129, 80), np.float32))[:200],
    "other names": lambda: packed(x=np.zeros(3)),
    "other shapes": lambda: packed(spread=np.zeros(3), filterbank=np.zeros((2, 2)), gains=np.zeros(0)),
    "a promise": lambda: claiming((10**6, 10**6)),
    "a negative promise": lambda: claiming((-5, 80)),
    "a bomb": bomb,
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_invalid_arrays_are_errors(voice, make, monkeypatch):
    monkeypatch.setattr(manifest, "MAX_ARRAY_BYTES", 1_000_000)
    (voice / "onnx" / "arrays.npz").write_bytes(make())
    with pytest.raises(VoiceError, match=r"cannot be read|do not fit together"):
        speak(voice)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_a_pipe_is_an_error(voice):
    (voice / "onnx" / "arrays.npz").unlink()
    os.mkfifo(voice / "onnx" / "arrays.npz")
    with pytest.raises(VoiceError, match="not a regular file"):
        speak(voice)


# ---- graphs ---------------------------------------------------------------------------------------------------------


def graph(*nodes, inputs=(), outputs=("y",), initializers=()):
    describe = onnx.helper.make_tensor_value_info
    made = onnx.helper.make_graph(
        list(nodes),
        "g",
        [describe(name, kind, shape) for name, kind, shape in inputs],
        [describe(name, onnx.TensorProto.FLOAT, None) for name in outputs],
        list(initializers),
    )
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def elsewhere(location):
    tensor = onnx.TensorProto(name="c", data_type=1, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=str(location))
    return graph(onnx.helper.make_node("Identity", ["c"], ["y"]), initializers=[tensor])


@pytest.mark.parametrize(
    "place", ["numbers.bin", "../secret.bin", "{}/secret.bin", "link.bin", "/dev/zero", "*/_ORT_MEM_ADDR_/*"]
)
def test_a_graph_must_have_its_data_in_its_own_file(tmp_path, place):
    folder = tmp_path / "voice"
    folder.mkdir()
    for path in (tmp_path / "secret.bin", folder / "numbers.bin"):
        path.write_bytes(b"ABCD" * 4)
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    content = elsewhere(place.format(tmp_path)).SerializeToString()
    # protobuf also takes numbers that are written longer than they need be
    longer = content.replace(b"\x0a\x08location", b"\x8a\x00\x88\x80\x00location")
    for written in (content, longer):
        (folder / "a.onnx").write_bytes(written)
        with pytest.raises(VoiceError, match=r"a\.onnx cannot be loaded \(it keeps numbers in another file\)"):
            open_graph(folder / "a.onnx", 1)


def test_the_shipped_graphs_load(whole):
    for path in (whole / "onnx").glob("*.onnx"):
        open_graph(path, 1)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x18\0\0\0ORTM" + bytes(200)])
def test_a_file_that_is_not_a_graph_is_an_error(tmp_path, content):
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(VoiceError, match=r"a\.onnx cannot be loaded"):
        open_graph(tmp_path / "a.onnx", 1)


def test_a_failing_graph_is_an_error_with_its_name(tmp_path):
    tokens = ("tokens", onnx.TensorProto.FLOAT, ["T"])
    onnx.save(graph(onnx.helper.make_node("MatMul", ["tokens", "tokens"], ["y"]), inputs=[tokens]), tmp_path / "a.onnx")
    run = open_graph(tmp_path / "a.onnx", 1)
    assert run(tokens=np.ones(3, np.float32))[0] == 3
    for inputs in ({"tokens": np.ones(3, np.int64)}, {"other": np.ones(3, np.float32)}, {}):
        with pytest.raises(VoiceError, match=r"a\.onnx cannot be computed"):
            run(**inputs)


OPTIONS = {"reduction_factor": 2, "pitch_std": 0.3, "has_pitch": True}


@pytest.mark.parametrize(
    "frames", [np.full(5, 1e12), np.full(5, -1.0), np.full(5, np.nan), np.ones(4), np.ones((5, 1))]
)
def test_durations_of_symbols_are_limited(frames):
    acoustic = ParallelAcoustic(OPTIONS, lambda **_: [np.zeros((5, 4)), frames.astype(np.float32)], pytest.fail)
    with pytest.raises(ValueError, match="do not last 0 to 500 frames"):
        acoustic.decode([[1, 2, 3, 4, 5]], 0, None, [(1.0, 0.0)])


def test_outputs_must_have_their_shape():
    good = np.zeros((8, 6)), np.zeros((3, 5)), np.zeros(3)
    check_decoded(good, 5, 8)
    for place, value in [
        (0, good[0].T),
        (0, good[0][0]),
        (0, good[0][:, :0]),
        (1, good[1].T),
        (2, good[2][:0]),
        (0, good[0] + np.inf),
    ]:
        parts = list(copy.copy(good))
        parts[place] = value
        with pytest.raises(ValueError, match=r"shape|NaN"):
            check_decoded(tuple(parts), 5, 8)
    check_audio(np.zeros(512), 512)
    for audio in (np.zeros(513), np.zeros((2, 8)), np.zeros(8, complex), np.zeros(8, int)):
        with pytest.raises(ValueError, match="a waveform of the shape"):
            check_audio(audio, 512)
