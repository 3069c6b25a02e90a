import pytest

from benchmarks.long_texts import KINDS, long_text, main


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_has_its_length_and_depends_on_the_seed_alone(kind):
    text = long_text(kind, 500, seed=3)
    assert 500 <= len(text) < 1000 if kind == "SSML" else len(text) == 500
    assert text == long_text(kind, 500, seed=3)


def test_a_line_for_each_kind_says_how_the_time_grows(capsys, monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", "off")  # main sets it for its process
    monkeypatch.setattr("logging.disable", lambda: None)
    main(["prose", "sums", "--length", "400"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["prose", "sums"]
    assert all(float(line.split()[-2]) > 0 and line.endswith("s/MB") for line in lines)


def test_a_limited_text_is_read_as_far_as_the_limit(capsys, monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", "off")
    monkeypatch.setattr("logging.disable", lambda: None)
    main(["nines", "--limited", "--length", "60000"])
    refused, line = capsys.readouterr().out.splitlines()
    assert refused.startswith("refused: 'The text would give more than 14400 s of audio")
    assert line.startswith("nines")


def test_the_help_lists_the_kinds(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "only %" in " ".join(capsys.readouterr().out.split())


def test_an_unknown_kind_is_an_error_that_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as end:
        main(["prose", "poetry"])
    assert end.value.code == 2
    assert "no kind poetry; use prose, any words" in capsys.readouterr().err
