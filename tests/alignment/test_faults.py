"""The tests insert faults into correct alignments. Each fault must be found at its position, and no other fault."""

import numpy as np
import pytest

from tts.alignment import report

TEXT = "The quick, brown fox jumps over the lazy dog."
SYMBOLS = list("^ðə kwˈɪk, bɹˈaʊn fˈɑːks dʒˈʌmps ˌoʊvɚ ðə lˈeɪzi dˈɑːɡ.$")
WORDS = {"quick,": "kwˈɪk", "fox": "fˈɑːks", "jumps": "dʒˈʌmps", "lazy": "lˈeɪzi"}
STEP = 512 / 22050  # seconds: two frames


def one_hot(path):
    weights = np.zeros((len(path), len(SYMBOLS)))
    weights[np.arange(len(path)), path] = 1.0
    return weights


def blurred(path):
    """Build soft attention: most of the weight is on the symbol and some is on its neighbors."""
    weights = one_hot(path)
    spread = 0.64 * weights
    spread[:, 1:] += 0.18 * weights[:, :-1]
    spread[:, :-1] += 0.18 * weights[:, 1:]
    return spread


def fading(path):
    """Build rows that sum to less than one, as in mixture attention and hard monotonic attention."""
    return blurred(path) * np.linspace(1.0, 0.6, len(path))[:, None]


def walk(path):
    """Build stepwise monotonic attention in early training: the probability of leaving a symbol grows with time."""
    ends = np.searchsorted(path, np.arange(len(SYMBOLS)), side="right")
    weights, row = [], one_hot(path)[0]
    for t in range(len(path)):
        weights.append(row)
        stay = 1.0 / (1.0 + np.exp(-2.0 * (ends - t - 1.5)))
        stay[-1] = 1.0
        row = row * stay + np.append(0.0, (row * (1.0 - stay))[:-1])
    return np.array(weights)


def reading(seed=0, least=1, most=6):
    """Build the steps of a correct alignment; a symbol may last only one step."""
    durations = np.random.default_rng(seed).integers(least, most, len(SYMBOLS))
    return np.repeat(np.arange(len(SYMBOLS)), durations)


def place(word):
    first = "".join(SYMBOLS).index(WORDS[word])
    return first, first + len(WORDS[word]) - 1


def found(weights, **options):
    options = {"step_seconds": STEP} | options
    return report(weights, SYMBOLS, TEXT, **options)


LOOKS = pytest.mark.parametrize("look", [one_hot, blurred, fading])


@pytest.mark.parametrize("look", [one_hot, blurred, fading, walk])
@pytest.mark.parametrize("seed", range(12))
def test_a_good_reading_has_no_fault(look, seed):
    health = found(look(reading(seed, least=1 if look is not walk else 2)))
    assert health.verdict == "complete and in order"
    assert health.healthy
    assert (health.coverage, health.backward_jumps, health.skipped, health.end_reached) == (1.0, 0, [], True)
    assert health.severity == 0


def test_a_symbol_with_a_single_step_is_not_skipped():
    health = found(one_hot(np.arange(len(SYMBOLS))))
    assert health.healthy
    assert health.coverage == 1.0


@LOOKS
@pytest.mark.parametrize("word", WORDS)
def test_a_skipped_word_is_reported_with_its_position(look, word):
    path, (first, last) = reading(1, least=2), place(word)
    health = found(look(path[(path < first) | (path > last)]))
    (fault,) = health.faults
    assert fault.kind == "skipped"
    assert fault.text == word
    assert TEXT[fault.char_start : fault.char_end] == word
    assert first <= fault.symbols[0] <= fault.symbols[1] <= last  # a blurred neighbour may have seen its edges
    assert fault.steps[0] == (path < first).sum()
    if look is one_hot:
        assert fault.symbols == (first, last - ("".join(SYMBOLS[first : last + 1])[-1] == "ː"))
        assert health.verdict == f"'{word.strip(',')}' was skipped"


@LOOKS
def test_a_skipped_letter_is_reported_with_its_word(look):
    path, k = reading(2, least=2), "".join(SYMBOLS).index("ks")
    path = np.where(path == k, k - 1, path)
    if look is not one_hot:
        pytest.skip("its blurred neighbours have seen it")
    assert found(look(path)).verdict == "/k/ in 'fox' was skipped"


@LOOKS
@pytest.mark.parametrize("word", WORDS)
def test_a_repeated_word_is_reported_with_its_position(look, word):
    path, (first, last) = reading(3, least=2), place(word)
    end = int((path <= last).sum())
    again = path[(path >= first) & (path <= last)]
    health = found(look(np.concatenate((path[:end], again, path[end:]))))
    (fault,) = health.faults
    assert (fault.kind, fault.text, fault.symbols) == ("repeated", word, (first, last))
    assert fault.steps == (end, end + len(again))
    assert TEXT[fault.char_start : fault.char_end] == word
    assert health.verdict == f"'{word.strip(',')}' was said twice"
    assert health.backward_jumps == 1
    assert health.coverage == 1.0


