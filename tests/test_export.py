import pytest
import torch

from tts.export import main
from tts.voices.voice import load_voice


def test_a_copy_speaks_like_its_source_at_half_the_size(tiny_voice_folder, tmp_path):
    assert main([str(tiny_voice_folder), "-o", str(tmp_path / "copy")]) == 0
    assert main([str(tiny_voice_folder), "-o", str(tmp_path / "small"), "--fp16"]) == 0
    source, copy, small = (load_voice(folder) for folder in (tiny_voice_folder, tmp_path / "copy", tmp_path / "small"))
    assert copy.name == "copy"
    for name, value in source.acoustic.state_dict().items():
        assert torch.equal(copy.acoustic.state_dict()[name], value)
        torch.testing.assert_close(small.acoustic.state_dict()[name], value, atol=1e-3, rtol=1e-3)
    sizes = [(tmp_path / name / "acoustic.safetensors").stat().st_size for name in ("copy", "small")]
    assert sizes[1] < 0.6 * sizes[0]


@pytest.mark.parametrize("source", ["nowhere", "."])
def test_a_folder_without_a_voice_is_an_error(source, tmp_path, capsys):
    assert main([source, "-o", str(tmp_path / "copy")]) == 1
    assert "voice" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()
