from datetime import timedelta
from functools import partial

import pytest
import torch
from lightning.pytorch.strategies import DDPStrategy
from omegaconf import OmegaConf

from tts.core.config import config_root
from tts.training import hardware
from tts.training.hardware import check_compiler, choose_precision, fuse, make_strategy, trainer_options, use_tf32
from tts.training.run import RunError


@pytest.mark.parametrize(
    ("cpu", "gpu", "accelerator", "chosen"),
    [
        (True, False, "cpu", "bf16-mixed"),
        (False, True, "cpu", "32-true"),
        (False, True, "gpu", "bf16-mixed"),
        (True, False, "gpu", "32-true"),
    ],
)
def test_auto_precision_is_bfloat16_if_the_processor_supports_it(monkeypatch, cpu, gpu, accelerator, chosen):
    monkeypatch.setattr(hardware, "cpu_has_bfloat16", lambda: cpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: gpu)
    assert choose_precision("auto", accelerator) == chosen


def test_emulated_bfloat16_is_an_error(monkeypatch):
    monkeypatch.setattr(hardware, "cpu_has_bfloat16", lambda: False)
    with pytest.raises(RunError, match=r"40 times as long as float32 on this processor.* init_from=RUN trainer"):
        choose_precision("bf16-mixed", "cpu")
    assert choose_precision("bf16-mixed", "gpu") == "bf16-mixed"


def test_float16_without_a_gpu_is_an_error():
    for precision in ("16-mixed", "16-true", 16):
        with pytest.raises(RunError, match=rf"={precision} needs a GPU\. Use trainer\.precision=auto"):
            choose_precision(precision, "cpu")
        assert choose_precision(precision, "gpu") == precision


def test_bfloat16_of_arm_is_found_in_cpuinfo(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(hardware, "Path", lambda name: tmp_path / "cpuinfo")
    assert not hardware.cpu_has_bfloat16()
    (tmp_path / "cpuinfo").write_text("processor: 0\nFeatures\t: fp asimd bf16 i8mm\n")
    assert hardware.cpu_has_bfloat16()
    (tmp_path / "cpuinfo").write_text("processor: 0\nFeatures\t: fp asimd\n")
    assert not hardware.cpu_has_bfloat16()


def test_ddp_finds_unused_parameters_for_partial_backward():
    assert make_strategy("ddp", True) == "ddp_find_unused_parameters_true"
    assert make_strategy("ddp", False) == "ddp"
    assert make_strategy(None, True) == "auto"
    asked = OmegaConf.load(config_root() / "conf/trainer/ddp.yaml").strategy
    for partial_backward in (True, False):
        made = make_strategy(asked, partial_backward)
        assert isinstance(made, DDPStrategy)
        assert made._timeout == timedelta(minutes=5)
        assert made._ddp_kwargs == {"find_unused_parameters": partial_backward, "gradient_as_bucket_view": True}


def test_the_stored_trainer_options_stay_unchanged(monkeypatch):
    monkeypatch.setattr(hardware, "cpu_has_bfloat16", lambda: True)
    trainer = OmegaConf.create({"precision": "auto", "accelerator": "cpu", "strategy": "ddp"})
    assert trainer_options(trainer) == {"precision": "bf16-mixed", "accelerator": "cpu"}
    assert trainer == {"precision": "auto", "accelerator": "cpu", "strategy": "ddp"}


def test_synchronized_batch_normalization_is_an_error():
    trainer = OmegaConf.create({"precision": "32-true", "accelerator": "cpu", "sync_batchnorm": True})
    with pytest.raises(RunError, match="models normalize with a mask"):
        trainer_options(trainer)


def test_adam_is_fused_only_on_cuda_and_without_loss_scaling():
    maker, cuda = partial(torch.optim.AdamW, lr=0.1), torch.device("cuda")
    assert fuse(maker, cuda, "bf16-mixed").keywords == {"lr": 0.1, "fused": True}
    assert fuse(maker, torch.device("cpu"), "bf16-mixed") is maker
    assert fuse(maker, cuda, "16-mixed") is maker
    asked = partial(torch.optim.AdamW, fused=False)
    assert fuse(asked, cuda, "32-true") is asked
    sgd = partial(torch.optim.SGD, lr=0.1)
    assert fuse(sgd, cuda, "32-true") is sgd


def test_tf32_is_used_in_all_products_or_in_none():
    matmul, cudnn = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    try:
        for enabled, precision in ((False, "highest"), (True, "high")):
            use_tf32(enabled)
            assert torch.get_float32_matmul_precision() == precision
            assert torch.backends.cudnn.allow_tf32 is enabled
    finally:
        torch.set_float32_matmul_precision(matmul)
        torch.backends.cudnn.allow_tf32 = cudnn


def test_compiling_without_a_compiler_is_an_error(monkeypatch):
    monkeypatch.setenv("CXX", "missing-g++")
    with pytest.raises(RunError, match=r"needs the C\+\+ compiler missing-g\+\+"):
        check_compiler()
