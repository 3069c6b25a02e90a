"""An option has its value in yaml alone: where a file of conf/ sets it, the constructor has no default."""

import inspect
from collections import defaultdict

import pytest

from tests.configured import configuration_parts, part
from tts.acoustic.postnet import Postnet
from tts.acoustic.transformer_decoder import TransformerDecoder
from tts.attention.shared_monotonic import SharedMonotonic
from tts.core.moved import ADDED_OPTIONS, MOVED, modernize
from tts.core.option_types import wrong_values
from tts.core.options import RESERVED, OptionError, check_options, class_options, unknown_options
from tts.core.trust import find_class


def values_by_class():
    """Class -> option -> all the values that files of conf/ give it."""
    values = defaultdict(lambda: defaultdict(list))
    for config in configuration_parts():
        if str(config.get("_target_")).startswith("tts."):
            for name in config.keys() - RESERVED:
                values[config["_target_"]][name].append(config[name])
    return values


VALUES = values_by_class()


@pytest.mark.parametrize("target", sorted(VALUES))
def test_no_constructor_repeats_what_a_yaml_says(target):
    parameters = inspect.signature(find_class(target)).parameters
    for name, values in VALUES[target].items():
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        absent = default is None and None in values  # null leaves a part out, in Python as in yaml
        assert default is inspect.Parameter.empty or absent, f"{target}: {name} has a default and a value in conf/"


def test_options_that_classes_share_are_options_of_each():
    assert {"num_heads", "initial_duration", "max_duration"} <= set(class_options(_name(SharedMonotonic)))
    assert {"model_dim", "prenet_dim", "stop_rule"} <= set(class_options(_name(TransformerDecoder)))
    wrong = {"_target_": _name(SharedMonotonic), "num_heads": 2, "initial_durations": 3.0}
    assert [unknown.name for unknown in unknown_options(wrong)] == ["initial_durations"]


def test_a_missing_option_is_named():
    attention = part(SharedMonotonic, num_heads=2, _partial_=True)
    del attention["sigmoid_noise"]
    postnet = {"_target_": _name(Postnet), "n_mels": 8, "hidden_dim": 8}
    with pytest.raises(OptionError) as error:
        check_options({"model": {"attention": attention, "postnet": postnet}})
    attention_line, postnet_line = str(error.value).splitlines()
    assert attention_line.startswith("model.attention.sigmoid_noise is missing: SharedMonotonic has no default for it.")
    assert postnet_line.startswith("model.postnet.num_layers is missing: Postnet")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": "two"}, "model.num_layers is 'two'; it must be a whole number."),
        ({"dropout": None}, "model.dropout is 'None'; it must be a number."),
        ({"hidden_dim": True}, "model.hidden_dim is 'True'; it must be a whole number."),
        ({"dropout": 7}, "model.dropout is '7'; it must be from 0 to 1."),
        ({"_partial_": 1}, "model._partial_ is '1'; it must be true or false."),
    ],
)
def test_a_value_of_a_wrong_type_is_named(change, message):
    model = part(Postnet, n_mels=8, hidden_dim=8) | change
    with pytest.raises(OptionError) as error:
        check_options({"model": model})
    assert str(error.value) == message
    check_options({"model": part(Postnet, n_mels=8, hidden_dim="${width}")})


def test_a_wrong_learning_rate_or_batch_size_is_named():
    check_options({"optim": {"_target_": "torch.optim.AdamW", "lr": 1e-3, "betas": [0.9, 0.99], "fused": None}})
    with pytest.raises(OptionError, match=r"optim\.lr is 'abc'; it must be a number\."):
        check_options({"optim": {"_target_": "torch.optim.AdamW", "lr": "abc"}})
    samples = {"_target_": "tts.training.callbacks.samples.SampleLogger", "_partial_": True, "every_n_steps": 0}
    with pytest.raises(OptionError, match=r"samples\.every_n_steps is '0'; it must be at least 1\."):
        check_options({"samples": samples | {"seed": 0, "count": None, "texts": {}}})


def test_the_values_of_every_configuration_have_the_types_of_their_classes():
    assert [str(wrong) for config in configuration_parts() for wrong in wrong_values(config)] == []


@pytest.mark.parametrize("target", sorted(ADDED_OPTIONS))
def test_what_older_configurations_lack_are_options_of_today(target):
    assert set(ADDED_OPTIONS[target]) <= set(class_options(target))
    assert target not in MOVED
    stored = {"_target_": target, "_partial_": True}
    assert modernize(stored) == stored | ADDED_OPTIONS[target]
    assert modernize(modernize(stored)) == modernize(stored)


def _name(kind):
    return f"{kind.__module__}.{kind.__qualname__}"