@LOOKS
def test_a_stutter_is_a_repeat_but_not_a_small_oscillation(look):
    path, k = reading(4, least=3), "".join(SYMBOLS).index("dʒ")
    middle = int((path < k + 2).sum()) - 1
    stutter = np.concatenate((path[:middle], [k, k, k + 1, k + 1], path[middle:]))
    (fault,) = found(look(stutter)).faults
    assert (fault.kind, fault.symbols) == ("repeated", (k, k + 1))
    weights = look(path)
    weights[middle - 2 : middle] = 0.0
    weights[middle - 2, [k, k + 1]] = 0.48, 0.52
    weights[middle - 1, [k, k + 1]] = 0.52, 0.48  # the peak goes back by one, the attention hardly moves
    assert found(weights).healthy


@LOOKS
def test_a_short_look_ahead_is_a_jump_and_not_a_repeat(look):
    path = reading(5, least=2)
    middle = int((path < 12).sum())
    (fault,) = found(look(np.concatenate((path[:middle], [30], path[middle:])))).faults
    assert (fault.kind, fault.steps[0]) == ("jumped", middle + 1)


@LOOKS
@pytest.mark.parametrize("symbol", ["ɑ", ","])
def test_a_stall_has_a_position_and_a_duration(look, symbol):
    path, j = reading(6), SYMBOLS.index(symbol)
    stalled = np.sort(np.append(path, [j] * 60))
    (fault,) = found(look(stalled)).faults
    assert (fault.kind, fault.symbols) == ("stalled", (j, j))
    assert fault.steps == ((path < j).sum(), (path <= j).sum() + 60)
    assert fault.message.endswith(f"for {(fault.steps[1] - fault.steps[0]) * STEP:.1f} s")
    paused = np.sort(np.append(path, [j] * 25))
    assert found(look(paused)).healthy  # 0.6 s are a pause


@LOOKS
@pytest.mark.parametrize("word", WORDS)
def test_an_early_end_lists_the_missing_words(look, word):
    path, (_, last) = reading(7, least=2), place(word)
    health = found(look(path[path <= last]))
    (fault,) = health.faults
    assert (fault.kind, fault.symbols[0]) == ("early_end", last + 1)
    assert not health.end_reached
    rest = TEXT[TEXT.index(word) + len(word) :].strip(" .")
    assert rest in health.verdict or look is not one_hot
    assert health.verdict.startswith("the end was not reached: ")


@LOOKS
def test_missing_final_punctuation_is_not_an_early_end(look):
    path = reading(8, least=2)
    assert found(look(path[path < SYMBOLS.index(".")])).healthy
    assert not found(look(path[path < SYMBOLS.index("ɡ")])).healthy


@LOOKS
def test_a_late_end_is_found(look):
    path = reading(9)
    health = found(look(np.append(path, [len(SYMBOLS) - 1] * 60)))
    (fault,) = health.faults
    assert (fault.kind, fault.steps[1]) == ("late_end", len(path) + 60)
    assert fault.symbols == (len(SYMBOLS) - 2, len(SYMBOLS) - 1)
    assert found(look(np.append(path, [len(SYMBOLS) - 1] * 10))).healthy


@LOOKS
def test_two_faults_are_reported_separately(look):
    path = reading(10, least=2)
    (skip, skip_end), (twice, twice_end) = place("quick,"), place("lazy")
    end = int((path <= twice_end).sum())
    both = np.concatenate((path[:end], path[(path >= twice) & (path <= twice_end)], path[end:]))
    health = found(look(both[(both < skip) | (both > skip_end)]))
    assert [(fault.kind, fault.text) for fault in health.faults] == [("skipped", "quick,"), ("repeated", "lazy")]


def test_a_second_reading_after_the_end_is_a_repeat():
    path = reading(11)
    kinds = [fault.kind for fault in found(one_hot(np.concatenate((path, path)))).faults]
    assert kinds == ["repeated"]


@pytest.mark.parametrize("seed", range(3))
def test_missing_alignment_is_reported(seed):
    rng, T, N = np.random.default_rng(seed), 200, len(SYMBOLS)
    chaos = one_hot(rng.integers(0, N, T))
    stripes = np.zeros((T, N)) + 0.0
    stripes[:, rng.choice(N, 4, replace=False)] = 0.25
    for weights in (np.full((T, N), 1 / N), chaos, stripes):
        assert [fault.kind for fault in found(weights).faults] == ["no_alignment"]
        assert not found(weights).healthy


def test_steps_without_weight_keep_their_position():
    weights = one_hot(reading(12, least=2))
    weights[40:43] = 0.0
    assert found(weights).backward_jumps == 0


def test_without_a_step_length_ordinary_speech_is_assumed_by_default():
    path = reading(13)
    stalled = np.sort(np.append(path, [20] * 80))
    assert [fault.kind for fault in found(one_hot(stalled), step_seconds=None).faults] == ["stalled"]
    assert found(one_hot(path), step_seconds=None).healthy


def test_without_words_the_symbols_are_reported():
    path, (first, last) = reading(1, least=2), place("fox")
    health = report(one_hot(path[(path < first) | (path > last)]), SYMBOLS)
    assert health.verdict == "/fˈɑːks/ was skipped"
    assert health.faults[0].text is None


def test_a_report_is_plain_data():
    path = reading(1)
    data = found(one_hot(path[path < SYMBOLS.index("ˌ")])).as_dict()
    assert data["healthy"] is False
    assert data["faults"][0]["kind"] == "early_end"
    assert data["faults"][0]["char_start"] == TEXT.index("over")
