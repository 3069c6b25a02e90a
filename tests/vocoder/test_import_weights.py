"""Import of official weight files; the tests write them with independent implementations of the published models."""

import json

import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional as F

from tts.core.config import instantiate
from tts.vocoder.import_weights import WeightImportError, fold_weight_norm, read_external

V1 = {
    "resblock": "1",
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "upsample_initial_channel": 32,
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
}
V3 = {
    "resblock": "2",
    "upsample_rates": [8, 8, 4],
    "upsample_kernel_sizes": [16, 16, 8],
    "upsample_initial_channel": 32,
    "resblock_kernel_sizes": [3, 5, 7],
    "resblock_dilation_sizes": [[1, 2], [2, 6], [3, 12]],
}
AUDIO = {"sampling_rate": 22050, "n_fft": 1024, "hop_size": 256, "win_size": 1024, "num_mels": 80, "fmin": 0}


def hifigan_state(numbers):
    """Return random weights with the names of the authors and the old names of weight normalization."""
    generator, state = torch.Generator().manual_seed(0), {}

    def add(name, shape, fan):
        state[f"{name}.weight_v"] = torch.randn(shape, generator=generator)
        state[f"{name}.weight_g"] = 0.5 + torch.rand(shape[0], 1, 1, generator=generator)
        state[f"{name}.bias"] = 0.1 * torch.randn(fan, generator=generator)

    width = numbers["upsample_initial_channel"]
    add("conv_pre", (width, 80, 7), width)
    kinds = ["convs1", "convs2"] if numbers["resblock"] == "1" else ["convs"]
    block = 0
    for stage, kernel in enumerate(numbers["upsample_kernel_sizes"]):
        add(f"ups.{stage}", (width, width // 2, kernel), width // 2)
        width //= 2
        for size, dilations in zip(numbers["resblock_kernel_sizes"], numbers["resblock_dilation_sizes"]):
            for kind in kinds:
                for step in range(len(dilations)):
                    add(f"resblocks.{block}.{kind}.{step}", (width, width, size), width)
            block += 1
    add("conv_post", (1, width, 7), 1)
    return state


def hifigan_by_hand(state, numbers, mel):
    """Compute the generator as in the paper, one operation after the other."""

    def weight(name):
        v, g = state[f"{name}.weight_v"], state[f"{name}.weight_g"]
        return v * g / v.pow(2).sum((1, 2), keepdim=True).sqrt()

    def conv(x, name, dilation=1):
        w = weight(name)
        return F.conv1d(x, w, state[f"{name}.bias"], dilation=dilation, padding=dilation * (w.shape[2] - 1) // 2)

    x, block = conv(mel, "conv_pre"), 0
    for stage, (rate, kernel) in enumerate(zip(numbers["upsample_rates"], numbers["upsample_kernel_sizes"])):
        x = F.leaky_relu(x, 0.1)
        name = f"ups.{stage}"
        x = F.conv_transpose1d(x, weight(name), state[f"{name}.bias"], stride=rate, padding=(kernel - rate) // 2)
        total = 0
        for dilations in numbers["resblock_dilation_sizes"]:
            y = x
            for step, dilation in enumerate(dilations):
                if numbers["resblock"] == "1":
                    z = conv(F.leaky_relu(y, 0.1), f"resblocks.{block}.convs1.{step}", dilation)
                    y = y + conv(F.leaky_relu(z, 0.1), f"resblocks.{block}.convs2.{step}")
                else:
                    y = y + conv(F.leaky_relu(y, 0.1), f"resblocks.{block}.convs.{step}", dilation)
            total, block = total + y, block + 1
        x = total / len(numbers["resblock_kernel_sizes"])
    return torch.tanh(conv(F.leaky_relu(x), "conv_post"))[:, 0]


def renamed(state):
    """Return the same weights with the names of torch.nn.utils.parametrizations."""
    new = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
    return {
        ".".join([*name.split(".")[:-1], new.get(name.split(".")[-1], name.split(".")[-1])]): value
        for name, value in state.items()
    }


def built(folder):
    found = read_external(folder)
    mel = instantiate(found.config["audio"])
    vocoder = instantiate(found.config["vocoder"], mel=mel)
    vocoder.load_state_dict(found.state)
    return vocoder.eval().requires_grad_(False)


@pytest.mark.parametrize("numbers", [V1, V3], ids=["v1", "v3"])
@pytest.mark.parametrize(("file", "rename"), [("generator_v1", dict), ("g_02500000", renamed)])
def test_hifigan_equals_the_reference(tmp_path, numbers, file, rename):
    state = hifigan_state(numbers)
    torch.save({"generator": rename(state)}, tmp_path / file)
    (tmp_path / "config.json").write_text(json.dumps(numbers | AUDIO | {"fmax": 8000}))
    mel = torch.randn(1, 80, 20, generator=torch.Generator().manual_seed(1))
    expected = hifigan_by_hand(state, numbers, mel)
    assert expected.std() > 1e-3
    torch.testing.assert_close(built(tmp_path)(mel), expected, atol=1e-4, rtol=0)


def test_folding_equals_weight_norm():
    layer = nn.utils.parametrizations.weight_norm(nn.ConvTranspose1d(4, 3, 5))
    folded = fold_weight_norm(layer.state_dict())
    assert set(folded) == {"weight", "bias"}
    torch.testing.assert_close(folded["weight"], layer.weight)


def vocos_folder(folder, padding, **extractor):
    """Write a small Vocos with the names of the author."""
    torch.manual_seed(0)
    shapes = {"backbone.embed.weight": (16, 100, 7), "backbone.embed.bias": (16,), "head.out.bias": (1026,)}
    shapes |= {"head.out.weight": (1026, 16)}
    for name in ("norm", "final_layer_norm", "convnext.0.norm", "convnext.1.norm"):
        shapes |= {f"backbone.{name}.weight": (16,), f"backbone.{name}.bias": (16,)}
    for block in (0, 1):
        stem = f"backbone.convnext.{block}"
        shapes |= {f"{stem}.dwconv.weight": (16, 1, 7), f"{stem}.dwconv.bias": (16,), f"{stem}.gamma": (16,)}
        shapes |= {f"{stem}.pwconv1.weight": (24, 16), f"{stem}.pwconv1.bias": (24,)}
        shapes |= {f"{stem}.pwconv2.weight": (16, 24), f"{stem}.pwconv2.bias": (16,)}
    state = {name: 0.3 * torch.randn(shape) for name, shape in shapes.items()}
    state["head.istft.window"] = torch.hann_window(1024)
    state["feature_extractor.mel_spec.mel_scale.fb"] = torch.zeros(513, 100)
    torch.save(state, folder / "pytorch_model.bin")
    features = {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": 100, "padding": padding}
    config = {
        "feature_extractor": {"class_path": "vocos.feature_extractors.MelSpectrogramFeatures", "init_args": features},
        "backbone": {
            "class_path": "vocos.models.VocosBackbone",
            "init_args": {"input_channels": 100, "dim": 16, "intermediate_dim": 24, "num_layers": 2},
        },
        "head": {
            "class_path": "vocos.heads.ISTFTHead",
            "init_args": {"dim": 16, "n_fft": 1024, "hop_length": 256, "padding": padding},
        },
    }
    config["feature_extractor"] |= extractor
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return state


def vocos_by_hand(state, mel, padding):
    def norm(x, name):
        return F.layer_norm(x, (16,), state[f"{name}.weight"], state[f"{name}.bias"], 1e-6)

    x = F.conv1d(mel, state["backbone.embed.weight"], state["backbone.embed.bias"], padding=3)
    x = norm(x.mT, "backbone.norm").mT
    for block in (0, 1):
        stem = f"backbone.convnext.{block}"
        y = F.conv1d(x, state[f"{stem}.dwconv.weight"], state[f"{stem}.dwconv.bias"], padding=3, groups=16)
        y = F.linear(norm(y.mT, f"{stem}.norm"), state[f"{stem}.pwconv1.weight"], state[f"{stem}.pwconv1.bias"])
        y = F.linear(F.gelu(y), state[f"{stem}.pwconv2.weight"], state[f"{stem}.pwconv2.bias"])
        x = x + (state[f"{stem}.gamma"] * y).mT
    x = norm(x.mT, "backbone.final_layer_norm")
    magnitude, phase = F.linear(x, state["head.out.weight"], state["head.out.bias"]).mT.chunk(2, 1)
    spectrum = magnitude.exp().clamp(max=100) * torch.exp(1j * phase)
    window = torch.hann_window(1024)
    if padding == "center":
        return torch.istft(spectrum, 1024, 256, 1024, window, center=True)
    frames = torch.fft.irfft(spectrum, 1024, dim=1) * window[:, None]
    length = (mel.shape[2] - 1) * 256 + 1024
    added = F.fold(frames, (1, length), (1, 1024), stride=(1, 256))[:, 0, 0]
    weight = F.fold(window.square()[None, :, None].repeat(1, 1, mel.shape[2]), (1, length), (1, 1024), stride=(1, 256))
    return (added / weight[:, 0, 0])[:, 384:-384]


@pytest.mark.parametrize("padding", ["center", "same"])
def test_vocos_equals_the_reference(tmp_path, padding):
    state = vocos_folder(tmp_path, padding)
    mel = torch.randn(1, 100, 20, generator=torch.Generator().manual_seed(1))
    vocoder = built(tmp_path)
    torch.testing.assert_close(vocoder(mel), vocos_by_hand(state, mel, padding), atol=1e-4, rtol=0)
    contract = vocoder.mel_spec
    assert (contract["sample_rate"], contract["n_mels"], contract["mel_scale"], contract["norm"]) == (
        24000,
        100,
        "htk",
        None,
    )
    assert vocoder.mel(torch.randn(1, 24000)).shape[2] == (94 if padding == "center" else 93)


def test_files_that_cannot_be_converted_are_errors(tmp_path):
    assert read_external(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps(V1 | AUDIO))
    with pytest.raises(WeightImportError, match="no weights beside it"):
        read_external(tmp_path)
    (tmp_path / "generator_v1").write_bytes(b"not a pickle")
    with pytest.raises(WeightImportError, match="cannot be read"):
        read_external(tmp_path)
    torch.save({"generator": {}}, tmp_path / "generator_v1")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightImportError, match="it has no 'sampling_rate'"):
        read_external(tmp_path)


def test_code_in_a_pickle_is_not_executed(tmp_path):
    class Evil:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'victim')!r}, 'w')",))

    torch.save({"generator": Evil()}, tmp_path / "generator_v1")
    (tmp_path / "config.json").write_text(json.dumps(V1 | AUDIO | {"fmax": 8000}))
    with pytest.raises(WeightImportError, match="as weights alone"):
        read_external(tmp_path)
    assert not (tmp_path / "victim").exists()


def test_a_vocos_for_tokens_is_an_error(tmp_path):
    vocos_folder(tmp_path, "same", class_path="vocos.feature_extractors.EncodecFeatures")
    with pytest.raises(WeightImportError, match="only mel-based ones"):
        read_external(tmp_path)
