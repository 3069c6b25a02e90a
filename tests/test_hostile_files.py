"""Untrusted voices, corpora and runs: forbidden content gives an error of one sentence and has no effect."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest
import yaml
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file

from tests.configured import part
from tts.acoustic.postnet import Postnet
from tts.core.config import UntrustedTargetError, check_targets
from tts.core.moved import modernize
from tts.core.plain_yaml import PlainYamlError, load_yaml
from tts.engine.manifest import build_text
from tts.training.saved_config import saved_config
from tts.voices.finding import find_voice, list_voices
from tts.voices.vocoder import load_vocoder, replace_vocoder
from tts.voices.voice import VoiceError, load_voice, save_voice

#: Classes of this package that write, call other programs or use the network; none of them is a part of a voice.
OUTSIDERS = [
    {"_target_": "tts.data.journal.Journal", "folder": "victim", "num_mels": 1000000},
    {"_target_": "tts.data.engines.espeak.Espeak", "voice": "en+" + "A" * 100},
    {"_target_": "tts.data.engines.flite.Flite"},
    {"_target_": "tts.data.corpus.Corpus", "folder": "victim"},
    {"_target_": "tts.evaluation.asr.whisper.Whisper"},
    {"_target_": "tts.evaluation.asr.wav2vec2.Wav2Vec2"},
    {"_target_": "tts.text.lexicon.Lexicon", "path": "/dev/zero", "symbols": []},
    {"_target_": "tts.text.phoneme_cache.PhonemeCache", "name": "victim"},
    {"_target_": "tts.synthesis.synthesizer.TTS", "voice": "victim"},
    {"_target_": "tts.training.callbacks.checkpoints.Checkpoints", "folder": "victim"},
    {"_target_": "lightning.pytorch.loggers.TensorBoardLogger", "save_dir": "victim"},
    {"_target_": "torch.nn.parallel.DistributedDataParallel"},
    {"_target_": "builtins.open", "file": "victim"},
]


def change(folder, part, value):
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config[part] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))


@pytest.fixture
def voice(tiny_voice_folder, tmp_path):
    return shutil.copytree(tiny_voice_folder, tmp_path / "stranger")


@pytest.mark.parametrize("part", ["text", "audio", "acoustic", "vocoder"])
@pytest.mark.parametrize("outsider", OUTSIDERS, ids=lambda config: config["_target_"].rpartition(".")[2])
def test_a_part_of_a_voice_must_have_a_class_of_its_role(part, outsider):
    with pytest.raises(UntrustedTargetError, match="may only name classes"):
        check_targets(outsider, part)
    with pytest.raises(UntrustedTargetError, match="may only name classes"):
        check_targets({"_target_": "tts.acoustic.model.SequenceToMel", "encoder": [{"x": outsider}]}, part)


@pytest.mark.parametrize(
    ("part", "target"),
    [
        ("text", "tts.vocoder.griffin_lim.GriffinLim"),
        ("vocoder", "tts.text.frontend.TextFrontend"),
        ("vocoder", "tts.acoustic.model.SequenceToMel"),
        ("vocoder", "torch.nn.Identity"),
        ("audio", "tts.acoustic.model.SequenceToMel"),
        ("acoustic", "tts.attention.constraints.Window"),
        ("vocoder", "tts.vocoder.streaming.ContextStream"),
    ],
)
def test_a_trusted_class_is_allowed_only_in_its_role(part, target):
    with pytest.raises(UntrustedTargetError):
        check_targets({"_target_": target}, part)


def test_a_voice_cannot_open_a_journal(voice, tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("mels.f16", "audio.i16", "journal.jsonl"):
        (corpus / name).write_text("precious")
    content = (voice / "config.yaml").read_text().splitlines()
    start = content.index("text:")
    tag = f"!!python/object/apply:pathlib.PosixPath [{corpus}]"
    text = [f"text: {{_target_: tts.data.journal.Journal, num_mels: 1000000, folder: {tag}}}"]
    rest = next(i for i in range(start + 1, len(content)) if not content[i].startswith((" ", "-")))
    (voice / "config.yaml").write_text("\n".join([*content[:start], *text, *content[rest:]]))
    with pytest.raises(VoiceError, match="uses a tag"):
        load_voice(voice)
    assert {path.read_text() for path in corpus.iterdir()} == {"precious"}


NO_CONFIGS = {
    "a tag": "a: !!python/object/apply:os.getcwd []",
    "a path": "a: !!python/object/apply:pathlib.PosixPath [/etc]",
    "binary": "a: !!binary aGVsbG8=",
    "aliases": "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b]",
    "itself": "a: &a [*a]",
    "depth": "a: " + "[" * 2000 + "]" * 2000,
    "length": "a: [" + "1," * 60_000 + "1]",
    "the environment": "a: ${oc.env:HOME}",
    "a decoder": 'a: "${oc.decode:${b}}"',
    "not a number": "a: .nan",
    "a list": "- 1",
    "text": "only text",
    "no encoding": b"\xff\xfe\x00",
    "a name": "? [1, 2]\n: 3",
    "nothing": "",
}


@pytest.mark.parametrize("content", NO_CONFIGS.values(), ids=NO_CONFIGS)
def test_files_that_are_not_plain_configurations_are_errors(content, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PlainYamlError, match=r"config\.yaml") as error:
        OmegaConf.to_container(load_yaml(path) or pytest.fail("nothing was read"), resolve=True)
    assert len(str(error.value)) < 700


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_pipes_and_devices_are_not_read(tmp_path, voice):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(PlainYamlError, match="not a regular file"):
        load_yaml(tmp_path / "pipe.yaml")
    with pytest.raises(PlainYamlError, match="not a regular file"):
        load_yaml("/dev/zero")


def test_a_config_that_refers_to_itself_is_an_error(voice):
    change(voice, "name", "${name}")
    with pytest.raises(VoiceError, match=r"config\.yaml"):
        load_voice(voice)


def test_parts_of_voices_do_not_access_files_when_built(tmp_path):
    """Build every class of a voice under an audit hook, in a separate process, because hooks cannot be removed."""
    done = subprocess.run([sys.executable, "-c", BUILD_ALL], capture_output=True, text=True, timeout=200, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    built, touched = done.stdout.split("|")
    assert int(built) > 40
    assert touched.strip() == "[]"
    assert not list(tmp_path.iterdir())


BUILD_ALL = textwrap.dedent(
    """
    import importlib, inspect, pkgutil, sys
    import torch
    import tts.acoustic, tts.attention, tts.audio, tts.nn, tts.vocoder
    from tts.core.trust import ROLES, _is

    classes = set()
    for package in (tts.acoustic, tts.attention, tts.audio, tts.nn, tts.vocoder):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for value in vars(importlib.import_module(module.name)).values():
                roles = [ROLES[part] for part in ("audio", "acoustic", "vocoder")]
                kinds = [kind for role in roles for kind in role.outside + role.inside]
                if inspect.isclass(value) and any(_is(value, kind) for kind in kinds):
                    classes.add(value)

    BAD = ("open", "os.", "shutil.", "subprocess.", "socket.", "urllib.", "ctypes.dlopen", "sqlite3.", "tempfile.")
    touched, watching = [], False

    def hook(event, arguments):
        if watching and event.startswith(BAD) and not event.startswith("os.putenv"):
            name = str(arguments[0]) if arguments else ""
            if "VICTIM" in name or event != "open" or (len(arguments) > 1 and set(str(arguments[1])) & set("wxa+")):
                touched.append((event, name))

    sys.addaudithook(hook)
    built = 0
    for kind in sorted(classes, key=str):
        try:
            names = [p for p in inspect.signature(kind).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
            names = [p for p in names if p.default is p.empty]
        except ValueError:
            continue
        for value in ("VICTIM/x", 8, 0.5, None, [8]):
            watching = True
            try:
                kind(**{p.name: value for p in names})
                built += 1
            except Exception:
                pass
            watching = False
    print(built, "|", touched)
    """
)


# ---- runs -----------------------------------------------------------------------------------------------------------


HARMLESS = {
    "trainer": {"_target_": "lightning.Trainer", "accelerator": "cpu"},
    "callbacks": {"c": {"_target_": "tts.training.callbacks.checkpoints.Checkpoints", "folder": "runs/a/checkpoints"}},
    "logger": {"t": {"_target_": "lightning.pytorch.loggers.TensorBoardLogger", "save_dir": "runs/a", "name": ""}},
    "run_dir": "runs/a",
}
HOSTILE = {
    "numpy": ("logger", {"a": {"_target_": "numpy.load", "file": "x.npy", "allow_pickle": True}}),
    "hub": ("callbacks", {"a": {"_target_": "torch.hub.load", "repo_or_dir": ".", "source": "local"}}),
    "trainer": ("trainer", {"_target_": "subprocess.run", "args": ["true"]}),
    "nested": ("trainer", {**HARMLESS["trainer"], "strategy": {"_target_": "os.system", "command": "true"}}),
    "outside": ("callbacks", {"c": {**HARMLESS["callbacks"]["c"], "folder": "/tmp/elsewhere"}}),
    "above": ("logger", {"t": {**HARMLESS["logger"]["t"], "version": "../../../elsewhere"}}),
    "model": ("callbacks", {"m": {"_target_": "lightning.pytorch.callbacks.ModelCheckpoint", "dirpath": "/etc"}}),
    "network": ("logger", {"m": {"_target_": "lightning.pytorch.loggers.MLFlowLogger", "experiment_name": "x"}}),
    "upload": ("trainer", {**HARMLESS["trainer"], "model_registry": "someone/else"}),
}


@pytest.mark.parametrize(("part", "value"), HOSTILE.values(), ids=HOSTILE)
def test_an_untrusted_run_is_not_continued(part, value, tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({**HARMLESS, part: value}))
    with pytest.raises(UntrustedTargetError):
        saved_config(tmp_path)


def test_a_moved_run_writes_to_its_new_folder(tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(HARMLESS))
    found = saved_config(tmp_path)
    assert found.callbacks.c.folder == f"{tmp_path}/checkpoints"
    assert found.logger.t.save_dir == found.run_dir == str(tmp_path)


def test_a_data_module_must_be_one_of_ours():
    with pytest.raises(UntrustedTargetError, match=r"may only name classes of tts\.data"):
        check_targets({"_target_": "torch.load", "f": "x.pt", "weights_only": False}, "datamodule")
    check_targets(
        {"_target_": "tts.data.datamodule.UtteranceDataModule", "text": {"_target_": "torch.nn.ReLU"}}, "datamodule"
    )


def test_values_must_be_plain(tmp_path):
    with pytest.raises(UntrustedTargetError, match=r"is a (Posix|Windows)Path"):
        check_targets({"_target_": "tts.acoustic.model.SequenceToMel", "encoder": tmp_path}, "acoustic")


def test_every_configuration_is_plain_and_equals_omegaconf(tmp_path):
    path = tmp_path / "numbers.yaml"
    path.write_text("a: [1e-5, 1.0e-5, .5, 1_000, 0x10, -3, 1e3, 2020-01-01, yes, null, .inf, 1:30, '1']\n")
    assert load_yaml(path) == OmegaConf.load(path)
    for voice in list_voices():
        path = find_voice(voice) / "config.yaml"
        assert load_yaml(path) == OmegaConf.create(modernize(OmegaConf.to_container(OmegaConf.load(path))))


# ---- voices that ask for too much -----------------------------------------------------------------------------------


def edit(folder, **changes):
    config = yaml.safe_load((folder / "config.yaml").read_text())
    for path, value in changes.items():
        *parts, last = path.split("__")
        where = config
        for key in parts:
            where = where[key]
        where[last] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))


TOO_MUCH = {
    "rounds": ({"vocoder__iterations": 10**9}, "iterations is 1000000000, beyond the limit of 2000"),
    "frames": ({"acoustic__decoder__max_frames_offset": 10**9}, "max_frames_offset is 1000000000"),
    "symbols": ({"text__symbols": [chr(0x100 + i) for i in range(20_000)]}, "has 20000 entries"),
    "text": ({"text__language": "x" * 100_000}, "is a text of 100000 characters"),
    "wide": ({"acoustic__encoder__memory_dim": 20_000}, r"a model of more than [\d,]+ numbers"),
    "deep": ({"acoustic__postnet__num_layers": 200, "acoustic__postnet__hidden_dim": 5000}, "a model of more than"),
    "infinite": ({"audio__floor": float("inf")}, "floor is inf"),
    "kind": (
        {"acoustic": part(Postnet, n_mels=8, hidden_dim=8)},
        "Postnet does not implement AcousticModel",
    ),
    "lexicon": ({"text__lexicon": "/dev/zero"}, "not a file in the voice's own folder"),
    "lexicon above": ({"text__lexicon": "../lexicon.txt"}, "not a file in the voice's own folder"),
    "language": ({"text__language": "en+" + "A" * 100}, "no language"),
    "null": ({"acoustic__mel_mean": None}, "mel_mean is 'None'; it must be a number"),
    "word": ({"acoustic__decoder__gate_threshold": "x"}, "gate_threshold is 'x'; it must be a number"),
    "list": ({"acoustic__decoder__prenet_dropout_inference": []}, "it must be a number or null"),
    "truth": ({"vocoder__seed": True}, "seed is 'True'; it must be a whole number"),
    "no part": ({"acoustic__decoder__stop_rule": {}}, "stop_rule is '{}'; it must be a part or null"),
    "flag": ({"acoustic__decoder__attention___partial_": 1}, "_partial_ is '1'; it must be true or false"),
    "dropout": ({"acoustic__postnet__dropout": -1}, "dropout is '-1'; it must be from 0 to 1"),
}


@pytest.mark.parametrize(("changes", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_voice_with_too_large_values_is_an_error(voice, changes, message):
    (voice.parent / "lexicon.txt").write_text("word wˈɜːd\n")
    edit(voice, **changes)
    with pytest.raises(VoiceError, match=message):
        load_voice(voice)


@pytest.mark.parametrize("spec", ["no json", "[]", "null", "3", "[" * 5000])
def test_weights_with_an_unreadable_mel_spec_are_an_error(voice, spec):
    path = voice / "acoustic.safetensors"
    save_file(load_file(path), path, {"mel": spec})
    with pytest.raises(VoiceError, match=r"The mel spec in .*acoustic\.safetensors cannot be read"):
        load_voice(voice)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
@pytest.mark.parametrize("name", ["acoustic.safetensors", "vocoder.safetensors"])
def test_weights_in_a_pipe_are_an_error(voice, name):
    (voice / name).unlink(missing_ok=True)
    os.mkfifo(voice / name)
    with pytest.raises(VoiceError, match="not a regular file"):
        load_voice(voice)


def test_a_lexicon_is_copied_with_its_voice(voice, tiny_config, tmp_path):
    lexicon = tmp_path / "mine.txt"
    lexicon.write_text("attune ɐtˈuːn\n")
    tiny_config.text.lexicon = str(lexicon)
    saved = save_voice(tmp_path / "voice", tiny_config, load_voice(voice).acoustic.state_dict())
    lexicon.unlink()
    moved = shutil.move(saved, tmp_path / "moved")
    loaded = load_voice(moved)
    assert loaded.frontend("attune").phonemes == "ɐtˈuːn"
    again = save_voice(tmp_path / "again", loaded.config, loaded.acoustic.state_dict())
    assert load_voice(again).frontend("attune").phonemes == "ɐtˈuːn"


def test_an_onnx_voice_has_a_text_frontend_without_other_files(tmp_path):
    rules = {"_target_": "tts.text.language.Language"}
    built = build_text({"_target_": "tts.text.frontend.TextFrontend", "language": "fr-fr", "rules": rules}, tmp_path)
    assert built("bonjour").phonemes
    for config in ({"_target_": "tts.text.phoneme_cache.PhonemeCache", "name": "../x"}, {"_target_": "os.system"}):
        with pytest.raises(UntrustedTargetError):
            build_text(config, tmp_path)
    with pytest.raises(VoiceError, match="own folder"):
        build_text({"_target_": "tts.text.frontend.TextFrontend", "lexicon": "/etc/passwd"}, tmp_path)


def test_a_copy_of_a_voice_does_not_follow_links(voice, tiny_voice_folder, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t")
    (voice / "notes.txt").symlink_to(secret)
    copy = replace_vocoder(tiny_voice_folder, voice, tmp_path / "copy")
    assert not (copy / "notes.txt").exists()
    (voice / "README.md").unlink()
    (voice / "README.md").symlink_to(secret)
    with pytest.raises(VoiceError, match=r"README\.md is not a regular file"):
        replace_vocoder(tiny_voice_folder, voice, tmp_path / "second")


def test_a_vocoder_has_the_limits_of_a_voice(voice):
    edit(voice, vocoder__iterations=10**9)
    with pytest.raises(VoiceError, match="iterations is 1000000000"):
        load_vocoder(voice)
    edit(voice, vocoder__iterations="ten")
    with pytest.raises(VoiceError, match="iterations is 'ten'; it must be a whole number"):
        load_vocoder(voice)
