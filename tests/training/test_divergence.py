"""Training detects losses and gradients that are not finite."""

import pytest
import torch

from tts.training.divergence import DivergedError, StepJournal

NAN = torch.tensor(float("nan"))


def numbers(*values):
    return {name: torch.tensor(value) for name, value in zip("abc", values)}


def test_read_returns_the_newest_step_and_clears_all():
    journal = StepJournal()
    journal.add(3, ["x"], numbers(1.0), {"slope": torch.tensor(9.0)})
    journal.add(4, ["y"], numbers(2.0), {"slope": torch.tensor(8.0)}, {"health": NAN})
    values = journal.read()
    assert values.pop("health") != 0
    assert values == {"a": 2.0, "slope": 8.0}
    assert journal.read() == {}


@pytest.mark.parametrize("broken", ["a", "slope"])
def test_read_raises_for_the_first_step_that_is_not_finite(broken):
    journal = StepJournal()
    for number, ids in enumerate((["good"], ["bad", "too"], ["after"])):
        losses, slopes = numbers(1.0, 2.0), {"slope": torch.tensor(3.0)}
        if number:
            (losses if broken == "a" else slopes)[broken] = NAN
        journal.add(number, ids, losses, slopes)
    with pytest.raises(DivergedError, match=f"at step 1: .*{broken} is nan") as found:
        journal.read()
    assert "Utterances of this step: bad, too\n" in str(found.value)
    assert journal.read() == {}


def test_losses_of_another_process_have_their_own_message():
    journal = StepJournal()
    journal.add(0, ["mine"], numbers(1.0), {"slope": NAN})
    with pytest.raises(DivergedError, match="another process"):
        journal.read(world_size=2)
