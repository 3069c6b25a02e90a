"""Every yaml file of a loss or constraint sets every argument, and a model with all of them trains and generates."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.commands.overrides import quote_overrides
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch
from tts.core.options import class_options

CONF = config_root() / "conf"
PLACES = {
    "constraints": "acoustic.decoder.constraints",
    "stop_rule": "acoustic.decoder.stop_rule",
    "alignment_prior": "acoustic.decoder.prior",
}
CASES = [(group, path.stem) for group in PLACES for path in sorted((CONF / group).glob("*.yaml"))]


def command_of(path):
    """Return the words of the command in the first line of a yaml file."""
    return path.read_text().partition("\n")[0].partition("python -m tts.train ")[2].partition("   ")[0].split()


LOSSES = {path.stem: command_of(path) for path in sorted((CONF / "loss").glob("*.yaml"))}
# A recipe's loss needs the recipe (tests/test_train.py), a vocoder's another task, a teacher's a trained voice.
LOSSES = {
    name: words
    for name, words in LOSSES.items()
    if not any(word.startswith(("experiment=", "task=")) or word.isupper() or "=VOICE" in word for word in words)
}


def composed(*overrides):
    with initialize_config_dir(str(CONF), version_base=None):
        model = [] if any(word.startswith("acoustic=") for word in overrides) else ["acoustic=tacotron2_tiny"]
        return compose("train", overrides=[*model, "num_symbols=20", *quote_overrides(overrides)])


def batch():
    tokens, mel = torch.randint(1, 20, (2, 9)), torch.randn(2, 80, 40)
    durations = torch.tensor([[4] * 8 + [8], [6] * 4 + [7] + [0] * 4])
    return Batch(["a", "b"], tokens, torch.tensor([9, 5]), mel, torch.tensor([40, 31]), durations)


@pytest.mark.parametrize(("group", "name"), CASES)
def test_every_argument_is_listed(group, name):
    decoder = composed(f"{group}={name}").acoustic.decoder
    config = decoder.constraints[name] if group == "constraints" else decoder[PLACES[group].rpartition(".")[2]]
    assert set(config) - {"_target_"} == set(class_options(config["_target_"]))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_a_gradient(name):
    words = LOSSES[name]
    assert f"loss={name}" in words, "the first line of the file is the command that uses it"
    config = composed(*words)
    model, data = instantiate(config.acoustic), batch()
    losses = {key: instantiate(loss, "loss") for key, loss in config.loss.items()}
    guides = [loss for key, loss in losses.items() if key not in ("mel", "stop")] or list(losses.values())
    output = model(data)
    for guide in guides:
        model.zero_grad()
        value = guide(output, data, 5000)  # late enough for what starts, early enough for what fades
        value.backward(retain_graph=True)
        assert value.shape == ()
        assert guide.weight > 0
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        assert all(torch.isfinite(gradient).all() for gradient in gradients)
        assert any(map(torch.any, gradients))


def test_all_options_together_train_and_generate():
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
