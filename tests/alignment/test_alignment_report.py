import numpy as np
import pytest
import torch

from tts.alignment import is_spoken, plot_alignment, plot_utterance, report
from tts.alignment.batched import batch_metrics


def path(steps, N):
    """Build an alignment that attends to one symbol per step."""
    weights = np.zeros((len(steps), N))
    weights[np.arange(len(steps)), steps] = 1.0
    return weights


GOOD = path([0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 7], 8)


def test_a_good_alignment_has_nothing_to_report():
    found = report(GOOD)
    assert found.focus == 1.0
    assert found.coverage == 1.0
    assert found.diagonality > 0.9
    assert found.skipped == []
    assert found.backward_jumps == 0
    assert found.end_reached
    assert found.verdict == "complete and in order"


def test_a_skipped_letter_is_reported_but_not_a_skipped_comma():
    steps = [0, 0, 1, 3, 3, 5, 6, 7]  # never 2, never 4
    found = report(path(steps, 8), list("^kæ,tis$"))
    assert found.skipped == ["æ (2)", "t (4)"]
    assert report(path(steps, 8), list("^k,ˈtis$")).skipped == ["t (4)"]
    assert found.coverage == pytest.approx(1 - 2 / 5)
    assert found.verdict == "/æ,t/ was skipped"


def test_a_symbol_with_little_weight_is_skipped_but_not_one_in_a_shared_step():
    weights = path([0, 1, 1, 3, 4], 5)
    weights[2] = [0, 0.91, 0.09, 0, 0]
    assert report(weights).skipped == ["2 (2)"]
    weights[2] = [0, 0.6, 0.4, 0, 0]
    assert report(weights).skipped == []


def test_a_repeat_is_a_backward_jump():
    found = report(path([0, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7], 8))
    assert found.backward_jumps == 1
    assert found.verdict == "/123/ was said twice"


def test_an_early_end_is_found():
    found = report(path([0, 1, 2, 3, 4, 5], 8))
    assert not found.end_reached
    assert found.verdict == "the end was not reached: /67/ is missing"


def test_uniform_attention_is_not_an_alignment():
    found = report(np.full((40, 20), 1 / 20))
    assert found.focus == pytest.approx(1 / 20)
    assert found.diagonality == pytest.approx(2 / 3, abs=0.02)
    assert found.coverage == 0.0
    assert found.verdict.startswith("no alignment")


def test_heads_are_averaged_and_tensors_are_accepted():
    two = torch.from_numpy(np.stack((GOOD, GOOD)))
    assert report(two) == report(GOOD)


def test_one_step_and_one_symbol_give_a_report():
    assert report(np.ones((1, 1))).coverage == 1.0


def test_wrong_shapes_are_errors():
    with pytest.raises(ValueError, match="8 symbols and 3 names"):
        report(GOOD, ["a", "b", "c"])
    with pytest.raises(ValueError, match="at least one step"):
        report(np.zeros((0, 4)))


def test_letters_are_spoken_but_not_marks():
    assert all(is_spoken(symbol) for symbol in "kæʃŋəɚθɹ")
    assert not any(is_spoken(symbol) for symbol in " ,.?!ˈˌːʲ^$_")
    assert not is_spoken("")


def test_batch_metrics_equal_those_of_single_reports():
    rng = np.random.default_rng(0)
    singles = [rng.dirichlet(np.full(N, 0.2), size=T) for T, N in ((9, 4), (5, 7), (1, 1))]
    padded = torch.full((3, 2, 9, 7), 50.0)  # padding holds anything
    for b, single in enumerate(singles):
        padded[b, :, : single.shape[0], : single.shape[1]] = torch.from_numpy(single)
    found = batch_metrics(padded.mean(1), torch.tensor([9, 5, 1]), torch.tensor([4, 7, 1]))
    for name in ("focus", "diagonality", "coverage"):
        expected = np.mean([getattr(report(single), name) for single in singles])
        assert float(found[name]) == pytest.approx(expected, abs=1e-5), name


def test_pictures_show_the_weights_on_a_fixed_scale_with_their_symbols():
    figure = plot_utterance(np.zeros((80, 22)), GOOD * 0.5, np.linspace(0, 1, 11), list("^abcdef$"), "a title")
    image = figure.axes[1].get_images()[0]
    np.testing.assert_array_equal(image.get_array(), GOOD.T * 0.5)
    assert image.get_clim() == (0.0, 1.0)
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == list("^abcdef$")
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_ydata(), np.linspace(0, 1, 11))
    assert figure.axes[0].get_images()[0].get_array().shape == (80, 22)


def test_an_alignment_can_be_plotted_alone(tmp_path):
    plot_alignment(GOOD, list("^abcdef$"), "x").savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000
