"""What `benchmarks.online_checks` counts."""

from argparse import Namespace
from types import SimpleNamespace

import numpy as np

from benchmarks import online_checks
from tests.configured import configured
from tts.acoustic.online_checks import OnlineChecks
from tts.acoustic.stopping import CoverageStop
from tts.attention.constraints import Window
from tts.evaluation.attention.trial import FirstAttempt

OPTIONS = Namespace(no_repair=True, constraint=[], option=[])


def voice_with(rule):
    decoder = SimpleNamespace(stop_rule=rule, constraints={"own": object()})
    return SimpleNamespace(acoustic=SimpleNamespace(decoder=decoder))


def attempt(text, healthy, steps):
    return FirstAttempt(text, SimpleNamespace(healthy=healthy), np.zeros((steps, 3)))


def test_failures_that_end_earlier_and_false_alarms_are_counted(monkeypatch):
    """Of two failures the checks end one earlier, of two texts without a fault they change one."""
    rule = configured(CoverageStop)
    voice = voice_with(rule)
    constraints = dict(voice.acoustic.decoder.constraints)
    seen = []

    def read(voice, texts):
        decoder = voice.acoustic.decoder
        seen.append((type(decoder.stop_rule), decoder.constraints))
        if isinstance(decoder.stop_rule, OnlineChecks):
            assert decoder.stop_rule.rule is rule  # around the voice's own rule
            return [attempt(text, False, steps) for text, steps in zip(texts, (10, 30, 10, 20))]
        healthy = (False, False, True, True)
        if set(decoder.constraints) == {"window"}:
            healthy = (True, True, True, False)
        return [attempt(text, ok, steps) for text, ok, steps in zip(texts, healthy, (40, 30, 10, 25))]

    monkeypatch.setattr(online_checks, "first_attempts", read)
    options = Namespace(**vars(OPTIONS) | {"constraint": ["window"], "option": ["ahead=5"]})
    lines = online_checks.report(voice, ["a", "b", "c", "d"], options)
    assert lines == [
        "2 of 4 fail, 1 of these end earlier, 1 false alarms, 105 steps, 70 with checks",
        "with constraint window 1 fail",
    ]
    assert [kind for kind, _ in seen] == [CoverageStop, OnlineChecks, CoverageStop]
    (window,) = seen[2][1].values()
    assert isinstance(window, Window)
    assert window.ahead == 5
    decoder = voice.acoustic.decoder
    assert decoder.stop_rule is rule  # the next length starts from the same voice
    assert decoder.constraints == constraints


def test_repairs_are_counted_with_and_without_checks(monkeypatch):
    voice = voice_with(None)
    monkeypatch.setattr(online_checks, "first_attempts", lambda voice, texts: [attempt(t, True, 5) for t in texts])

    def speaker(voice):
        checks = isinstance(voice.acoustic.decoder.stop_rule, OnlineChecks)
        return lambda text: SimpleNamespace(report=SimpleNamespace(healthy=checks or text == "a"))

    monkeypatch.setattr(online_checks, "TTS", speaker)
    lines = online_checks.report(voice, ["a", "b"], Namespace(**vars(OPTIONS) | {"no_repair": False}))
    assert lines[0].startswith("0 of 2 fail, 0 of these end earlier, 0 false alarms, 10 steps, 10 with checks")
    assert lines[1].startswith("without a fault after repair: 1 in ")
    assert ", with checks 2 in " in lines[1]
    assert voice.acoustic.decoder.stop_rule is None


def test_a_real_voice_is_read_with_both_rules(tiny_voice):
    """This voice has no end, so it reads until its limit."""
    texts = ["A cat.", "The dog sleeps."]
    (line,) = online_checks.report(tiny_voice, texts, OPTIONS)
    assert line.startswith("2 of 2 fail")
    firsts = online_checks.first_attempts(tiny_voice, texts)
    assert f"{online_checks.steps(firsts)} steps" in line
    assert tiny_voice.acoustic.decoder.stop_rule is None
