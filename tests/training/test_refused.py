"""Impossible trainings give an error with advice before they start."""

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import tts.train  # noqa: F401, tells Hydra where the recipes are
from tts.core.config import config_root
from tts.data import workers
from tts.training.acoustic_task import AcousticTask
from tts.training.hardware import check_cuda_graphs
from tts.training.run import RunError

TINY = ["acoustic=tacotron2_tiny", "data.corpus=none"]
TAUGHT = [*TINY, "attention=stepwise_median", "loss=forced_alignment", "acoustic.use_forced_alignment=true"]


def composed(*words):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        return compose("train", list(words))


def acoustic(*words):
    config = composed(*words)
    return AcousticTask(config, {"text": OmegaConf.to_container(config.text, resolve=True)}).module()


def test_a_transition_agent_with_forced_alignment_is_an_error():
    words = [*TINY, "attention=forward_transition_agent", "acoustic.use_forced_alignment=true"]
    with pytest.raises(RunError, match="attention=forward_transition_query"):
        acoustic(*words, "loss=forced_alignment")


@pytest.mark.parametrize("acoustic_name", ["tacotron2_tiny", "transformer_small"])
def test_durations_without_a_loss_that_trains_the_attention_are_an_error(acoustic_name):
    words = [f"acoustic={acoustic_name}", "attention=shared_monotonic", "acoustic.use_forced_alignment=true"]
    words = [*words, "data.corpus=none"]
    with pytest.raises(RunError, match="Use loss=forced_alignment"):
        acoustic(*words, "loss=unguided")
    acoustic(*words, "loss=forced_alignment")
    acoustic(*words, "loss=forward_sum")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["attention=additive"], False),
        (["attention=additive", "second_decoder=slow", "loss=double_decoder"], True),
        (["attention=stepwise_median", "acoustic.use_forced_alignment=true", "loss=forced_alignment"], False),
        (["attention=stepwise_median", "acoustic.use_forced_alignment=true", "loss=guided"], True),  # until it fades
    ],
)
def test_several_processes_allow_weights_without_a_gradient(words, expected):
    config = composed(*TINY, *words)
    task = AcousticTask(config, {"text": OmegaConf.to_container(config.text, resolve=True)})
    assert task.partial_backward == expected


@pytest.mark.parametrize(
    "words",
    [
        ["acoustic=transformer_small", "attention=multi_head"],
        ["acoustic=parallel", "~attention", "loss=parallel"],
        TAUGHT,
        [*TINY, "reduction_schedule=gradual"],
    ],
    ids=["Transformer", "parallel", "taught", "schedule"],
)
def test_cuda_graphs_of_a_model_without_a_loop_are_an_error(words):
    with pytest.raises(RunError, match="needs a loop over decoder steps"):
        acoustic(*words, "data.corpus=none", "cuda_graphs=true")


@pytest.mark.parametrize(
    "words",
    [
        [*TINY, "attention=location_sensitive"],
        ["acoustic=transformer_small", "attention=shared_monotonic"],
        [*TAUGHT, "second_decoder=slow"],
    ],
    ids=["recurrent", "one path", "second decoder"],
)
def test_compiling_a_loop_over_decoder_steps_is_an_error(words):
    with pytest.raises(RunError, match="compile=true would compile every step"):
        acoustic(*words, "data.corpus=none", "compile=true")


def test_a_model_without_a_loop_can_be_compiled():
    acoustic("acoustic=transformer_small", "attention=multi_head", "data.corpus=none", "compile=true")
    acoustic("acoustic=parallel", "~attention", "loss=parallel", "data.corpus=none", "compile=true")
    acoustic(*TAUGHT, "compile=true")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ([], "Add trainer=gpu"),
        (["trainer=ddp"], "trainer.devices=1"),
        (["trainer=gpu", "trainer.accumulate_grad_batches=2"], "trainer.accumulate_grad_batches=1"),
        (["trainer=gpu", "compile=true"], "Use one of them"),
    ],
)
def test_cuda_graphs_need_one_gpu(words, advice):
    with pytest.raises(RunError, match=advice):
        check_cuda_graphs(composed(*words, "cuda_graphs=true"))
    check_cuda_graphs(composed("trainer=gpu", "cuda_graphs=true"))


def test_cuda_graphs_of_batches_of_any_shape_are_an_error():
    words = [*TINY, "attention=location_sensitive", "cuda_graphs=true"]
    acoustic(*words)
    with pytest.raises(RunError, match=r"for every length of a batch. Remove it, or datamodule\.fixed_shapes=false"):
        acoustic(*words, "datamodule.fixed_shapes=false")


def test_there_are_workers_only_with_a_gpu(monkeypatch):
    for there, count in ((True, workers.GPU_WORKERS), (False, 0)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert workers.count_workers(None) == count
        assert workers.count_workers(1) == 1
