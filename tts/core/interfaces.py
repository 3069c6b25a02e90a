"""The shape legend, the tuples that packages exchange, and the protocols of models, losses and vocoders.

Shapes in the whole package:

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

Names are words: singular for one step, plural for a sequence. ``*_lengths`` and ``num_*`` are counts, ``*_mask`` are
boolean, ``*_logits`` are values before a nonlinearity, and ``*_dim`` are widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor


class Batch(NamedTuple):
    """A padded batch of utterances for training."""

    ids: list[str]
    tokens: Tensor  # (B, T_text) int64
    token_lengths: Tensor  # (B,) int64
    mel: Tensor  # (B, M, T_mel), padded with the floor of the mel
    mel_lengths: Tensor  # (B,) int64
    durations: Tensor | None = None  # (B, T_text) int64, mel frames per symbol; None if the corpus is not aligned
    pitch: Tensor | None = None  # (B, T_mel) ln Hz, zero where unvoiced; None if the corpus has no pitch
    num_frames: int = 0  # sum of mel_lengths as an int, to avoid a GPU synchronization; 0 if unknown

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch with every tensor on ``device``."""
        tensors = {name: x for name, x in self._asdict().items() if isinstance(x, Tensor)}
        moved: dict[str, Any] = {name: x.to(device, non_blocking=True) for name, x in tensors.items()}
        return self._replace(**moved)


class Memory(NamedTuple):
    """An encoded text for an attention: values, keys and mask."""

    values: Tensor  # (B, T_text, D), zero at padding
    keys: Tensor  # (B, T_text, A), or another projection that the mechanism computes once per utterance
    mask: Tensor  # (B, T_text) bool, True = valid
    num_steps: Tensor | None = None  # (B,) decoder steps of the utterance in training; None in generation
    positions: Tensor | None = None  # (B, T_dec) symbols, of the queries, if a layer below has computed them


class SecondDecoder(NamedTuple):
    """Output of a second decoder with a larger reduction factor, which is used only in training."""

    mel: Tensor  # (B, M, T_mel)
    alignments: Tensor  # (B, H, T_dec', T_text)
    decoder_lengths: Tensor  # (B,) int64
    ratio: float  # its frames per step divided by those of the first decoder


class ProsodyOutput(NamedTuple):
    """In training: the durations and prosody that a parallel model predicts, and the measured ones."""

    log_durations: Tensor  # (B, T_text), ln(1 + frames)
    durations: Tensor  # (B, T_text), measured frames
    predicted: tuple[Tensor, Tensor, Tensor] | tuple[()]  # pitch, voicing logits, energy, (B, T_dec) each
    measured: Any | None  # `tts.acoustic.prosody.Prosody`, measured; None if the model has no prosody predictor


class UtteranceOutput(NamedTuple):
    """One utterance of an `AcousticOutput`, cropped to its lengths, as float32 arrays in main memory."""

    mel: np.ndarray  # (M, T_mel)
    alignment: np.ndarray  # (T_dec, T_text), mean of the alignment heads
    heads: np.ndarray  # (H, T_dec, T_text)
    stop: np.ndarray  # (T_dec,), stop probability


