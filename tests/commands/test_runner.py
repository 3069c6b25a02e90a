import pytest

from tts.commands.runner import INTERRUPTED, run
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
