import io
import json

from tts.core.errors import TextError
from tts.text.__main__ import main
from tts.text.frontend import TextFrontend


def test_the_command_shows_every_step(capsys):
    assert main(["Dr. Jones paid $3.50."]) == 0
    shown = capsys.readouterr().out
    assert "Dr. Jones paid $3.50." in shown
    assert "doctor Jones paid three dollars fifty cents." in shown
    assert "dˈɑːktɚ" in shown
    row = next(line for line in shown.splitlines() if "$3.50" in line and "15" in line)
    assert "three dollars fifty cents" in row


def test_json_option_prints_valid_json(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("<speak>Hi <break time='1s'/> 5.</speak>"))
    assert main(["--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["pause"] == 1.0
    assert second["words"][0]["normalized"] == "five"
    assert len(second["tokens"]) == len(second["spans"]) == len(second["symbols"])


def test_an_error_is_printed_in_one_line(capsys, tmp_path):
    assert main(["..."]) == 1
    assert "no word that can be spoken" in capsys.readouterr().err
    assert main(["hi", "--language", "klingonese"]) == 1
    assert "no language 'klingonese'" in capsys.readouterr().err
    assert main(["hi", "--lexicon", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err


def test_a_sentence_is_shown_before_the_rest_is_read(capsys, monkeypatch):
    sentences = TextFrontend.sentences

    def first_of(self, text):
        yield next(sentences(self, text))
        raise TextError("the rest was read")

    monkeypatch.setattr(TextFrontend, "sentences", first_of)
    assert main(["One sentence.", "Another."]) == 1
    shown = capsys.readouterr()
    assert "One sentence." in shown.out
    assert "Another." not in shown.out
    assert "the rest was read" in shown.err
