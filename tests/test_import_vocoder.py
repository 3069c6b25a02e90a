import json
import math
import shutil

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file

from tests.configured import configured, part
from tts.audio.io import load_audio
from tts.audio.mel import MelSpectrogram
from tts.core.config import instantiate
from tts.import_vocoder import main
from tts.synthesize import main as synthesize
from tts.vocoder.harmonic_vocos import HarmonicVocos
from tts.voices.vocoder import load_vocoder, save_vocoder, with_vocoder
from tts.voices.vocoder_import import convert
from tts.voices.voice import VoiceError, load_voice

SMALL = part(HarmonicVocos, dim=8, hidden_dim=8, num_layers=1, pitch_dim=8)


@pytest.fixture
def vocoder_folder(tiny_config, tmp_path):
    """A vocoder for the tiny voice's mel."""
    config = OmegaConf.create({"audio": tiny_config.audio, "vocoder": SMALL})
    torch.manual_seed(0)
    vocoder = instantiate(config.vocoder, mel=instantiate(config.audio))
    return save_vocoder(tmp_path / "vocoder", config, vocoder.state_dict())


def test_a_vocoder_replaces_that_of_a_copy_of_a_voice(vocoder_folder, tiny_voice_folder, tmp_path, capsys):
    copy = tmp_path / "copy"
    assert main([str(vocoder_folder), "--voice", str(tiny_voice_folder), "-o", str(copy), "--fp16"]) == 0
    assert str(copy) in capsys.readouterr().out
    voice, loaded = load_voice(copy), load_vocoder(vocoder_folder)
    mel = torch.randn(1, 8, 20) - 4
    torch.testing.assert_close(voice.vocoder(mel), loaded.vocoder(mel), atol=1e-2, rtol=0)
    assert (copy / "vocoder.safetensors").stat().st_size < 0.6 * (vocoder_folder / "vocoder.safetensors").stat().st_size
    assert type(load_voice(tiny_voice_folder).vocoder).__name__ == "GriffinLim"  # untouched


def test_a_voice_without_vocoder_weights_gets_them_again(vocoder_folder, tiny_voice_folder, tmp_path):
    copy = tmp_path / "copy"
    main([str(vocoder_folder), "--voice", str(tiny_voice_folder), "-o", str(copy)])
    assert main([str(tiny_voice_folder), "--voice", str(copy)]) == 0
    assert type(load_voice(copy).vocoder).__name__ == "GriffinLim"
    assert not (copy / "vocoder.safetensors").exists()


def test_a_vocoder_with_another_mel_is_an_error_without_changes(vocoder_folder, tiny_voice_folder, tmp_path, capsys):
    copy = tmp_path / "copy"
    main([str(vocoder_folder), "--voice", str(tiny_voice_folder), "-o", str(copy)])
    config = OmegaConf.load(vocoder_folder / "config.yaml")
    config.audio.f_max = 7600.0
    other = instantiate(config.vocoder, mel=instantiate(config.audio))
    save_vocoder(tmp_path / "other", config, other.state_dict())
    before = (copy / "config.yaml").read_bytes(), (copy / "vocoder.safetensors").read_bytes()
    assert main([str(tmp_path / "other"), "--voice", str(copy)]) == 1
    assert "another mel" in capsys.readouterr().err
    assert before == ((copy / "config.yaml").read_bytes(), (copy / "vocoder.safetensors").read_bytes())


NUMBERS = {
    "resblock": "2",
    "upsample_rates": [16, 16],
    "upsample_kernel_sizes": [32, 32],
    "upsample_initial_channel": 8,
    "resblock_kernel_sizes": [3],
    "resblock_dilation_sizes": [[1, 2]],
    "num_mels": 80,
    "n_fft": 1024,
    "hop_size": 256,
    "win_size": 1024,
    "sampling_rate": 22050,
    "fmin": 0,
    "fmax": 8000,
}


@pytest.fixture
def official(tmp_path):
    """A folder in the official format of HiFi-GAN, and its generator."""
    folder = tmp_path / "official"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(NUMBERS))
    config = {"_target_": "tts.vocoder.hifigan.HiFiGAN", "double_blocks": False}
    config |= {key: value for key, value in NUMBERS.items() if key.startswith(("upsample", "resblock_"))}
    torch.manual_seed(0)
    generator = instantiate(config, mel=configured(MelSpectrogram)).eval()
    for weight in generator.parameters():
        weight.requires_grad_(False).mul_(3)  # so that its input is heard
    torch.save({"generator": generator.state_dict()}, folder / "g_00000001")
    return folder, generator


