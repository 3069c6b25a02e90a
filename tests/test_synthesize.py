import io
import json
import subprocess
import sys

import pytest
import soundfile

from tts import TTS
from tts.alignment import report
from tts.synthesize import main
from tts.voices.finding import list_voices


@pytest.fixture
def speak(tiny_voice_folder, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder. Returns its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words, stdin=None, voice=tiny_voice_folder):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main([*words, *(["--voice", str(voice)] if voice else [])])
        except SystemExit as stopped:  # argparse
            status = stopped.code
        return status, *capsys.readouterr()

    return run


def test_the_command_writes_a_wav(tiny_voice_folder, tmp_path):
    command = [sys.executable, "-m", "tts.synthesize", "Hello world.", "-o", "hello.wav", "--voice"]
    done = subprocess.run([*command, str(tiny_voice_folder)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(tmp_path / "hello.wav").duration > 0.1
    assert "hello.wav" in done.stdout
    assert "real-time factor" in done.stdout


def test_the_printed_duration_is_that_of_the_file(speak, tmp_path):
    status, out, _ = speak("Hello world.")
    assert status == 0
    assert f"out.wav: {soundfile.info(tmp_path / 'out.wav').duration:.2f} s of speech" in out


def test_several_texts_go_to_a_folder(speak, tmp_path):
    status, out, _ = speak("One.", "--text", "Two.", "-o", "folder/")
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["1.wav", "2.wav"]
    assert out.count("real-time factor") == 2


def test_several_texts_for_one_file_are_an_error(speak, tmp_path):
    status, _, err = speak("One.", "Two.", "-o", "both.wav")
    assert status == 2
    assert "Name a folder: -o both/" in err
    assert not list(tmp_path.iterdir())


def test_a_file_is_one_text_and_its_lines_are_several(speak, tmp_path):
    (tmp_path / "story.txt").write_text("\ufeffOne line.\n\nAnother line.\n", encoding="utf-8")
    assert speak("--file", "story.txt", "-o", "story.flac")[0] == 0
    assert soundfile.info(tmp_path / "story.flac").format == "FLAC"
    assert speak("--file", "story.txt", "--lines", "-o", "lines")[0] == 0
    assert len(list((tmp_path / "lines").iterdir())) == 2


@pytest.mark.parametrize("words", [[], ["-"]])
def test_standard_input_is_spoken(speak, tmp_path, words):
    assert speak(*words, stdin=b"From a pipe.")[0] == 0
    assert (tmp_path / "out.wav").exists()


def test_every_sentence_gets_a_plot(speak, tmp_path):
    assert speak("Hello. And again!", "--alignment", "plots/both.png")[0] == 0
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["both-1.png", "both-2.png"]


def test_the_seed_changes_and_reproduces_the_speech(speak, tmp_path):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert speak("Hello.", "--seed", seed, "-o", f"{name}.wav")[0] == 0
    read = {name: (tmp_path / f"{name}.wav").read_bytes() for name in "abc"}
    assert read["a"] == read["b"] != read["c"]


def test_trailing_overrides_change_the_voice(speak, tmp_path):
    speak("Hello.", "-o", "short.wav")
    status, _, _ = speak("Hello.", "-o", "long.wav", "acoustic.decoder.max_frames_offset=300")
    assert status == 0
    assert soundfile.info(tmp_path / "long.wav").frames > 2 * soundfile.info(tmp_path / "short.wav").frames


def test_an_unknown_override_is_an_error(speak):
    status, _, err = speak("Hello.", "vocoder.iteration=5")
    assert status == 1
    assert "did you mean vocoder.iterations" in err


def test_an_equation_is_a_text(speak, tmp_path):
    assert speak("E=mc2")[0] == 0
    assert (tmp_path / "out.wav").exists()


BAD = {
    "empty": (["", "-o", "a.wav"], 1, "empty"),
    "only punctuation": (["...!?"], 1, "no word that can be spoken"),
    "emoji": (["😀"], 1, "spoken"),
    "control characters": (["\x07\x1b"], 1, "spoken"),
    "Cyrillic": (["Привет"], 1, "Latin letters"),
    "missing file": (["--file", "nowhere.txt"], 2, "nowhere.txt cannot be read"),
    "text and file": (["Hello.", "--file", "nowhere.txt"], 2, "Give one of them"),
    "wrong suffix": (["Hello.", "-o", "a.aac"], 2, "must end in .wav, .flac, .mp3, .ogg or .opus"),
    "wrong image": (["Hello.", "--alignment", "a.wav"], 2, "must end in .png"),
    "speed out of range": (["Hello.", "--speed", "0"], 2, "between 0.2 and 5"),
    "pitch unknown to the voice": (["Hello.", "--pitch", "2"], 1, "no control of its pitch"),
    "no device": (["Hello.", "--device", "nonsense"], 1, "Use device 'cpu'"),
    "not UTF-8 in a word": (["Hell\udcff"], 2, "not valid UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_gives_a_clear_error(speak, tmp_path, case):
    words, expected, message = BAD[case]
    status, out, err = speak(*words)
    assert status == expected
    assert message in err
    assert "Traceback" not in err
    assert not out
    assert not list(tmp_path.glob("*.wav"))


@pytest.mark.parametrize("text", ["a" * 500, "word " * 120, "Say \x07 it.", "Hello 😀."])
def test_odd_input_is_spoken(speak, tmp_path, text):
    assert speak(text)[0] == 0
    assert soundfile.info(tmp_path / "out.wav").duration > 0.1


@pytest.mark.parametrize("source", ["stdin", "file"])
def test_text_that_is_not_utf_8_is_an_error_with_the_position(speak, tmp_path, source):
    latin = "Caf\u00e9.".encode("latin-1")
    (tmp_path / "latin.txt").write_bytes(latin)
    status, _, err = speak(stdin=latin) if source == "stdin" else speak("--file", "latin.txt")
    assert status == 2
    assert "not valid UTF-8 (byte 0xe9 at position 3)" in err
    assert "iconv" in err


def test_empty_standard_input_is_an_error(speak):
    status, _, err = speak(stdin=b"")
    assert status == 1
    assert "empty" in err


def test_no_text_at_a_terminal_shows_an_example(speak, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    status, _, err = speak()
    assert status == 2
    assert "python -m tts.synthesize" in err


def test_an_unwritable_path_is_reported_before_loading(speak, tmp_path, monkeypatch):
    monkeypatch.setattr("tts.commands.synthesis._voice", lambda *args: pytest.fail("the voice was loaded first"))
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.wav").mkdir()
    for place in ("file/out.wav", "/proc/out.wav"):
        status, _, err = speak("Hello.", "-o", place)
        assert status == 2
        assert "cannot be written" in err
        assert "-o" in err


def test_a_missing_voice_lists_the_installed_voices(speak):
    status, _, err = speak("Hello.", voice="nobody")
    assert status == 1
    assert "no voice 'nobody'" in err


def test_a_truncated_voice_is_an_error(speak, tiny_voice_folder, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in tiny_voice_folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes()[: -1 if path.suffix == ".safetensors" else None])
    status, _, err = speak("Hello.", voice=broken)
    assert status == 1
    assert "acoustic.safetensors is truncated" in err


def test_voices_are_listed(speak):
    status, out, _ = speak("--list-voices", voice=None)
    assert status == 0
    assert out.split() == list_voices()


def test_help_and_wrong_options_do_not_load_torch():
    code = (
        "import sys; from tts.synthesize import main\n"
        "assert main(['Hello.', '-o', 'a.aac']) == 2\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


# ---- what the alignments say ----------------------------------------------------------------------------------------


@pytest.fixture
def careless(monkeypatch):
    """Make the speech of even seeds healthy, because the untrained tiny voice only gives faults."""

    def judged(alignment, symbols, *args, **options):
        health = report(alignment, symbols, *args, **options)
        return health._replace(faults=(), verdict="complete and in order") if SEED[0] % 2 == 0 else health

    SEED = [0]
    speak = TTS._speak

    def noted(self, batch, seed, *options):
        SEED[0] = seed
        return speak(self, batch, seed, *options)

    monkeypatch.setattr("tts.synthesis.synthesizer.report", judged)
    monkeypatch.setattr(TTS, "_speak", noted)
    monkeypatch.setattr("tts.synthesis.repair._has_no_alignment", lambda report: False)


def test_the_report_has_every_sentence_and_attempt(speak, careless, tmp_path):
    status, _, err = speak("Hello. And again!", "And more.", "-o", "out/", "--report", "out/report.json", "--seed", "1")
    assert status == 0
    told = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (told["voice"], told["seed"], told["tried"], told["healthy_at_first_try"]) == ("tiny", 1, 3, 0)
    assert told["healthy"] is True
    assert [text["file"] for text in told["texts"]] == ["out/1.wav", "out/2.wav"]
    first = told["texts"][0]["sentences"][0]
    assert [(a["strategy"], a["seed"], a["healthy"]) for a in first["attempts"]] == [
        ("first", 1, False),
        ("seed", 2, True),
    ]
    assert err.count("note: synthesized again (seed, seed 2)") == 3


def test_warnings_without_further_repair_name_no_option(speak):
    _, _, err = speak("Hello.")  # without any alignment, and a single word cannot be cut
    assert "warning: no alignment" in err
    assert "try other punctuation or words" in err
    assert "--" not in err


def test_without_repair_faults_give_a_warning_and_strict_an_error(speak, careless, tmp_path):
    words = ["Hello.", "--no-repair", "--report", "report.json", "--seed", "1"]
    status, _, err = speak(*words)
    assert status == 0
    assert "warning: no alignment" in err
    assert "run without --no-repair" in err
    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert told["healthy"] is False
    assert told["texts"][0]["sentences"][0]["report"]["faults"][0]["kind"] == "no_alignment"
    assert speak(*words, "--strict")[0] == 3
    assert speak(*words, "--strict", "--seed", "2")[0] == 0


def test_unspeakable_lines_are_reported_and_the_others_spoken(speak, tmp_path):
    (tmp_path / "lines.txt").write_text("First line.\n***\n\nSecond line.\n\U0001f600\n")
    status, _, told = speak("--file", "lines.txt", "--lines", "-o", "out/")
    assert status == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.wav", "3.wav"]
    assert "2.wav is not written" in told
    assert "2 of 4 texts could not be spoken" in told


def test_a_text_after_two_dashes_may_begin_with_a_dash(speak, tmp_path):
    assert speak("-o", "x.wav", "--", "-hello there")[0] == 0
    assert speak("--", "-hello there", "-o", "y.ogg")[0] == 0
    assert soundfile.info(tmp_path / "y.ogg").format == "OGG"


def test_closed_standard_input_is_an_error(speak, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    status, _, told = speak("-o", "x.wav")
    assert status == 2
    assert "There is no text" in told


def test_an_address_with_an_equals_sign_is_a_text(speak):
    assert speak("www.site.com=bar", "-o", "x.wav")[0] == 0
