from benchmarks.first_audio import main, text_of


def test_a_text_has_its_sentences_and_depends_on_the_seed_alone():
    assert text_of(5, seed=1).count(".") == 5
    assert text_of(5, seed=1) == text_of(5, seed=1) != text_of(5, seed=2)


def test_a_line_for_each_length_gives_the_time(capsys, monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", "off")  # main sets it for its process
    main(["--sentences", "1", "3", "--repeats", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["1", "sentences,"], ["3", "sentences,"]]
    assert all(float(line.split()[-2]) > 0 for line in lines)
