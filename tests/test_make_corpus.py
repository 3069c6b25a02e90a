import contextlib
import io
import json
import sys

import pytest
import soundfile

from tts.core.config import config_root
from tts.data.engines.base import EngineError
from tts.data.engines.command import Command
from tts.data.metadata import read_metadata
from tts.data.synthetic import read_lines
from tts.make_corpus import main as command


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("# a comment\nGood morning.\n\nIt costs $3.\nfixed-id|Dr. Who|doctor who\n", encoding="utf-8")
    return path


def main(arguments):
    """Run the command. An error message becomes the message of `SystemExit`."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            status = command(arguments)
    except SystemExit:
        print(told.getvalue(), file=sys.stderr)
        raise
    if status:
        raise SystemExit(told.getvalue())


def run(texts, folder, *options):
    main([str(texts), "-o", str(folder), *options])
    entries, problems = read_metadata(folder)
    assert problems == []
    return {entry.text: entry for entry in entries}


def test_the_corpus_has_the_layout_that_prepare_reads(texts, tmp_path, capsys):
    entries = run(texts, tmp_path / "spoken")
    assert list(entries) == ["Good morning.", "It costs three dollars.", "doctor who"]
    assert entries["doctor who"].id == "fixed-id"
    for entry in entries.values():
        audio, rate = soundfile.read(entry.audio)
        assert rate == 22050
        assert 0.3 < len(audio) / rate < 4
        assert 0.1 < abs(audio).max() <= 1
    raw = (tmp_path / "spoken" / "metadata.csv").read_text().splitlines()[1].split("|")[1]
    assert raw == "It costs $3."
    assert "3 recordings, 3 new" in capsys.readouterr().out


def test_other_languages_use_their_own_rules(texts, tmp_path):
    assert [line.normalized for line in read_lines(texts, "de")][:2] == ["Good morning.", "It costs drei Dollar."]
    assert [line.normalized for line in read_lines(texts, "fr-fr")][:2] == ["Good morning.", "It costs $3."]
    entries = run(texts, tmp_path / "spoken", "--language", "de")
    assert "It costs drei Dollar." in entries


def test_a_second_call_speaks_only_missing_texts(texts, tmp_path):
    entries = run(texts, tmp_path / "spoken")
    kept, gone = entries["Good morning."].audio, entries["doctor who"].audio
    before = kept.stat().st_mtime_ns
    gone.unlink()
    texts.write_text("A new first line.\n" + texts.read_text())
    again = run(texts, tmp_path / "spoken")
    assert len(again) == 4
    assert again["Good morning."].audio == kept  # its name comes from its text, not from its line
    assert kept.stat().st_mtime_ns == before
    assert gone.is_file()


def test_a_changed_text_is_spoken_again(texts, tmp_path):
    short = soundfile.info(run(texts, tmp_path / "spoken")["doctor who"].audio).duration
    texts.write_text(texts.read_text().replace("doctor who", "doctor who lives at the end of the lane"))
    entries = run(texts, tmp_path / "spoken")
    assert soundfile.info(entries["doctor who lives at the end of the lane"].audio).duration > short + 0.5


def test_other_settings_need_another_folder(texts, tmp_path):
    run(texts, tmp_path / "spoken")
    with pytest.raises(SystemExit, match=r"error: .*was made with.*-o"):
        main([str(texts), "-o", str(tmp_path / "spoken"), "--rate", "200"])


def test_errors_are_one_sentence(texts, tmp_path):
    with pytest.raises(SystemExit, match="no voice 'xx'"):
        main([str(texts), "-o", str(tmp_path / "spoken"), "--language", "xx"])
    with pytest.raises(SystemExit, match=r"error: .*gone\.txt"):
        main([str(tmp_path / "gone.txt"), "-o", str(tmp_path / "spoken")])
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(SystemExit, match="no text"):
        main([str(tmp_path / "empty.txt"), "-o", str(tmp_path / "spoken")])
    (tmp_path / "escape.txt").write_text("../../x|Hello.\n")
    with pytest.raises(SystemExit, match="file name"):
        main([str(tmp_path / "escape.txt"), "-o", str(tmp_path / "spoken")])
    assert not (tmp_path / "spoken").exists()


@pytest.mark.parametrize("module", ["hibari", "piper"])
def test_a_missing_engine_is_an_error_with_the_install_command(module, texts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match=rf"error: {module} is not installed .*pip install"):
        main([str(texts), "-o", str(tmp_path / "spoken"), "--engine", module])


def test_an_option_of_another_engine_is_an_error(texts, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(texts), "-o", str(tmp_path / "spoken"), "--engine", "flite", "--pitch", "3"])
    assert "flite has no --pitch; it has: --voice, --rate" in capsys.readouterr().err


def test_the_recipes_texts_can_be_spoken():
    lines = read_lines(config_root() / "recipes" / "espeak_quickstart" / "texts.txt")
    assert len(lines) >= 400
    assert len({line.normalized for line in lines}) == len(lines)
    assert not any(character.isdigit() or character == "|" for line in lines for character in line.normalized)


@pytest.fixture
def program(tmp_path):
    """A program that speaks every letter for a tenth of a second and fails for x."""
    path = tmp_path / "program.py"
    path.write_text(
        "import io, sys, numpy, soundfile\n"
        "text, wav = sys.argv[1:] if len(sys.argv) == 3 else (sys.stdin.read(), io.BytesIO())\n"
        "if 'x' in text: sys.exit('cannot say x')\n"
        "soundfile.write(wav, 0.5 * numpy.ones(1600 * len(text)), 16000, format='WAV')\n"
        "if len(sys.argv) != 3: sys.stdout.buffer.write(wav.getvalue())\n"
    )
    return f"{sys.executable} {path}"


@pytest.mark.parametrize("places", ["", " {text} {wav}"])
def test_any_program_can_be_the_engine(places, texts, tmp_path, program):
    entries = run(texts, tmp_path / "spoken", "--engine", "command", "--command", program + places)
    audio, rate = soundfile.read(entries["doctor who"].audio)
    assert (rate, len(audio)) == (16000, 1600 * len("doctor who"))


def test_a_text_is_not_an_option_of_the_program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(
        "import argparse, numpy, soundfile\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('text')\nparser.add_argument('--output')\narguments = parser.parse_args()\n"
        "soundfile.write(arguments.output, 0.5 * numpy.ones(len(arguments.text)), 16000)\n"
    )
    said = Command(f"{sys.executable} {path} --output {{wav}} {{text}}")
    text = f"--output={tmp_path / 'stolen.wav'}"
    assert len(said(text).audio) == len(text) + 1
    assert not (tmp_path / "stolen.wav").exists()
    assert len(said("a\0b\ud800").audio) == 4
    with pytest.raises(EngineError, match="cannot be started"):
        said("a" * 5_000_000)


def test_failed_texts_are_left_out_and_retried(texts, tmp_path, program, capsys):
    folder = tmp_path / "spoken"
    texts.write_text("a|An axe.\nb|A saw.\n")
    assert list(run(texts, folder, "--engine", "command", "--command", program)) == ["A saw."]
    assert (folder / "excluded.txt").read_text() == "a: the program failed: cannot say x\n"
    assert "1 texts were left out" in capsys.readouterr().out
    texts.write_text("a|An ace.\nb|A saw.\n")
    assert list(run(texts, folder, "--engine", "command", "--command", program)) == ["An ace.", "A saw."]
    assert (folder / "excluded.txt").read_text() == ""


def test_a_full_disk_stops_the_command_and_loses_no_text(texts, tmp_path, program, monkeypatch, capsys):
    options = ["--engine", "command", "--command", program]
    with monkeypatch.context() as patched:
        patched.setattr(
            "soundfile.write", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        assert command([str(texts), "-o", str(tmp_path / "spoken"), *options]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not (tmp_path / "spoken" / "metadata.csv").exists()
    assert len(run(texts, tmp_path / "spoken", *options)) == len(read_lines(texts))


def test_an_incomplete_record_is_made_again(texts, tmp_path, program):
    options = ("--engine", "command", "--command", program)
    run(texts, tmp_path / "spoken", *options)
    records = tmp_path / "spoken" / "utterances.jsonl"
    whole = records.read_bytes()
    records.write_bytes(whole[:-10])
    run(texts, tmp_path / "spoken", *options)
    assert records.read_bytes() == whole
    assert [json.loads(line)["id"] for line in whole.splitlines()][2] == "fixed-id"


@pytest.mark.slow
def test_several_processes_make_the_same_corpus(texts, tmp_path, program):
    for workers in ("0", "2"):
        run(texts, tmp_path / workers, "--engine", "command", "--command", program, "--workers", workers)
    for path in (tmp_path / "0").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "0")).read_bytes()


@pytest.fixture
def flite(tmp_path, monkeypatch):
    """A program with the interface of flite: two voices, and a tenth of a second for every letter."""
    program = tmp_path / "bin" / "flite"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, numpy, soundfile\n"
        "if sys.argv[1] == '-lv': sys.exit(print('Voices available: kal slt '))\n"
        "text, stretch = sys.argv[sys.argv.index('-t') + 1], float(sys.argv[4].split('=')[1])\n"
        "if 'x' in text: sys.exit('cannot say x')\n"
        "samples = 0.5 * numpy.ones(int(1600 * len(text) * stretch))\n"
        "soundfile.write(sys.argv[sys.argv.index('-o') + 1], samples, 16000)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def test_flite_makes_a_corpus(texts, tmp_path, flite):
    entries = run(texts, tmp_path / "spoken", "--engine", "flite", "--rate", "350")
    audio, rate = soundfile.read(entries["doctor who"].audio)
    assert rate == 16000
    assert len(audio) == len("doctor who") * 800  # twice as fast as its 175 words a minute
    with pytest.raises(SystemExit, match="was made with"):
        run(texts, tmp_path / "spoken", "--engine", "flite", "--rate", "175")


def test_flite_errors_are_one_sentence(texts, tmp_path, flite, monkeypatch):
    with pytest.raises(SystemExit, match=r"no voice 'slim'. It has: kal slt"):
        run(texts, tmp_path / "spoken", "--engine", "flite", "--voice", "slim")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="flite is not installed"):
        run(texts, tmp_path / "spoken", "--engine", "flite")
