"""Jobs beside training: their order, their errors, and what is left when training ends."""

import threading

import pytest

from tts.training.callbacks.background import Background, finish


def test_a_job_does_not_block_and_the_next_job_waits_for_it():
    background, done, gate = Background(), [], threading.Event()

    def first():
        assert gate.wait(20)
        done.append((1, threading.current_thread() is threading.main_thread()))

    background.start(first)
    assert done == []  # training goes on
    threading.Timer(0.05, gate.set).start()
    background.start(lambda: done.append((2, threading.current_thread() is threading.main_thread())))
    assert done[0] == (1, False)
    background.wait()
    assert done == [(1, False), (2, False)]
    background.wait()  # nothing to do


def fail():
    raise OSError("no space left")


@pytest.mark.parametrize("ask", [lambda b: b.start(list), lambda b: b.wait()], ids=["at the next job", "at the end"])
def test_an_error_is_raised_once(ask):
    background = Background()
    background.start(fail)
    with pytest.raises(OSError, match="no space left"):
        ask(background)
    background.wait()


def test_an_error_of_a_job_does_not_hide_the_error_of_training(capsys):
    background = Background()
    background.start(fail)
    finish(background)
    assert "The last samples were not written: no space left" in capsys.readouterr().out


def test_a_job_finishes_after_an_interrupted_wait(monkeypatch):
    background, gate, done = Background(), threading.Event(), []
    background.start(lambda: (gate.wait(20), done.append(1)))
    thread = background._thread
    monkeypatch.setattr(threading.Thread, "join", lambda self: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        background.wait()
    monkeypatch.undo()
    gate.set()
    thread.join(20)
    assert done == [1]
