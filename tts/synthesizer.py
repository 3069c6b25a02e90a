"""Text to speech: the whole data flow on one screen.

==== ========================== ================================================================
step code                       value
==== ========================== ================================================================
1    ``voice.frontend.read``    "Hello. How are you?" -> two sentences, each with the pause after it:
2                               normalised text, phonemes, ``tokens`` (T_text,), their places in the text
3    ``acoustic.generate``      ``mel`` (B, M, T_mel), ``alignments`` (B, H, T_dec, T_text); again if they are bad
4    ``voice.vocoder``          ``wav`` (1, T_wav), or in pieces
5    `Speech`                   the sentences joined, the alignment report, ``save``, ``plot``
==== ========================== ================================================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from tts.alignment import report
from tts.repair import MORE_SEEDS, Rules, attempt, load_rules, repaired
from tts.sound import faded, in_pieces, whole
from tts.speech import Piece, Speech, SpokenSentence
from tts.text.frontend import Part, TextError
from tts.timings import word_times
from tts.voice import Voice, VoiceError, list_voices, load_voice

SENTENCES_PER_BATCH = 8  # bounds memory for a text of any length; more gains little on a CPU
FADE_SECONDS = 0.005  # at both ends of a sentence: no click where it meets the pause


class TTS:
    """A voice that speaks.

    >>> speech = TTS()("Hello world.")
    >>> speech.save("hello.wav")

    Args:
        voice: name of a shipped voice (`TTS.list_voices`), a voice folder, a training run, or a built `Voice`; None
            is the default voice.
        device: where to compute, ``"cpu"`` or ``"cuda"``.

    Raises:
        tts.voice.VoiceError: the voice is missing or damaged, or there is no such device.
    """

    def __init__(self, voice: str | Path | Voice | None = None, device: str | torch.device = "cpu") -> None:
        self.voice = voice if isinstance(voice, Voice) else load_voice(voice)
        self.device = torch.device("cpu")
        self.to(device)

    def to(self, device: str | torch.device) -> TTS:
        """Move the voice to ``device``."""
        self.voice.to(device)
        self.device = torch.device(device)
        return self

    @staticmethod
    def list_voices() -> list[str]:
        """Names of the voices that ship with the package."""
        return list_voices()

    list_models = list_voices

    @property
    def sample_rate(self) -> int:
        """Of everything this voice says, in Hz."""
        return self.voice.mel.sample_rate

    @property
    def _step_seconds(self) -> float:
        return self.voice.acoustic.reduction_factor * self.voice.mel.hop_length / self.sample_rate

    @property
    def has_speed(self) -> bool:
        """Whether the voice's model can speak faster or slower."""
        return "speed" in inspect.signature(self.voice.acoustic.generate).parameters

    @torch.inference_mode()
    def __call__(
        self, text: str, seed: int = 0, speed: float = 1.0, progress: bool = False, repair: bool = True
    ) -> Speech:
        """Speak ``text``, of any length.

        Args:
            text: what to say, plain or SSML. Sentences are spoken on their own and joined with pauses.
            seed: another seed gives another reading; the same text and seed give the same audio, whatever else is
                said with it.
            speed: 2.0 is twice as fast; only where the voice's model knows speed (`has_speed`).
            progress: show a bar, for long texts.
            repair: read a sentence again, as `tts.repair` says, whose alignment shows that words were skipped, said
                twice or cut off.

        Raises:
            tts.text.frontend.TextError: there is nothing to pronounce.
            tts.voice.VoiceError: the voice cannot do what was asked.
        """
        options = self._options(speed)
        read = self.voice.frontend.read(text)
        spoken: list[list[SpokenSentence]] = [[] for _ in read]
        by_length = sorted(range(len(read)), key=lambda i: len(read[i].reading.tokens), reverse=True)
        with tqdm(total=len(read), unit="sentence", disable=not progress or len(read) == 1, leave=False) as bar:
            for first in range(0, len(read), SENTENCES_PER_BATCH):
                batch = by_length[first : first + SENTENCES_PER_BATCH]
                for i, sentence in zip(batch, self._speak([read[i] for i in batch], seed, options)):
                    spoken[i] = self._repair(read[i], sentence, seed, options) if repair else [sentence]
                    bar.update()
        return self._join(text, [self._sound(part) for parts in spoken for part in parts])

    def stream(self, text: str, seed: int = 0, speed: float = 1.0, repair: bool = True) -> Iterator[Piece]:
        """Speak ``text`` piece by piece, so that it can be heard while the rest is made.

        The same audio as of a call, but for rounding. The first piece is there when the first
        sentence has been read, and checked, and the vocoder has made the begin of it.

        >>> for piece in TTS().stream("A long story. It goes on."):
        ...     sound_card.write(piece.audio)

        Args and raises: as when calling the object.
        """
        options = self._options(speed)
        return self._stream(self.voice.frontend.read(text), seed, repair, options)

    @torch.inference_mode()
    def _stream(self, read: list[Part], seed: int, repair: bool, options: dict) -> Iterator[Piece]:
        first, size, frames, before = 0, 1, 0, None
        while first < len(read):
            batch = read[first : first + size]
            for part, sentence in zip(batch, self._speak(batch, seed, options)):
                for spoken in self._repair(part, sentence, seed, options) if repair else [sentence]:
                    if before is not None:
                        pause = self._pause(before)
                        yield Piece(np.zeros(pause * self.voice.mel.hop_length, dtype=np.float32), before)
                        frames += pause
                    before = replace(spoken, start=frames * self.voice.mel.hop_length / self.sample_rate)
                    for audio in self._pieces(spoken, in_pieces):
                        yield Piece(audio, before)
                    frames += spoken.mel.shape[1]
            first, size = first + size, min(2 * size, SENTENCES_PER_BATCH)

    def tts_to_file(self, text: str, file_path: str | Path = "output.wav", **options: Any) -> str:
        """Speak ``text`` into a file and return its path; ``options`` as when calling the object."""
        return str(self(text, **options).save(file_path))

    def _repair(self, part: Part, sentence: SpokenSentence, seed: int, options: dict) -> list[SpokenSentence]:
        def speak(text: str, other: int, constraints: Sequence[Any] = ()) -> SpokenSentence:
            rules = {"constraints": constraints} if constraints else {}
            again = part if text == sentence.text else self._reread(part, text)
            return self._speak([again], other, options | rules)[0]

        def rules() -> Rules:
            constrainable = getattr(self.voice.acoustic, "takes_constraints", False)
            return load_rules(self._step_seconds) if constrainable else {}

        more_seeds = MORE_SEEDS if getattr(self.voice.acoustic, "seed_matters", True) else 0
        return repaired(sentence, seed, speak, rules, more_seeds)

    def _reread(self, part: Part, text: str) -> Part:
        """The begin or the end of a part on its own."""
        whole = part.reading.text
        if "<" in text:
            raise TextError("Text with markup is not read in pieces.")
        start = part.start + (0 if whole.startswith(text) else len(whole) - len(text))
        return part._replace(reading=self.voice.frontend(text).moved(start), start=start)

    def _speak(self, batch: list[Part], seed: int, options: dict) -> list[SpokenSentence]:
        """Everything but the sound."""
        tokens = pad_sequence([torch.tensor(part.reading.tokens) for part in batch], batch_first=True)
        lengths = torch.tensor([len(part.reading.tokens) for part in batch])
        seeds = [seed] * len(batch)
        output = self.voice.acoustic.generate(tokens.to(self.device), lengths.to(self.device), seeds, **options)
        spoken = []
        for b, part in enumerate(batch):
            reading, T_mel, T_dec = part.reading, int(output.mel_lengths[b]), int(output.decoder_lengths[b])
            alignment = _numpy(output.alignment[b, :T_dec, : len(reading.tokens)])  # (T_dec, T_text)
            spans = [(start - part.start, end - part.start) for start, end in reading.spans]
            health = report(alignment, reading.symbols, reading.text, spans, self._step_seconds)
            mel = _at_rate(output.mel[b, :, :T_mel], part.rate)
            seconds = self._step_seconds * mel.shape[1] / T_mel
            spoken.append(
                SpokenSentence(
                    text=reading.text,
                    phonemes=reading.phonemes,
                    symbols=reading.symbols,
                    audio=np.zeros(0, dtype=np.float32),  # what is kept in the end is made to sound, once
                    mel=_numpy(mel),
                    alignment=alignment,
                    stop=_numpy(torch.sigmoid(output.stop_logits[b, :T_dec])),
                    report=health,
                    words=tuple(word_times(reading.words, reading.symbols, alignment, seconds)),
                    pause=part.pause,
                    attempts=(attempt("first", seed, health),),
                )
            )
        return spoken

    def _options(self, speed: float) -> dict:
        if speed != 1.0 and not self.has_speed:
            raise VoiceError(f"Voice '{self.voice.name}' finds its own pace and has no speed. Leave speed at 1.0.")
        return {"speed": speed} if self.has_speed else {}

    def _sound(self, sentence: SpokenSentence) -> SpokenSentence:
        """With its audio (T_mel * hop,); one sentence at a time, so that padding cannot be heard."""
        return replace(sentence, audio=np.concatenate(list(self._pieces(sentence, whole))))

    def _pieces(self, sentence: SpokenSentence, render: Callable[..., Iterable[Tensor]]) -> Iterator[np.ndarray]:
        def checked() -> Iterator[np.ndarray]:
            for wav in render(self.voice.vocoder, torch.from_numpy(sentence.mel).to(self.device)):
                audio = _numpy(wav)
                if not np.isfinite(audio).all():
                    raise VoiceError(
                        f"Voice '{self.voice.name}' computed NaN. Its training diverged; use an earlier export."
                    )
                yield np.clip(audio, -1.0, 1.0)

        return faded(checked(), int(FADE_SECONDS * self.sample_rate))

    def _pause(self, sentence: SpokenSentence) -> int:
        """In whole frames, so that audio and mel stay in step."""
        return round(sentence.pause * self.sample_rate / self.voice.mel.hop_length)

    def _join(self, text: str, spoken: list[SpokenSentence]) -> Speech:
        hop, M = self.voice.mel.hop_length, spoken[0].mel.shape[0]
        audio, mel, sentences, frames = [], [], [], 0
        for i, sentence in enumerate(spoken):
            rest = 0 if i == len(spoken) - 1 else self._pause(sentence)
            sentences.append(replace(sentence, start=frames * hop / self.sample_rate))
            audio += [sentence.audio, np.zeros(rest * hop, dtype=np.float32)]
            mel += [sentence.mel, np.full((M, rest), self.voice.mel.log_floor, dtype=np.float32)]
            frames += sentence.mel.shape[1] + rest
        return Speech(text, np.concatenate(audio), self.sample_rate, np.concatenate(mel, axis=1), sentences)


def _at_rate(mel: Tensor, rate: float) -> Tensor:
    """(M, T_mel) -> (M, T_mel / rate): slower or faster at the same pitch, for ``<prosody rate>``."""
    if rate == 1.0:
        return mel
    frames = max(1, round(mel.shape[1] / rate))
    return torch.nn.functional.interpolate(mel.unsqueeze(0), size=frames, mode="linear").squeeze(0)


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.float().cpu().numpy().copy()
