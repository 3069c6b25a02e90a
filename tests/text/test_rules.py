import re

import pytest

from tts.text.prefilter import needed_pairs
from tts.text.rules import after


@pytest.mark.parametrize("before", ["press", "hit", "Hit", "tap on", "conf."])
def test_a_pattern_after_a_word_of_any_length(before):
    pattern = after("press|[Hh]it|tap on|conf[.]") + "#"
    assert re.search(pattern, f"{before} #")
    assert re.search(pattern, f"Now {before} # twice.")
    for other in (f"un{before} #", f"{before} the #", f"{before}#", f"{before}-#", f"{before}  #"):
        assert not re.search(pattern, other)


def test_a_pattern_after_a_word_ignores_case_in_such_a_group():
    assert re.search(f"(?i:{after('order')})#", "Order #")
    assert not re.search(f"{after('order')}#", "Order #")


def test_the_search_needs_a_blank_before_the_match():
    assert frozenset([" #"]) in needed_pairs(after("press|hit") + "#")
