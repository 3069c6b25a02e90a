"""A speech engine that runs any program that reads text and writes a wav."""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import soundfile

from tts.data.engines.base import EngineError, Utterance
from tts.text.unicode_cleanup import replace_surrogates

WAV, TEXT = "{wav}", "{text}"
TIMEOUT_SECONDS = 600


class Command:
    """A program that is started once for each text, without a shell.

    Args:
        command: the command line. ``{text}`` is replaced by the text; without it the text goes to standard input.
            ``{wav}`` is replaced by the file to write; without it the wav is read from standard output.

    Raises:
        EngineError: the program does not exist.
    """

    reads_phonemes = False

    def __init__(self, command: str | None = None) -> None:
        self._words = shlex.split(command or "")
        if not self._words:
            raise EngineError('--engine command needs a program: --command "PROGRAM --text {text} --output {wav}"')
        if shutil.which(self._words[0]) is None:
            raise EngineError(f"There is no program '{self._words[0]}'. Install it, or correct --command.")

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak ``text``. Raises `EngineError`."""
        text = replace_surrogates(text).replace("\0", " ")
        # a text such as "--output=..." must not become an option of the program; the space is not audible
        shown = f" {text}" if text.startswith("-") else text
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            words = [word.replace(WAV, str(wav)).replace(TEXT, shown) for word in self._words]
            try:
                done = subprocess.run(words, input=text.encode(), capture_output=True, timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise EngineError(f"the program took more than {TIMEOUT_SECONDS} s") from error
            except OSError as error:  # the command line is too long, or the program cannot run
                raise EngineError(f"the program cannot be started ({error.strerror})") from error
            if done.returncode:
                raise EngineError(f"the program failed: {done.stderr.decode(errors='replace').strip()[-200:]}")
            return _read(wav if WAV in " ".join(self._words) else io.BytesIO(done.stdout))


def _read(source: Path | io.BytesIO) -> Utterance:
    try:
        audio, sample_rate = soundfile.read(source, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise EngineError(f"the program wrote no valid wav ({error})") from error
    return Utterance(audio.mean(axis=1), sample_rate)
