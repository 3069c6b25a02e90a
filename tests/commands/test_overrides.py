import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from tts.commands.overrides import quote_overrides, shell_word


@pytest.mark.parametrize(
    "value",
    [
        *("My Recordings (2)", "Aufnahmen für mich", "größe", "/data/a[1]/b", "it's", "a&b", "C:\\My Data\\x"),
        "runs/mr/attention=additive,trainer.max_steps=1",
    ],
)
def test_values_with_any_characters_reach_hydra(value):
    (word,) = quote_overrides([f"data.source={value}"])
    assert OverridesParser.create().parse_override(word).value() == value


@pytest.mark.parametrize(
    "word",
    [
        "optim.lr=0.1",
        "loss=guided",
        "stop_rule=coverage",
        "a=1,2",
        "x=[1,2]",
        "x='a b'",
        "--multirun",
        "x={a: 1}",
        "resume=",
    ],
)
def test_valid_overrides_stay_unchanged(word):
    assert quote_overrides([word]) == [word]


def test_a_folder_with_a_comma_is_not_a_list(tmp_path):
    (tmp_path / "a,b").mkdir()
    (word,) = quote_overrides([f"data.source={tmp_path}/a,b"])
    assert OverridesParser.create().parse_override(word).value() == f"{tmp_path}/a,b"


def test_a_path_is_quoted_for_a_shell():
    assert shell_word("runs/my voice") == "'runs/my voice'"
