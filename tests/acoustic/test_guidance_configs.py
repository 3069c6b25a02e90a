"""Every yaml of guidance and constraint names every argument, and together they make a model that learns and speaks."""

import inspect

import hydra
import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch

CONF = config_root() / "conf"
PLACES = {
    "constraints": "acoustic.decoder.constraints",
    "stop_rule": "acoustic.decoder.stop_rule",
    "alignment_prior": "acoustic.decoder.prior",
}
CASES = [(group, path.stem) for group in PLACES for path in sorted((CONF / group).glob("*.yaml"))]
LOSSES = ["guided", "forward_sum", "forward_sum_ctc", "monotonic", "double_decoder", "best_path"]


def composed(*overrides):
    with initialize_config_dir(str(CONF), version_base=None):
        return compose("train", overrides=["acoustic=tacotron2_tiny", "num_symbols=20", *overrides])


def batch():
    tokens, mel = torch.randint(1, 20, (2, 9)), torch.randn(2, 80, 40)
    return Batch(["a", "b"], tokens, torch.tensor([9, 5]), mel, torch.tensor([40, 31]))


@pytest.mark.parametrize(("group", "name"), CASES)
def test_every_argument_is_spelt_out(group, name):
    decoder = composed(f"+{group}={name}").acoustic.decoder
    config = decoder.constraints[name] if group == "constraints" else decoder[PLACES[group].rpartition(".")[2]]
    parameters = set(inspect.signature(hydra.utils.get_class(config["_target_"])).parameters)
    assert set(config) - {"_target_"} == parameters


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_a_gradient(name):
    config = composed(f"loss={name}", *(["second_decoder=slow"] if name == "double_decoder" else []))
    model, data = instantiate(config.acoustic), batch()
    losses = {key: instantiate(loss) for key, loss in config.loss.items()}
    guide = losses[next(key for key in losses if key not in ("mel", "stop"))]
    guide(model(data), data, 0).backward()
    assert model.decoder.attention.query_projection.weight.grad.abs().sum() > 0


def test_all_of_it_together_learns_and_speaks():
    rules = ",".join(name for group, name in CASES if group == "constraints")
    options = [
        "stop_rule=coverage",
        "alignment_prior=beta_binomial",
        "second_decoder=slow",
        "reduction_schedule=gradual",
    ]
    config = composed(f"constraints=[{rules}]", *options, "loss=[guided,forward_sum,monotonic,double_decoder]")
    model, data = instantiate(config.acoustic), batch()
    assert list(model.decoder.constraints) == rules.split(",")
    total = sum(instantiate(loss)(model(data), data, 0) for loss in config.loss.values())
    total.backward()
    schedule = instantiate(config.callbacks.reduction, "callbacks")
    assert schedule.factor(0) == model.reduction_factor == config.acoustic.decoder.max_reduction_factor
    model.set_reduction_factor(schedule.factor(10**6))
    assert model.reduction_factor == config.acoustic.decoder.reduction_factor
    spoken = model.eval().generate(data.tokens, data.token_lengths, [0, 1])
    assert torch.isfinite(spoken.mel).all()