def test_an_official_folder_becomes_a_vocoder_folder(official, tmp_path):
    folder, generator = official
    assert main([str(folder), "-o", str(tmp_path / "mine")]) == 0
    heard = torch.randn(1, 80, 9)
    mine = load_vocoder(tmp_path / "mine").vocoder
    torch.testing.assert_close(mine(heard), generator(heard), atol=1e-6, rtol=0)


def numbers(**changes):
    return lambda folder: (folder / "config.json").write_text(json.dumps(NUMBERS | changes))


def weights(content):
    return lambda folder: torch.save(content, folder / "g_00000001")


class Code:
    def __reduce__(self):
        return open, ("stolen", "w")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "config.json").write_text("[]"),
        lambda folder: (folder / "config.json").write_text("[" * 9000),
        lambda folder: (folder / "config.json").write_text("{}"),
        lambda folder: (folder / "config.json").write_bytes(b"\xff"),
        numbers(n_fft="x"),
        numbers(n_fft=-1),
        numbers(num_mels=10**12),
        numbers(num_mels=[]),
        numbers(win_size=None),
        numbers(sampling_rate=0),
        numbers(fmin="x"),
        numbers(fmax=[3]),
        numbers(hop_size=[1]),
        numbers(upsample_rates=None),
        numbers(upsample_initial_channel=10**9),
        numbers(resblock_kernel_sizes={"_target_": "os.system"}),
        weights([1]),
        weights({"generator": "x"}),
        weights({"generator": {3: torch.zeros(1)}}),
        weights({"generator": {"a.weight_v": "x"}}),
        weights({"generator": {"a.weight_v": torch.zeros(2, 2)}}),
        weights({"generator": {"a.weight_v": torch.zeros(()), "a.weight_g": torch.zeros(())}}),
        weights({"generator": {"a.weight_v": torch.zeros(2, 2), "a.weight_g": torch.zeros(5)}}),
        weights({"generator": {"a": torch.zeros(2)}}),
        weights(Code()),
        lambda folder: (folder / "g_00000001").write_bytes(b"PK\3\4"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_invalid_hifigan_folder_is_an_error_of_one_sentence(official, tmp_path, change, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change(official[0])
    assert main([str(official[0]), "-o", str(tmp_path / "mine")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "Traceback" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["official"]


VOCOS = """
feature_extractor:
  class_path: vocos.MelSpectrogramFeatures
  init_args: {sample_rate: 24000, hop_length: 256, n_mels: 9}
backbone: {init_args: {dim: 8, intermediate_dim: 8, num_layers: 1}}
head: {init_args: {padding: center}}
"""


@pytest.mark.parametrize(
    ("described", "stored"),
    [
        ("", {}),
        ("a: [", {}),
        ("a: !!python/object/apply:os.system [touch stolen]", {}),
        ("feature_extractor: x\nbackbone: y\nhead: z", {}),
        (VOCOS.replace("n_mels: 9", "n_mels: -1"), {}),
        (VOCOS.replace("num_layers: 1", "num_layers: 100000000"), {}),
        (VOCOS.replace("vocos.MelSpectrogramFeatures", "[1]"), {}),
        (VOCOS, {3: torch.zeros(1)}),
        (VOCOS, {"a": "x"}),
        (VOCOS, {"a": torch.zeros(1)}),
    ],
)
def test_an_invalid_vocos_folder_is_an_error_of_one_sentence(tmp_path, capsys, described, stored):
    folder = tmp_path / "official"
    folder.mkdir()
    (folder / "config.yaml").write_text(described)
    torch.save(stored, folder / "pytorch_model.bin")
    assert main([str(folder), "-o", str(tmp_path / "mine")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["official"]


@pytest.mark.parametrize(
    ("log", "scaled"),
    [
        ("natural", np.log),
        ("log10", np.log10),
        ("decibel", lambda magnitude: 20 * np.log10(magnitude)),
    ],
)
def test_a_vocoder_with_another_scale_gets_an_adapter(official, tmp_path, log, scaled):
    folder, generator = official
    rng = np.random.default_rng(0)
    mean, std = rng.normal(-3, 1, 80), rng.uniform(0.5, 2, 80)
    np.save(tmp_path / "stats.npy", np.stack([mean, std]))
    words = ["--log", log, "--floor", "1e-10", "--stats", str(tmp_path / "stats.npy")]
    assert main([str(folder), "-o", str(tmp_path / "mine"), *words]) == 0
    mine = load_vocoder(tmp_path / "mine")
    assert mine.mel.floor == 1e-10
    magnitude = np.exp(rng.uniform(np.log(1e-12), 1, (1, 80, 40)))  # some of it below the floor
    theirs = (scaled(np.maximum(magnitude, 1e-10)) - mean[:, None]) / std[:, None]
    ours = mine.mel.compress(torch.from_numpy(magnitude)).float()
    expected = generator(torch.from_numpy(theirs).float())
    assert (expected - generator(ours)).abs().max() > 1e-3  # it matters
    torch.testing.assert_close(mine.vocoder(ours), expected, atol=1e-5, rtol=0)
    stream = mine.vocoder.stream()
    parts = [stream.push(ours[:, :, :15]), stream.push(ours[:, :, 15:]), stream.finish()]
    torch.testing.assert_close(torch.cat(parts, 1), mine.vocoder(ours), atol=1e-5, rtol=0)


@pytest.mark.parametrize("half", [[], ["--fp16"]])
def test_a_voice_with_a_lower_floor_is_clamped_to_the_vocoders(vocoder_folder, tiny_voice_folder, tmp_path, half):
    lower = shutil.copytree(tiny_voice_folder, tmp_path / "lower")
    config = OmegaConf.load(lower / "config.yaml")
    config.audio.floor = 1e-8
    OmegaConf.save(config, lower / "config.yaml")
    save_file(load_file(lower / "acoustic.safetensors"), lower / "acoustic.safetensors")  # without the old contract
    copy = tmp_path / "copy"
    assert main([str(vocoder_folder), "--voice", str(lower), "-o", str(copy), *half]) == 0
    voice, theirs = load_voice(copy), load_vocoder(vocoder_folder).vocoder
    mel = torch.empty(1, 8, 20).uniform_(math.log(1e-8), 0)
    expected = theirs(torch.from_numpy(np.maximum(mel.numpy(), np.log(np.float32(1e-5)))))
    torch.testing.assert_close(voice.vocoder(mel), expected, atol=5e-2 if half else 1e-6, rtol=0)
    for_once = with_vocoder(load_voice(lower), vocoder_folder)
    torch.testing.assert_close(for_once.vocoder(mel), expected, atol=1e-6, rtol=0)


def test_a_voice_with_a_higher_floor_is_an_error(vocoder_folder, tiny_voice_folder, capsys):
    config = OmegaConf.load(vocoder_folder / "config.yaml")
    config.audio.floor = 1e-7
    save_vocoder(vocoder_folder, config, load_vocoder(vocoder_folder).vocoder.state_dict())
    assert main([str(vocoder_folder), "--voice", str(tiny_voice_folder)]) == 1
    assert "they differ in floor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stats", "complaint"), [(np.ones((80, 2)), r"needs mean and scale, \(2, 80\)"), (None, "cannot be read")]
)
def test_statistics_with_another_shape_are_errors(official, tmp_path, stats, complaint):
    path = tmp_path / "stats.npy"
    path.write_text("no numbers") if stats is None else np.save(path, stats)
    with pytest.raises(ValueError, match=complaint):
        convert(str(official[0]), output=str(tmp_path / "mine"), stats=str(path))


def test_scale_options_are_only_for_official_folders(vocoder_folder, tmp_path):
    with pytest.raises(ValueError, match="not a HiFi-GAN or Vocos folder"):
        convert(str(vocoder_folder), output=str(tmp_path / "mine"), log="log10")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(["nowhere", "-o", "x"], "There is no voice 'nowhere'"), (["{voice}"], "give -o FOLDER")],
)
def test_wrong_options_are_errors_with_advice(words, complaint, tiny_voice_folder, capsys):
    assert main([word.format(voice=tiny_voice_folder) for word in words]) == 1
    assert complaint in capsys.readouterr().err


def test_a_voice_can_use_another_vocoder_for_one_call(vocoder_folder, tiny_voice, tmp_path):
    spoken = with_vocoder(tiny_voice, vocoder_folder)
    assert type(spoken.vocoder).__name__ == "HarmonicVocos"
    assert type(tiny_voice.vocoder).__name__ == "GriffinLim"
    assert type(with_vocoder(spoken, "griffin_lim").vocoder).__name__ == "GriffinLim"
    config = OmegaConf.load(vocoder_folder / "config.yaml")
    config.audio.f_max = 7600.0
    other = save_vocoder(tmp_path / "other", config, load_vocoder(vocoder_folder).vocoder.state_dict())
    with pytest.raises(VoiceError, match="another mel"):
        with_vocoder(tiny_voice, other)


def test_the_command_line_accepts_another_vocoder(vocoder_folder, tiny_voice_folder, tmp_path):
    first, second = tmp_path / "first.wav", tmp_path / "second.wav"
    assert synthesize(["Hello.", "--voice", str(tiny_voice_folder), "-o", str(first)]) == 0
    words = ["Hello.", "--voice", str(tiny_voice_folder), "-o", str(second), "--vocoder", str(vocoder_folder)]
    assert synthesize(words) == 0
    assert len(load_audio(first, 22050)) == len(load_audio(second, 22050))
    assert (load_audio(first, 22050) != load_audio(second, 22050)).any()
