"""Convert a recording to a mel and back, which shows the best quality that a vocoder can reach.

python -m tts.vocode in.wav -o out.wav [--vocoder VOICE|griffin_lim]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tts.commands.parsing import CommandParser
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser("python -m tts.vocode", description="Convert a recording to a mel and back.")
    recording = "the recording in a format of libsndfile, such as wav or flac; any sample rate and channels"
    options.add_argument("input", help=recording)
    options.add_argument("-o", "--output", required=True, help="the .wav, .flac, .mp3, .ogg or .opus file to write")
    vocoder = "a vocoder folder, a training run, a voice or griffin_lim (default: that of the default voice)"
    options.add_argument("--vocoder", help=vocoder)
    options.add_argument("--device", default="cpu", help="the device, cpu or cuda (default: cpu)")
    return options


def copy_synthesis(source: str, target: str, vocoder: str | None = None, device: str = "cpu") -> tuple[float, float]:
    """Compute the mel of ``source``, convert it back to audio with ``vocoder``, and write ``target``.

    Args:
        source: a recording.
        target: the audio file to write.
        vocoder: a vocoder folder, a training run, a voice or "griffin_lim"; None is that of the default voice.
        device: "cpu" or "cuda".

    Returns:
        Seconds of audio and seconds of computation.

    Raises:
        AudioError: a file cannot be read or written.
    """
    import torch

    from tts.audio.io import load_audio, save_audio

    mel, synthesize = _parts(vocoder, device)
    wav = torch.from_numpy(load_audio(source, mel.sample_rate)).to(device)[None]  # (1, T_wav)
    begin = time.perf_counter()
    with torch.inference_mode():
        audio = synthesize(mel(wav))[0].cpu().numpy()
    seconds = time.perf_counter() - begin
    save_audio(target, audio, mel.sample_rate)
    return len(audio) / mel.sample_rate, seconds


def _parts(vocoder: str | None, device: str) -> tuple:
    """The mel and the vocoder."""
    if vocoder == "griffin_lim":
        from tts.core.config import from_conf

        mel = from_conf("audio/mel_22k", "audio").to(device)
        return mel, from_conf("vocoder/griffin_lim", "vocoder", mel=mel)
    from tts.voices.vocoder import load_vocoder

    loaded = load_vocoder(vocoder)
    return loaded.mel.to(device), loaded.vocoder.to(device)


def _run(options: argparse.Namespace) -> None:
    duration, seconds = copy_synthesis(options.input, options.output, options.vocoder, options.device)
    print(f"{options.output}: {duration:.2f} s of audio, real-time factor {seconds / max(duration, 1e-9):.3f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
