"""The shape legend, the tuples that travel between layers, and the protocols that parts fulfill.

Shapes, everywhere in this package:

====== ============================== =====================================================
letter meaning                        tensors
====== ============================== =====================================================
B      batch                          ``tokens`` (B, T_text) int64, padding 0
T_text symbols of the text            ``token_lengths``, ``mel_lengths`` (B,) int64
T_mel  mel frames                     ``token_mask`` (B, T_text), ``mel_mask`` (B, T_mel) bool, True = valid
T_dec  decoder steps, ceil(T_mel / R) ``memory`` (B, T_text, D)
M      mel channels                   ``query`` (B, D_q), ``queries`` (B, T_dec, D_q)
D      memory width                   ``energies`` -> ``weights`` (B, H, T_text), one step
D_q    query width                    ``context`` (B, D), ``contexts`` (B, T_dec, D)
A      attention width                ``alignments`` (B, H, T_dec, T_text)
H      heads, 1 if single             ``mel`` (B, M, T_mel), natural logarithm
R      reduction factor               ``stop_logits`` (B, T_dec)
T_wav  samples                        ``wav`` (B, T_wav) in [-1, 1]
====== ============================== =====================================================

Words as names; singular for one step, plural for a sequence; ``*_lengths`` count, ``*_mask`` are boolean,
``*_logits`` come before a nonlinearity, ``num_*`` are counts and ``*_dim`` widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor


class Batch(NamedTuple):
    """What the data layer hands to training: one padded batch of utterances."""

    ids: list[str]
    tokens: Tensor  # (B, T_text) int64
    token_lengths: Tensor  # (B,) int64
    mel: Tensor  # (B, M, T_mel), padded with the mel's floor
    mel_lengths: Tensor  # (B,) int64
    durations: Tensor | None = None  # (B, T_text) int64, mel frames per symbol, where the corpus has been aligned
    pitch: Tensor | None = None  # (B, T_mel) ln Hz, zero where unvoiced, where the corpus has it
    num_frames: int = 0  # the sum of mel_lengths, for which nobody has to ask a GPU; 0 if nobody counted

    def to(self, device: torch.device | str) -> Batch:
        """The same batch with every tensor on ``device``."""
        tensors = {name: x for name, x in self._asdict().items() if isinstance(x, Tensor)}
        moved: dict[str, Any] = {name: x.to(device, non_blocking=True) for name, x in tensors.items()}
        return self._replace(**moved)


class Memory(NamedTuple):
    """An encoded text as an attention sees it: what it reads, what it compares with, and what is real."""

    values: Tensor  # (B, T_text, D), zero at padding
    keys: Tensor  # (B, T_text, A) or whatever the mechanism projects once per utterance
    mask: Tensor  # (B, T_text) bool, True = valid
    num_steps: Tensor | None = None  # (B,) decoder steps of the utterance, where they are known: in training


class SecondDecoder(NamedTuple):
    """What a second decoder, slower per step and only there to teach, makes of the same utterances."""

    mel: Tensor  # (B, M, T_mel)
    alignments: Tensor  # (B, H, T_dec', T_text)
    decoder_lengths: Tensor  # (B,) int64
    ratio: float  # its frames per step over those of the first decoder


class ProsodyOutput(NamedTuple):
    """What a parallel model predicts before the mel, beside what was measured, in training."""

    log_durations: Tensor  # (B, T_text), ln(1 + frames)
    durations: Tensor  # (B, T_text), measured frames
    predicted: tuple[Tensor, Tensor, Tensor] | tuple[()]  # pitch, voicing logits, energy, (B, T_dec) each
    measured: Any | None  # `tts.acoustic.prosody.Prosody`: the same, measured; None for a model without


class UtteranceOutput(NamedTuple):
    """One utterance of an `AcousticOutput`, cropped to its true lengths, in memory; float32."""

    mel: np.ndarray  # (M, T_mel)
    alignment: np.ndarray  # (T_dec, T_text), mean of the heads that say where the text is being read
    heads: np.ndarray  # (H, T_dec, T_text)
    stop: np.ndarray  # (T_dec,), probability of the end


class AcousticOutput(NamedTuple):
    """What an acoustic model returns, from teacher forcing and from generation alike."""

    mel: Tensor  # (B, M, T_mel) after the post-net
    mel_before: Tensor  # (B, M, T_mel) before it
    mel_lengths: Tensor  # (B,) int64
    stop_logits: Tensor  # (B, T_dec)
    alignments: Tensor  # (B, H, T_dec, T_text), weights that made the contexts, or given at each step of `path`
    decoder_lengths: Tensor  # (B,) int64, ceil(mel_lengths / R)
    path: Tensor | None = None  # (B, T_dec) int64, the symbol of each step, when training follows known durations
    second: SecondDecoder | None = None  # in teacher forcing, of a model that has one
    heads: list[int] | None = None  # of the H, which say where the text is being read; None is all
    self_fed: Tensor | None = None  # (B,) bool, who heard in training what the model says itself; None is nobody
    log_likelihood: Tensor | None = None  # (B,) float64, in teacher forcing, of the speech under all alignments
    prosody: ProsodyOutput | None = None  # in training, of a parallel model

    @property
    def alignment(self) -> Tensor:
        """(B, T_dec, T_text): the mean of the heads that say where the text is being read."""
        if self.heads is None:
            return self.alignments.mean(1)
        chosen = [self.alignments[:, head] for head in self.heads]  # as an index they would be copied to a GPU
        return torch.stack(chosen).mean(0)

    def utterance(self, b: int, num_symbols: int) -> UtteranceOutput:
        """Utterance ``b`` of the batch, whose text has ``num_symbols`` symbols."""
        T_mel, T_dec = int(self.mel_lengths[b]), int(self.decoder_lengths[b])
        return UtteranceOutput(
            mel=_array(self.mel[b, :, :T_mel]),
            alignment=_array(self.alignment[b, :T_dec, :num_symbols]),
            heads=self.alignments[b, :, :T_dec, :num_symbols].detach().float().cpu().numpy(),
            stop=_array(torch.sigmoid(self.stop_logits[b, :T_dec].float())),
        )


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy().copy()


@runtime_checkable
class AcousticModel(Protocol):
    """Symbols to mel: all that training and synthesis use of a model."""

    reduction_factor: int
    needs_durations: bool  # whether `__call__` cannot do without ``batch.durations``
    has_windows: bool  # whether some frames of an utterance can be made without the rest of it
    use_forced_alignment: bool  # whether `__call__` follows ``batch.durations``
    head_names: list[str]  # of the H alignments
    attentions: Sequence[Any]  # the modules that attend, in order
    supports_constraints: bool  # whether `generate` can be held to rules
    is_stochastic: bool  # whether another seed gives another reading
    has_speed: bool  # whether `generate` can change the speed
    has_pitch: bool  # whether `generate` can change the pitch

    def __call__(self, batch: Batch) -> AcousticOutput:
        """Teacher forcing: predict ``batch.mel`` from its own past and the text."""

    def generate(
        self,
        tokens: Tensor,
        token_lengths: Tensor,
        seeds: list[int],
        constraints: Sequence[Any] = (),
        speed: float | Sequence[float] = 1.0,
        pitch: float | Sequence[float] = 0.0,
    ) -> AcousticOutput:
        """Free running, one seed per utterance; the result does not depend on what else is in the batch.

        Args:
            tokens: (B, T_text) int64.
            token_lengths: (B,) int64.
            seeds: B of them.
            constraints: rules for the attention, `tts.attention.base.Constraint`, where it ``supports_constraints``.
            speed: 2.0 is twice as fast; one number or B, where it ``has_speed``.
            pitch: semitones up, likewise, where it ``has_pitch``.
        """

    def set_step(self, step: int) -> None:
        """Tell the model the number of optimizer steps that training has done; what fades with training follows it."""


class Loss(Protocol):
    """A training loss, of an acoustic model or a vocoder: the total is the sum of ``weight`` times each."""

    weight: float

    def __call__(self, output: Any, batch: Any, step: int) -> Tensor:
        """What the model returned, the batch it was given, the optimizer step -> a scalar, not weighted."""


class VocoderStream(Protocol):
    """A vocoder that is fed in chunks; joined, they are the waveform of the whole."""

    def push(self, mel: Tensor) -> Tensor:
        """(B, M, T), T >= 0 new frames -> (B, samples) that they make certain, perhaps none."""

    def finish(self) -> Tensor:
        """The rest of the waveform. Raises ValueError if nothing was pushed."""


@runtime_checkable
class Vocoder(Protocol):
    """Mel to waveform; carries the mel contract it was made for."""

    mel_spec: dict[str, object]

    def __call__(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel) -> (B, T_wav), T_wav = T_mel * hop_length."""

    def stream(self) -> VocoderStream:
        """Begin another waveform that is made in chunks."""


class VocoderOutput(NamedTuple):
    """What a vocoder makes of a batch in training."""

    wav: Tensor  # (B, T_wav)
    losses: dict[str, Tensor]  # of its own, such as its pitch predictor's; scalars, by name


@runtime_checkable
class TrainableVocoder(Vocoder, Protocol):
    """A vocoder that has something to learn."""

    def training_forward(self, mel: Tensor, wav: Tensor) -> VocoderOutput:
        """(B, M, T_mel), the recording (B, T_wav) -> what is made of the mel, and losses of the vocoder's own."""
