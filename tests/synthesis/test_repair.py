"""Repair: the attempts, the attempt that is used, and the report."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from tts import TTS
from tts.alignment import report
from tts.attention.constraints import MaxDuration, MovingPrior, Window
from tts.core.config import instantiate
from tts.core.interfaces import AcousticOutput
from tts.engine.torch_engine import load_rules
from tts.synthesis.repair import find_split, repair_sentence
from tts.synthesis.speech import SpokenSentence

TEXT = "He went up, and the quick fox ran away."


def sentence(text, missing=()):
    """Build a sentence in which the letters of some words get no attention."""
    symbols, weights = list(text), np.eye(len(text)).repeat(2, 0)
    for word in missing:
        for j in range(text.find(word), text.find(word) + len(word)):
            weights[:, j] = 0.0
    health = report(weights, symbols, text)
    silence = np.zeros(0, dtype=np.float32)
    return SpokenSentence(text, text, symbols, silence, silence, weights, silence, health, pause=0.35)


class Reader:
    """An engine that skips words: ``faults(text, seed, rule)`` returns the skipped words of an attempt."""

    def __init__(self, faults):
        self.faults, self.calls = faults, []

    def __call__(self, text, seed, rule=None):
        self.calls.append((text, seed, rule))
        return sentence(text, self.faults(text, seed, rule))


def climb(faults, seed=5, rules=()):
    reader = Reader(faults)
    parts = repair_sentence(reader(TEXT, seed), seed, reader, rules)
    return parts, reader.calls[1:]


def test_a_healthy_sentence_is_not_changed():
    first = sentence(TEXT)
    (kept,) = repair_sentence(first, 0, pytest.fail, ["window"])
    assert kept.alignment is first.alignment
    assert [(a.strategy, a.seed) for a in kept.attempts] == [("first", 0)]


def test_another_seed_is_tried_first_and_repair_ends_with_success():
    parts, calls = climb(lambda text, seed, rules: ["quick"] if seed < 7 else [], rules=["window"])
    assert calls == [(TEXT, 6, None), (TEXT, 7, None)]
    (kept,) = parts
    assert kept.report.healthy
    assert kept.pause == 0.35
    assert [(a.strategy, a.seed, a.healthy) for a in kept.attempts] == [
        ("first", 5, False),
        ("seed", 6, False),
        ("seed", 7, True),
    ]
    assert kept.attempts[0].verdict == "'quick' was skipped"


def test_seeds_are_not_tried_for_deterministic_voices():
    reader = Reader(lambda text, seed, rules: [] if rules else ["quick"])
    (kept,) = repair_sentence(reader(TEXT, 5), 5, reader, ["window"], more_seeds=0)
    assert reader.calls[1:] == [(TEXT, 5, "window")]
    assert kept.report.healthy


def test_constraints_are_tried_after_seeds():
    rules = ["window", "prior"]
    parts, calls = climb(lambda text, seed, given: [] if given == "prior" else ["quick"], rules=rules)
    assert calls[2:] == [(TEXT, 5, "window"), (TEXT, 5, "prior")]
    assert [a.strategy for a in parts[0].attempts] == ["first", "seed", "seed", "window", "prior"]
    assert parts[0].report.healthy


def test_the_split_is_tried_last():
    parts, calls = climb(lambda text, seed, rules: ["quick"] if text == TEXT else [])
    assert [part.text for part in parts] == ["He went up,", "and the quick fox ran away."]
    assert [part.report.healthy for part in parts] == [True, True]
    assert [part.pause for part in parts] == [0.15, 0.35]
    assert [(a.strategy, a.text) for a in parts[0].attempts[-1:]] == [("split", "He went up,")]
    assert parts[0].attempts[0].strategy == "first"
    assert parts[1].attempts[0].strategy == "split"


def test_the_best_attempt_is_kept_if_nothing_helps():
    def faults(text, seed, rules):
        return ["quick", "fox", "away"] if seed != 6 else ["fox"]

    parts, calls = climb(faults, rules=["window", "prior"])
    (kept,) = parts
    assert kept.report.verdict == "'fox' was skipped"
    assert len(kept.attempts) == len(calls) + 1 <= 11


def test_the_first_of_equal_attempts_is_kept():
    parts, _ = climb(lambda text, seed, rules: ["quick"] if text == TEXT else ["and", "fox"])
    assert parts[0].attempts[0].seed == 5
    assert parts[0].report.faults[0].text == "quick"


def test_without_any_alignment_only_the_split_is_tried():
    everything = TEXT.split()
    parts, calls = climb(lambda text, seed, rules: everything, rules=["window"])
    assert [call[1:] for call in calls] == [(5, None), (5, None)]
    assert len(parts) == 1


def test_repair_is_deterministic():
    def faults(text, seed, rules):
        return ["quick"] if (len(text) + seed) % 3 else []

    (first, calls), (second, again) = climb(faults), climb(faults)
    assert calls == again
    assert [part.attempts for part in first] == [part.attempts for part in second]


@pytest.mark.parametrize(
    ("text", "missing", "parts"),
    [
        (TEXT, "quick", ("He went up, ", "and the quick fox ran away.")),
        (TEXT, "went", ("He ", "went up, and the quick fox ran away.")),
        (TEXT, "He", ("He ", "went up, and the quick fox ran away.")),
        ("Word " * 20 + "end.", "end.", ("Word " * 20, "end.")),
        ("Hello.", "Hello", None),
        ("Hello ...", "Hello", None),
    ],
)
def test_the_split_is_before_the_failure_with_words_on_both_sides(text, missing, parts):
    cut = find_split(text, sentence(text, [missing]).report)
    assert parts == (None if cut is None else (text[:cut], text[cut:]))


def test_constraints_receive_the_duration_of_a_step():
    slow, fast = load_rules(0.04), load_rules(0.01)
    assert [type(rule) for rule in slow["window"]] == [Window, MaxDuration]
    assert isinstance(slow["prior"][0], MovingPrior)
    assert (slow["window"][1].steps, fast["window"][1].steps) == (20, 80)


# ---- in the synthesizer ---------------------------------------------------------------------------------------------


class Careless(torch.nn.Module):
    """Frame t attends to symbol t; with some seeds it skips every third symbol in the middle of a long sentence."""

    reduction_factor = 1
    is_stochastic, supports_constraints, has_speed, has_pitch = True, False, False, False

    def __init__(self, bad_seeds):
        super().__init__()
        self.bad_seeds, self.batches = bad_seeds, []

    def generate(self, tokens, token_lengths, seeds):
        B, T = tokens.shape
        self.batches.append((B, seeds[0]))
        alignments = torch.eye(T).repeat(B, 1, 1, 1)
        for b, seed in enumerate(seeds):
            if seed in self.bad_seeds and token_lengths[b] > 36:
                alignments[b, 0, 20:26] = torch.eye(T)[19]
        mel = torch.full((B, 8, T), -2.0)
        return AcousticOutput(mel, mel, token_lengths, torch.zeros(B, T), alignments, token_lengths)


class Hum(torch.nn.Module):
    sounds = 0

    def forward(self, mel):
        Hum.sounds += 1
        return mel.mean(1).tanh().repeat_interleave(256, dim=1)


@pytest.fixture
def careless(tiny_voice):
    def make(*bad_seeds):
        return TTS(replace(tiny_voice, acoustic=Careless(bad_seeds), vocoder=Hum()))

    return make


STORY = "Good. This is a sentence that is too long for it. Fine."


def test_only_the_failed_sentence_is_repaired_and_vocoded_once(careless):
    tts, Hum.sounds = careless(3), 0
    speech = tts(STORY, seed=3)
    assert tts.voice.acoustic.batches == [(3, 3), (1, 4)]
    assert Hum.sounds == 3
    assert speech.report.healthy
    assert speech.healthy_at_first_attempt == [True, False, True]
    assert [a.strategy for a in speech.sentences[1].attempts] == ["first", "seed"]
    assert len(speech.audio) == speech.mel.shape[1] * 256
    told = speech.as_dict()
    assert (told["healthy"], told["healthy_at_first_try"], told["tried"]) == (True, 2, 3)
    assert (
        told["sentences"][1]["attempts"][0]["verdict"]
        == speech.sentences[1].attempts[0].verdict
        != "complete and in order"
    )


def test_without_repair_the_fault_remains(careless):
    tts = careless(3)
    speech = tts(STORY, seed=3, repair=False)
    assert tts.voice.acoustic.batches == [(3, 3)]
    assert not speech.report.healthy
    assert speech.report.verdict.startswith("sentence 2: ")
    assert speech.healthy_at_first_attempt == [True, False, True]


def test_a_split_sentence_keeps_its_position_and_pauses(careless):
    speech = careless(0, 1, 2)(STORY)
    assert [s.text for s in speech.sentences] == ["Good.", "This is a sentence", "that is too long for it.", "Fine."]
    assert speech.healthy_at_first_attempt == [True, False, True]


def test_a_deterministic_voice_is_not_tried_with_other_seeds(careless, tiny_config):
    tts = careless(3)
    tts.voice.acoustic.is_stochastic = False
    tts("This is a sentence that is too long for it.", seed=3)
    assert tts.voice.acoustic.batches == [(1, 3)] * 3  # whole, then its two parts
    model = instantiate(tiny_config.acoustic)
    assert model.is_stochastic
    model.decoder.prenet.prenet_dropout_inference = 0.0
    assert not model.is_stochastic


def test_a_real_model_accepts_constraints_for_a_call(tiny_config):
    torch.manual_seed(0)
    model = instantiate(tiny_config.acoustic).eval()
    assert model.supports_constraints
    tokens = torch.randint(3, 40, (1, 12))
    free = model.generate(tokens, torch.tensor([12]), [0])
    held = model.generate(tokens, torch.tensor([12]), [0], constraints=load_rules(0.035)["window"])
    peaks = held.alignments[0, 0, : held.decoder_lengths[0]].argmax(1)
    assert (peaks.diff() >= -1).all()
    assert (peaks.diff() <= 2).all()
    assert not torch.equal(free.alignments[:, :, :5], held.alignments[:, :, :5])
    again = model.generate(tokens, torch.tensor([12]), [0])
    torch.testing.assert_close(again.mel, free.mel)


def test_voices_with_other_step_durations_have_their_own_constraints():
    durations = {seconds: load_rules(seconds)["window"][1].steps for seconds in (0.01, 0.1)}
    assert durations == {0.01: 80, 0.1: 8}
    assert not OmegaConf.has_resolver("steps")  # which would be one for all voices of the process


def test_faults_and_words_have_positions_in_the_whole_text(tiny_voice):
    text = "Hello there, my friend. " + "The old boat waits at the end of a long quiet pier while rain falls."
    voice = TTS(replace(tiny_voice, acoustic=Careless({0})))
    speech = voice(text, repair=False)
    assert speech.sentences[1].char_start == text.index("The old")
    fault = speech.report.faults[0]
    assert fault.text == text[fault.char_start : fault.char_end]
    assert fault.text in {word.text for word in speech.words} or " " in fault.text
    assert all(text[word.char_start : word.char_end] == word.text for word in speech.words)
