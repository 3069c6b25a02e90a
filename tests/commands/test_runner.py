import pytest

from tts import bulk, evaluate, make_corpus, synthesize
from tts.commands.runner import CONTINUES, INTERRUPTED, run
from tts.core.errors import AttuneError


def interrupted_while_cleaning_up():
    try:
        try:
            raise KeyboardInterrupt
        finally:
            None.flag  # noqa: B018, what a library trips over when it is stopped half way
    except AttributeError as error:
        raise RuntimeError("cannot build the part") from error


def test_an_interruption_inside_a_library_is_one_line(capsys):
    assert run(interrupted_while_cleaning_up) == 130
    assert capsys.readouterr().err == f"error: {INTERRUPTED}\n"


def test_an_error_with_a_cyclic_context_ends_the_program(capsys):
    assert run(raised_in_a_circle) == 1
    assert capsys.readouterr().err == "error: outer\n"


def raised_in_a_circle():
    outer, inner = AttuneError("outer"), ImportError("inner")
    outer.__cause__, inner.__context__ = inner, outer
    raise outer


def test_other_errors_keep_their_traceback():
    with pytest.raises(RuntimeError, match="cannot build"):
        run(broken)


def broken():
    raise RuntimeError("cannot build the part")


def interrupted():
    raise KeyboardInterrupt


def test_only_a_command_that_continues_says_so(capsys):
    assert run(interrupted) == 130
    assert capsys.readouterr().err == "error: interrupted\n"
    assert run(interrupted, continues=True) == 130
    assert capsys.readouterr().err == f"error: {CONTINUES}\n"


@pytest.mark.parametrize(
    ("command", "target", "words", "continues"),
    [
        (synthesize, "tts.synthesize.synthesize", ["Hello.", "-o", "a.wav"], False),
        (bulk, "tts.bulk._speak_all", ["a.csv", "-o", "folder"], True),
        (evaluate, "tts.commands.evaluate_voice.run", ["voice"], True),
        (make_corpus, "tts.make_corpus._run", ["a.txt", "-o", "folder"], True),
    ],
)
def test_ctrl_c_says_whether_a_command_continues(command, target, words, continues, monkeypatch, capsys):
    monkeypatch.setattr(target, lambda *arguments: interrupted())
    assert command.main(words) == 130
    assert ("continue" in capsys.readouterr().err) == continues
