"""Text to speech: the data flow from text to audio.

==== ========================== ================================================================
step code                       value
==== ========================== ================================================================
1    ``voice.frontend.read``    "Hello. How are you?" -> two sentences, each with the pause after it:
2                               normalized text, phonemes, ``tokens`` (T_text,), their places in the text
3    ``acoustic.generate``      ``mel`` (B, M, T_mel), ``alignments`` (B, H, T_dec, T_text); again if they are bad
4    ``voice.vocoder``          ``wav`` (1, T_wav), or in pieces
5    `Speech`                   the sentences joined, the alignment report, ``save``, ``plot``
==== ========================== ================================================================
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tts.alignment import report
from tts.core.errors import AttuneError
from tts.engine.base import Decoded, Delivery, Engine, cut
from tts.engine.loading import load_engine
from tts.synthesis.limits import MAX_PITCH, MAX_SPEED, MIN_SPEED, Limits
from tts.synthesis.rendering import fade_edges
from tts.synthesis.repair import EXTRA_SEEDS, attempt, repair_sentence
from tts.synthesis.speech import AudioChunk, Speech, SpokenSentence
from tts.synthesis.timestamps import word_times
from tts.text.frontend import EncodedSentence, TextError
from tts.text.ssml import is_ssml
from tts.text.unicode_cleanup import replace_surrogates
from tts.voices.finding import VoiceError, list_voices

SENTENCES_PER_BATCH = 8  # bounds memory for a text of any length; more gains little on a CPU
LONG_SYMBOLS = 150  # about ten seconds; streams compute longer sentences in chunks if the model can
FADE_SECONDS = 0.005  # at both ends of a sentence: no click where it meets the pause


class TTS:
    """A voice that speaks.

    >>> speech = TTS()("Hello world.")
    >>> speech.save("hello.wav")

    Args:
        voice: name of an installed voice (`TTS.list_voices`), a voice folder, a training run, or a built
            `tts.voices.voice.Voice`; None is the default voice.
        device: the device that computes, ``"cpu"`` or ``"cuda"``.
        engine: ``"onnx"`` computes without torch, ``"torch"`` with it. None uses ONNX if the voice has it and no other
            argument needs torch.
        threads: number of CPU threads. None uses one thread with ONNX, and does not change torch's number, which
            applies to the whole process.
        overrides: words such as ``vocoder.iterations=60`` that change options of the voice; they need torch.
        limits: maximum seconds of a sentence and of a text; see `tts.synthesis.limits.Limits`.
        model_name: the same as ``voice``; the name of this argument in other packages.
        gpu: True is the same as ``device="cuda"``.

    Raises:
        tts.voices.voice.VoiceError: the voice is missing or damaged, or there is no such device or engine.
        tts.core.errors.AttuneError: the number of threads is impossible.
    """

    def __init__(
        self,
        voice: str | Path | Any | None = None,
        device: str = "cpu",
        engine: str | None = None,
        threads: int | None = None,
        overrides: Sequence[str] = (),
        limits: Limits | None = None,
        *,
        model_name: str | Path | None = None,
        gpu: bool | None = None,
    ) -> None:
        voice = model_name if voice is None else voice
        device = "cuda" if gpu else device
        self.limits = limits or Limits()
        self.engine: Engine = load_engine(voice, engine, device, threads, overrides)

    @property
    def voice(self) -> Any:
        """The loaded voice: a `tts.voices.voice.Voice` with torch, the manifest with ONNX."""
        return self.engine.voice

    def to(self, device: str) -> TTS:
        """Move the voice to ``device``, which needs torch."""
        self.engine = load_engine(self.engine.source, None, device)
        return self

    @staticmethod
    def list_voices() -> list[str]:
        """Names of the installed voices."""
        return list_voices()

    list_models = list_voices

    @property
    def sample_rate(self) -> int:
        """Sample rate of the audio in Hz."""
        return self.engine.sample_rate

    @property
    def has_speed(self) -> bool:
        """Whether the acoustic model controls the speed itself; otherwise the mel is stretched in time."""
        return self.engine.has_speed

    @property
    def has_pitch(self) -> bool:
        """Whether the acoustic model can change the pitch."""
        return self.engine.has_pitch

    def __call__(
        self,
        text: str,
        seed: int = 0,
        speed: float = 1.0,
        progress: bool = False,
        repair: bool = True,
        pitch: float = 0.0,
    ) -> Speech:
        """Speak ``text``, of any length.

        Args:
            text: plain text or SSML. Each sentence is synthesized alone, and pauses join them.
            seed: the seed of the random numbers, for voices whose speech varies. The same sentence and seed give the
                same audio; other sentences in the text change it only by rounding (less than 1e-3).
            speed: factor; 2.0 is twice as fast at the same pitch. The model shortens the durations if it can
                (`has_speed`), otherwise the mel is compressed in time.
            progress: show a progress bar, for long texts.
            repair: synthesize a sentence again if its alignment shows that words were skipped, repeated or cut off;
                see `tts.synthesis.repair`.
            pitch: semitones above the voice's own pitch, for models with pitch control (`has_pitch`).

        Raises:
            tts.text.frontend.TextError: the text has no word that can be spoken.
            tts.synthesis.limits.TextTooLongError: the audio would be longer than the limits allow.
            tts.core.errors.AttuneError: seed, speed or pitch is not a number in its range.
            tts.voices.voice.VoiceError: the voice cannot change its pitch, or computed NaN.
        """
        text, seed, delivery = _checked(text, seed, speed, pitch)
        read = list(self._read(text, delivery))
        spoken: list[list[SpokenSentence]] = [[] for _ in read]
        seconds = 0.0
        by_length = sorted(range(len(read)), key=lambda i: len(read[i].reading.tokens), reverse=True)
        with tqdm(total=len(read), unit="sentence", disable=not progress or len(read) == 1, leave=False) as bar:
            for first in range(0, len(read), SENTENCES_PER_BATCH):
                batch = by_length[first : first + SENTENCES_PER_BATCH]
                for i, sentence in zip(batch, self._speak([read[i] for i in batch], seed, None, delivery)):
                    spoken[i] = self._repair(read[i], sentence, seed, delivery) if repair else [sentence]
                    seconds += sum(self._seconds(part) for part in spoken[i])
                    self.limits.check_text(seconds)
                    bar.update()
        return self._join(text, [self._sound(part) for parts in spoken for part in parts])

    def stream(
        self,
        text: str,
        seed: int = 0,
        speed: float = 1.0,
        repair: bool = True,
        pitch: float = 0.0,
        *,
        chunked: bool = True,
    ) -> Iterator[AudioChunk]:
        """Synthesize ``text`` in chunks, so that playback can start before the whole text is done.

        The audio equals that of a call except for rounding. The first chunk comes as soon as the alignment of the first
        sentence has been checked and the vocoder has computed the beginning of its audio. If the model knows the timing
        of a long sentence in advance (`tts.engine.base.Engine.draft`), its mel is computed in chunks too; the mel of
        ``chunk.sentence`` is then complete with the last chunk.

        >>> for chunk in TTS().stream("A long story. It goes on."):
        ...     sound_card.write(chunk.audio)

        Args:
            text, seed, speed, repair, pitch: as for a call.
            chunked: False computes the mel of every sentence at once.

        Raises:
            AttuneError: as for a call, before the first chunk. But plain text is read while it is spoken: if it is too
                long, the error comes where the text passes the limit.
        """
        text, seed, delivery = _checked(text, seed, speed, pitch)
        read = self._read(text, delivery)
        first = list(read) if is_ssml(text) else [next(read)]
        return self._stream(chain(first, read), seed, repair, delivery, chunked)

    def _stream(
        self, read: Iterator[EncodedSentence], seed: int, repair: bool, delivery: Delivery, chunked: bool
    ) -> Iterator[AudioChunk]:
        frames, before = 0, None
        for spoken, mels in self._readings(read, seed, repair, delivery, chunked):
            pause = self._frames(spoken.lead if before is None else before.pause)
            if pause or before is not None:
                silence = np.zeros(pause * self.engine.hop_length, dtype=np.float32)
                yield AudioChunk(silence, before or spoken)
                frames += pause
            self.limits.check_text(frames * self.engine.hop_length / self.sample_rate + self._seconds(spoken))
            before = replace(spoken, start=frames * self.engine.hop_length / self.sample_rate)
            for audio in self._pieces(self.engine.vocode_chunks(mels), spoken.volume):
                yield AudioChunk(audio, before)
            frames += spoken.mel.shape[1]
        if before is not None and (tail := self._frames(before.tail)):
            yield AudioChunk(np.zeros(tail * self.engine.hop_length, dtype=np.float32), before)

    def _readings(
        self, read: Iterator[EncodedSentence], seed: int, repair: bool, delivery: Delivery, chunked: bool
    ) -> Iterator[tuple[SpokenSentence, Iterator[np.ndarray]]]:
        """Yield the sentences in order, without audio, each with its mel in chunks."""
        waiting: deque[EncodedSentence] = deque()
        size = 1
        while True:
            waiting.extend(islice(read, size - len(waiting)))
            if not waiting:
                return
            part = waiting.popleft()
            if chunked and self._is_long(part) and (draft := self._draft(part, seed, repair, delivery)):
                yield draft
                size = max(2, size)
                continue
            batch = [part]
            while waiting and not self._is_long(waiting[0]):
                batch.append(waiting.popleft())
            for part, sentence in zip(batch, self._speak(batch, seed, None, delivery)):
                for spoken in self._repair(part, sentence, seed, delivery) if repair else [sentence]:
                    yield spoken, cut(spoken.mel)
            size = min(2 * size, SENTENCES_PER_BATCH)

    def _is_long(self, part: EncodedSentence) -> bool:
        return self.engine.has_drafts and len(part.reading.tokens) > LONG_SYMBOLS

    def _draft(
        self, part: EncodedSentence, seed: int, repair: bool, delivery: Delivery
    ) -> tuple[SpokenSentence, Iterator[np.ndarray]] | None:
        """Return the sentence and the chunks of its mel; None if the sentence needs repair."""
        draft = self.engine.draft(part.reading.tokens, self._delivery(part, delivery))
        sentence = self._sentence(part, seed, draft.decoded, 1.0)
        return (sentence, draft.chunks) if sentence.report.healthy or not repair else None

    def _read(self, text: str, delivery: Delivery) -> Iterator[EncodedSentence]:
        """Encode ``text``. A text that is too long is refused where it passes the limit, without reading the rest."""
        for part in self.limits.checked(self.engine.frontend.sentences(text), delivery.speed):
            if not self.has_pitch and part.pitch + delivery.pitch:
                raise VoiceError(
                    f"Voice '{self.engine.name}' has no control of its pitch. Leave pitch out, in SSML too, or use a "
                    "voice of a parallel model."
                )
            yield part

    def _seconds(self, sentence: SpokenSentence) -> float:
        return sentence.mel.shape[1] * self.engine.hop_length / self.sample_rate + sentence.pause

    def tts(self, text: str, **options: Any) -> np.ndarray:
        """Return the samples (T_wav,) of ``text``; ``options`` are those of a call."""
        return self(text, **options).audio

    def tts_to_file(self, text: str, file_path: str | Path = "output.wav", **options: Any) -> str:
        """Speak ``text`` into a file and return its path; ``options`` are those of a call."""
        return str(self(text, **options).save(file_path))

    def _repair(
        self, part: EncodedSentence, sentence: SpokenSentence, seed: int, delivery: Delivery
    ) -> list[SpokenSentence]:
        def speak(text: str, seed: int, rule: str | None = None) -> SpokenSentence:
            again = part if text == sentence.text else self._reread(part, text)
            return self._speak([again], seed, rule, delivery)[0]

        if sentence.report.healthy:
            return [sentence]
        more_seeds = EXTRA_SEEDS if self.engine.is_stochastic else 0
        return repair_sentence(sentence, seed, speak, self.engine.rules, more_seeds)

    def _reread(self, part: EncodedSentence, text: str) -> EncodedSentence:
        """Encode the beginning or the end of a sentence alone."""
        whole = part.reading.text
        if "<" in text:
            raise TextError("Text with markup is not read in pieces.")
        start = part.start + (0 if whole.startswith(text) else len(whole) - len(text))
        return part._replace(reading=self.engine.frontend(text).shifted(start), start=start)

    def _speak(
        self, batch: list[EncodedSentence], seed: int, rule: str | None, delivery: Delivery
    ) -> list[SpokenSentence]:
        """Synthesize a batch of sentences, without audio."""
        asked = [self._delivery(part, delivery) for part in batch]
        decoded = self.engine.decode([part.reading.tokens for part in batch], seed, rule, asked)
        rates = [1.0 if self.has_speed else one.speed for one in asked]
        return [self._sentence(part, seed, *found) for part, found in zip(batch, zip(decoded, rates))]

    @staticmethod
    def _delivery(part: EncodedSentence, delivery: Delivery) -> Delivery:
        return Delivery(_clamp(delivery.speed * part.rate), delivery.pitch + part.pitch)

    def _sentence(self, part: EncodedSentence, seed: int, decoded: Decoded, rate: float) -> SpokenSentence:
        reading, step_seconds = part.reading, self.engine.step_seconds
        spans = [(start - part.start, end - part.start) for start, end in reading.spans]
        health = report(decoded.alignment, reading.symbols, reading.text, spans, step_seconds)
        frame_seconds = self.engine.hop_length / self.sample_rate
        self.limits.check_sentence(decoded.mel.shape[1] * frame_seconds / rate, reading.text)
        mel = _at_rate(decoded.mel, rate)
        seconds = step_seconds * mel.shape[1] / decoded.mel.shape[1]
        return SpokenSentence(
            text=reading.text,
            phonemes=reading.phonemes,
            symbols=reading.symbols,
            audio=np.zeros(0, dtype=np.float32),  # only the final attempt gets audio
            mel=mel,
            alignment=decoded.alignment,
            stop=decoded.stop,
            report=health.later_in_text(part.start),
            char_start=part.start,
            words=tuple(word_times(reading.words, reading.symbols, decoded.alignment, seconds)),
            pause=part.pause,
            lead=part.lead,
            tail=part.tail,
            volume=part.volume,
            attempts=(attempt("first", seed, health),),
        )

    def _sound(self, sentence: SpokenSentence) -> SpokenSentence:
        """Return the sentence with its audio (T_mel * hop,). The padding of a batch could change the audio."""
        return replace(
            sentence, audio=np.concatenate(list(self._pieces(self.engine.vocode(sentence.mel), sentence.volume)))
        )

    def _pieces(self, chunks: Iterator[np.ndarray], volume: float) -> Iterator[np.ndarray]:
        gain = np.float32(10 ** (volume / 20))

        def checked() -> Iterator[np.ndarray]:
            for audio in chunks:
                if not np.isfinite(audio).all():
                    raise VoiceError(
                        f"Voice '{self.engine.name}' computed NaN. Its training diverged; use an earlier export."
                    )
                yield np.clip(audio if gain == 1 else gain * audio, -1.0, 1.0)

        return fade_edges(checked(), int(FADE_SECONDS * self.sample_rate))

    def _frames(self, seconds: float) -> int:
        """Round seconds to whole frames, so that audio and mel stay aligned."""
        return round(seconds * self.sample_rate / self.engine.hop_length)

    def _silence(self, frames: int, M: int) -> tuple[np.ndarray, np.ndarray]:
        """Audio (frames * hop,) and mel (M, frames) of a pause."""
        audio = np.zeros(frames * self.engine.hop_length, dtype=np.float32)
        return audio, np.full((M, frames), self.engine.log_floor, dtype=np.float32)

    def _join(self, text: str, spoken: list[SpokenSentence]) -> Speech:
        hop, M = self.engine.hop_length, spoken[0].mel.shape[0]
        frames, sentences = self._frames(spoken[0].lead), []
        audio, mel = ([part] for part in self._silence(frames, M))
        for i, sentence in enumerate(spoken):
            rest = self._frames(sentence.tail if i == len(spoken) - 1 else sentence.pause)
            sentences.append(replace(sentence, start=frames * hop / self.sample_rate))
            silence = self._silence(rest, M)
            audio += [sentence.audio, silence[0]]
            mel += [sentence.mel, silence[1]]
            frames += sentence.mel.shape[1] + rest
        return Speech(text, np.concatenate(audio), self.sample_rate, np.concatenate(mel, axis=1), sentences)


def _checked(text: Any, seed: Any, speed: Any, pitch: Any) -> tuple[str, int, Delivery]:
    """Remove unpaired surrogates from the text, and check the values of a request. The seed None is 0.

    Raises:
        TextError: ``text`` is not a string.
        AttuneError: another value is not a number, or is out of its range.
    """
    if not isinstance(text, str):
        raise TextError(f"the text is a {type(text).__name__}; give one string, and speak several one after another")
    seed = 0 if seed is None else seed
    if not isinstance(seed, Integral):
        raise AttuneError(f"seed is {seed!r}: use a whole number")
    if not isinstance(speed, Real) or not MIN_SPEED <= float(speed) <= MAX_SPEED:
        raise AttuneError(f"speed is {speed!r}: use a number from {MIN_SPEED:g} to {MAX_SPEED:g}; 1 is the voice's own")
    if not isinstance(pitch, Real) or not abs(float(pitch)) <= MAX_PITCH:
        raise AttuneError(
            f"pitch is {pitch!r}: use semitones from {-MAX_PITCH:g} to {MAX_PITCH:g}; 0 is the voice's own"
        )
    return replace_surrogates(text), int(seed), Delivery(float(speed), float(pitch))


def _clamp(speed: float) -> float:
    return min(max(speed, MIN_SPEED), MAX_SPEED)


def _at_rate(mel: np.ndarray, rate: float) -> np.ndarray:
    """(M, T_mel) -> (M, T_mel / rate): slower or faster at the same pitch, for ``<prosody rate>``."""
    if rate == 1.0:
        return mel
    T_mel, frames = mel.shape[1], max(1, round(mel.shape[1] / rate))
    places = ((np.arange(frames) + 0.5) * (T_mel / frames) - 0.5).clip(0, T_mel - 1)
    left = np.minimum(places.astype(int), max(T_mel - 2, 0))
    share = (places - left).astype(np.float32)
    return mel[:, left] * (1 - share) + mel[:, np.minimum(left + 1, T_mel - 1)] * share
