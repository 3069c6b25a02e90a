import io

import numpy as np
from matplotlib.image import imread

from tts.evaluation.attention.figure import draw
from tts.evaluation.attention.report import markdown, repair_table, steps_to_diagonal, table

CURVES = {"step": [25, 50, 75], "path_mass": [0.1, 0.6, 0.4], "coverage": [0.2, 0.95, 0.99]}


def row(failed=False, faults=(), coverage=1.0):
    return {"text": "a", "failed": failed, "faults": list(faults), "coverage": coverage, "verdict": ""}


def result(name, curves=CURVES, repairs=None):
    costs = {"parameters": 1000, "attention_parameters": 10, "train_frames_per_second": 5000, "step_milliseconds": 0.5}
    lengths = {"1": [row(), row()], "8": [row(True, ["repeated"], 0.5), row(True, ["skipped"], 0.9)]}
    repeated = [row(), row(True), row(True)]
    return {
        "name": name,
        "curves": curves,
        "lengths": lengths,
        "repeated_words": repeated,
        "repairs": repairs,
        "costs": costs,
    }


def test_the_first_step_with_a_diagonal_is_found():
    assert steps_to_diagonal(CURVES) == 50
    assert steps_to_diagonal(CURVES | {"path_mass": [0.1, 0.4, 0.6]}) == 75


def test_a_static_attention_has_no_diagonal():
    assert steps_to_diagonal(CURVES | {"path_mass": [0.7, 0.7, 0.7], "coverage": [0.1, 0.1, 0.1]}) is None


def test_the_table_counts_failures_by_length_and_steps_back():
    heading, first, second = table(
        [result("one"), result("two", {"step": [25], "path_mass": [0.2], "coverage": [1.0]})]
    )
    cells = dict(zip(heading, first))
    assert cells["failed at 1x"] == "0/2"
    assert cells["failed at 8x"] == "2/2"
    assert cells["coverage at 8x"] == "0.700"
    assert cells["went back at 8x"] == "1/2"
    assert cells["repeated words failed"] == "2/3"
    assert cells["steps to a diagonal"] == "50"
    assert dict(zip(heading, second))["steps to a diagonal"] == "over 25"


def test_a_voice_without_training_or_lengths_has_a_row_too():
    shipped = result("voice", curves=None) | {"lengths": {}}
    heading, cells = table([shipped])
    assert len(heading) == len(cells)
    assert dict(zip(heading, cells))["repeated words failed"] == "2/3"


def test_seeds_of_one_attention_are_one_row_with_deviations():
    slower = {"step": [25, 50, 75], "path_mass": [0.1, 0.2, 0.6], "coverage": [0.2, 0.95, 0.99]}
    other = result("one", slower) | {"repeated_words": [row(), row(), row()], "hearing": {"wer": 12.0}}
    heading, cells = table([result("one") | {"hearing": {"wer": 10.0}}, other])
    cells = dict(zip(heading, cells))
    assert cells["steps to a diagonal"] == "62 ± 18"
    assert cells["repeated words failed"] == "1.0 ± 1.4 of 3"
    assert cells["failed at 8x"] == "2/2"  # the same in both
    assert cells["WER, %"] == "11.0 ± 1.4"
    never = result("one", {"step": [25], "path_mass": [0.2], "coverage": [1.0]})
    assert table([result("one"), never])[1][1] == "over 25"


def test_markdown_has_a_rule_under_the_heading():
    assert markdown([["", "n"], ["a", "1"]]) == "|  | n |\n| --- | ---: |\n| a | 1 |\n"


def test_successful_repairs_are_counted_by_strategy():
    heading, cells = repair_table([result("one", repairs={"8": {"seed": 2, "none": 1}}), result("two")])
    assert dict(zip(heading, cells)) == {
        "": "one",
        "length": "8x",
        "failed": "3",
        "seed": "2",
        "window": "0",
        "prior": "0",
        "split": "0",
        "none": "1",
    }


def test_the_figure_shows_every_curve_and_alignment():
    stuck = {"step": [25, 50], "path_mass": [0.9, 0.9], "coverage": [0.0, 0.0]}  # and stopped early
    results = [result("one"), result("two"), result("two", stuck), result("shipped", curves=None) | {"lengths": {}}]
    names = ["one", "two", "shipped"]
    figure = draw(results, {name: np.full((30, 20), 99, dtype=np.uint8) for name in names})
    curves, lengths, _colors = figure.subfigs[0].axes
    assert [text.get_text() for text in curves.get_yticklabels()] == names
    one = np.multiply(results[0]["curves"]["path_mass"], results[0]["curves"]["coverage"])
    both = [one[0] / 2, one[1] / 2, *one[2:]]  # the mean of two seeds, of one where the other has no point
    drawn = curves.images[0].get_array().filled(np.nan)
    np.testing.assert_allclose(drawn, [one, both, np.full_like(one, np.nan)])
    assert [text.get_text() for text in lengths.texts] == ["0", "100"] * 2  # of each name at 1x and 8x
    titles = [axes.get_title() for axes in figure.subfigs[1].axes]
    assert [title for title in titles if title] == names
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    picture.seek(0)
    assert imread(picture).std() > 0.01
