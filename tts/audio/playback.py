"""Play audio on this computer with sounddevice if it is installed, otherwise with a player of the system."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tts.audio.io import AudioError, save_audio, write_wav_stream
from tts.core.install import install_command

#: Players that read a wav from standard input, and a player that needs a file.
PIPES = (("aplay", "-q", "-"), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-i", "-"))
FILE_PLAYER = "afplay"
MISSING = f"No audio player was found. Install one: {install_command('play')}, or aplay, or ffplay."


def play(chunks: Iterable[np.ndarray], sample_rate: int) -> None:
    """Play mono chunks (T,) float32 as they arrive. Returns when all chunks were played.

    Raises:
        AudioError: there is no player, or it failed.
    """
    device = _sounddevice()
    pipe = next((words for words in PIPES if shutil.which(words[0])), None)
    if device is not None:
        _play_on_device(device, chunks, sample_rate)
    elif pipe is not None:
        _play_through(pipe, chunks, sample_rate)
    elif shutil.which(FILE_PLAYER):
        _play_file(chunks, sample_rate)
    else:
        raise AudioError(MISSING)


def _sounddevice():
    """The module sounddevice, or None if it, its library or a loudspeaker is missing."""
    try:
        import sounddevice

        sounddevice.check_output_settings()
    except (ImportError, OSError, ValueError):
        return None
    except Exception as error:  # PortAudioError, whose class is only known after the import
        if type(error).__name__ != "PortAudioError":
            raise
        return None
    return sounddevice


def _play_on_device(sounddevice, chunks: Iterable[np.ndarray], sample_rate: int) -> None:
    with sounddevice.OutputStream(sample_rate, channels=1, dtype="float32") as stream:
        for chunk in chunks:
            stream.write(np.ascontiguousarray(chunk, dtype=np.float32)[:, None])


def _play_through(words: tuple[str, ...], chunks: Iterable[np.ndarray], sample_rate: int) -> None:
    player = subprocess.Popen(words, stdin=subprocess.PIPE)
    assert player.stdin is not None
    try:
        write_wav_stream(player.stdin, chunks, sample_rate)
    except BrokenPipeError:
        pass  # `_check` reports the exit status
    finally:
        player.communicate()
    _check(words[0], player.returncode)


def _play_file(chunks: Iterable[np.ndarray], sample_rate: int) -> None:
    with tempfile.TemporaryDirectory(prefix="attune-") as folder:
        path = Path(folder) / "speech.wav"
        save_audio(path, np.concatenate(list(chunks)), sample_rate)
        _check(FILE_PLAYER, subprocess.run([FILE_PLAYER, str(path)]).returncode)


def _check(player: str, status: int) -> None:
    if status:
        raise AudioError(f"{player} could not play the audio (exit status {status}). Write a file with -o instead.")