class AcousticOutput(NamedTuple):
    """Output of an acoustic model, in teacher forcing and in generation."""

    mel: Tensor  # (B, M, T_mel) after the post-net
    mel_before: Tensor  # (B, M, T_mel) before the post-net
    mel_lengths: Tensor  # (B,) int64
    stop_logits: Tensor  # (B, T_dec)
    alignments: Tensor  # (B, H, T_dec, T_text), the weights of the contexts, or the weights along `path`
    decoder_lengths: Tensor  # (B,) int64, ceil(mel_lengths / R)
    path: Tensor | None = None  # (B, T_dec) int64, the symbol of each step, if training uses known durations
    second: SecondDecoder | None = None  # in teacher forcing, if the model has a second decoder
    heads: list[int] | None = None  # indices of the alignment heads among the H heads; None means all
    self_fed: Tensor | None = None  # (B,) bool, utterances with scheduled sampling in training; None means none
    log_likelihood: Tensor | None = None  # (B,) float64, of the speech under all alignments, in teacher forcing
    prosody: ProsodyOutput | None = None  # in training of a parallel model

    @property
    def alignment(self) -> Tensor:
        """(B, T_dec, T_text): the mean of the alignment heads."""
        if self.heads is None:
            return self.alignments.mean(1)
        chosen = [self.alignments[:, head] for head in self.heads]  # a list index would be copied to the GPU
        return torch.stack(chosen).mean(0)

    def utterance(self, b: int, num_symbols: int) -> UtteranceOutput:
        """Return utterance ``b`` of the batch, whose text has ``num_symbols`` symbols."""
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
    """A model from symbols to mels, as training and synthesis use it."""

    reduction_factor: int
    needs_durations: bool  # whether `__call__` requires ``batch.durations``
    has_windows: bool  # whether a part of an utterance's frames can be decoded without the other frames
    use_forced_alignment: bool  # whether `__call__` uses ``batch.durations`` as the alignment
    head_names: list[str]  # names of the H alignments
    attentions: Sequence[Any]  # the attention modules, in order
    supports_constraints: bool  # whether `generate` accepts constraints
    is_stochastic: bool  # whether the result of `generate` depends on the seed
    has_speed: bool  # whether `generate` can change the speed
    has_pitch: bool  # whether `generate` can change the pitch

    def __call__(self, batch: Batch) -> AcousticOutput:
        """Teacher forcing: predict each frame of ``batch.mel`` from the frames before it and the text."""

    def generate(
        self,
        tokens: Tensor,
        token_lengths: Tensor,
        seeds: list[int],
        constraints: Sequence[Any] = (),
        speed: float | Sequence[float] = 1.0,
        pitch: float | Sequence[float] = 0.0,
    ) -> AcousticOutput:
        """Free-running generation with one seed per utterance. An utterance does not depend on the others.

        Args:
            tokens: (B, T_text) int64.
            token_lengths: (B,) int64.
            seeds: B seeds.
            constraints: `tts.attention.base.Constraint` for the attention, if the model ``supports_constraints``.
            speed: factor, 2.0 is twice as fast; one number or B numbers, if the model ``has_speed``.
            pitch: shift in semitones; one number or B numbers, if the model ``has_pitch``.
        """

    def set_step(self, step: int) -> None:
        """Set the number of optimizer steps of training so far, which schedules inside the model use."""


@runtime_checkable
class VariableReduction(Protocol):
    """An acoustic model whose reduction factor may change while it learns."""

    reduction_factor: int

    def set_reduction_factor(self, reduction_factor: int) -> None:
        """Set R, frames per decoder step, and recalibrate what counts steps."""


class Loss(Protocol):
    """A training loss of an acoustic model or a vocoder. The total loss is the sum of ``weight`` times each loss."""

    weight: float

    def __call__(self, output: Any, batch: Any, step: int) -> Tensor:
        """Compute the loss as an unweighted scalar.

        Args:
            output: the output of the model.
            batch: the batch that the model received.
            step: the number of optimizer steps so far.
        """


class VocoderStream(Protocol):
    """A vocoder that receives its mel in chunks. The joined audio equals the waveform of the whole mel."""

    def push(self, mel: Tensor) -> Tensor:
        """(B, M, T), T >= 0 new frames -> (B, samples) that later frames cannot change; may be empty."""

    def finish(self) -> Tensor:
        """Return the rest of the waveform. Raises ValueError if no frame was pushed."""


@runtime_checkable
class Vocoder(Protocol):
    """A model from mel to waveform. ``mel_spec`` describes the mels that it accepts."""

    mel_spec: dict[str, object]

    def __call__(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel) -> (B, T_wav), T_wav = T_mel * hop_length."""

    def stream(self) -> VocoderStream:
        """Start a new waveform that is computed in chunks."""


class VocoderOutput(NamedTuple):
    """Output of a vocoder in training."""

    wav: Tensor  # (B, T_wav)
    losses: dict[str, Tensor]  # scalar losses of the vocoder itself, such as its pitch predictor's, by name


@runtime_checkable
class TrainableVocoder(Vocoder, Protocol):
    """A vocoder with trainable weights."""

    def training_forward(self, mel: Tensor, wav: Tensor) -> VocoderOutput:
        """Mel (B, M, T_mel) and recording (B, T_wav) -> the generated waveform and the vocoder's own losses."""
