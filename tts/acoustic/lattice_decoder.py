r"""A mel decoder that sums over all monotonic alignments instead of using attention (Mehta et al. 2022, "Neural HMMs
are all you need (for high-quality attention-free TTS)"; with the lattice of a transducer: Bataev et al. 2025,
"TTS-Transducer", and Du et al. 2024, "VALL-T").

An LSTM reads the frames so far. For every symbol, a small network reads the LSTM's state and the symbol's vector and
computes the density of the next frames and the probability of moving on:

.. math:: z_{t,j} = \mathrm{ReLU}(W_z \tanh(W_q s_t + W_k h_j)), \qquad
          b_t(j) = \mathcal N\bigl(x_t;\, W_\mu z_{t,j},\, \mathrm{softplus}(W_\sigma z_{t,j}) + \sigma_0\bigr), \qquad
          m_t(j) = \sigma(w^\top z_{t,j})

`tts.nn.lattice` computes from them the exact likelihood of the speech, which is the loss (`tts.losses.likelihood`).
There is no context vector, and no symbol can be repeated: states go from left to right and, with the hidden Markov
model, none is skipped. Generation outputs the mean and leaves a symbol at a quantile of the learned stay, as in the
paper.

Differences from the papers: a state per symbol, not two; the move is decided before a frame, knowing all frames so far;
the post-net and its loss stay; the input of the post-net is the mean of the posterior; a stop logit ends utterances as
in every other decoder; with the transducer's lattice frames are continuous and have densities, while the papers predict
the tokens of a codec, and generation moves by at most one symbol per step: a symbol to which the likelihood gives no
frame lasts one step, and nothing is skipped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.acoustic.decoder_base import AutoregressiveDecoder, DecoderOptions
from tts.acoustic.decoder_output import (
    DecoderOutput,
    at_least_float32,
    max_decoder_steps,
    num_decoder_steps,
    split_frames,
    teacher_forcing_inputs,
)
from tts.attention.base import Attention, Constraint
from tts.core.errors import check_choice, check_duration
from tts.core.interfaces import Memory
from tts.nn.fp16 import FP16LSTM
from tts.nn.lattice import Kind, log_likelihood
from tts.nn.masks import last_valid, lengths_to_mask
from tts.nn.recurrent import CellState, SteppableLSTM


class LatticeDecoder(AutoregressiveDecoder):
    """An LSTM over frames and a network over the grid of frames and symbols.

    Args:
        n_mels: M.
        memory_dim: D.
        lattice: "hmm", every symbol lasts a step; or "transducer", in training a symbol may last no frame at all.
        rnn_dim: width of the LSTM.
        hidden_dim: K, width of the network over the grid.
        rnn_dropout: on the LSTM's output, in training.
        initial_duration: expected steps per symbol at the start of training, mel frames per symbol / R; more than one.
        duration_quantile: quantile of the learned stay at which generation leaves a symbol; above 0.5 speaks slower.
        min_deviation: sigma_0, in standard deviations of the normalized mel.
        shared: see `DecoderOptions`; constraints and a prior have no effect.

    Raises:
        ValueError: an argument is out of its range.
    """

    supports_constraints = False

    def __init__(
        self,
        n_mels: int,
        memory_dim: int,
        lattice: Kind,
        rnn_dim: int,
        hidden_dim: int,
        rnn_dropout: float,
        initial_duration: float,
        duration_quantile: float,
        min_deviation: float,
        **shared: Unpack[DecoderOptions],
    ) -> None:
        super().__init__(n_mels, **shared)
        check_choice("lattice", lattice, "hmm", "transducer")
        check_duration(initial_duration, duration_quantile)
        self.lattice, self.duration_quantile, self.min_deviation = lattice, duration_quantile, min_deviation
        self.rnn_dropout = rnn_dropout
        self.rnn = SteppableLSTM(shared["prenet_dim"], rnn_dim)
        self.query_projection = nn.Linear(rnn_dim, hidden_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, hidden_dim)
        self.hidden = nn.Linear(hidden_dim, hidden_dim)
        self.projection = nn.Linear(hidden_dim, self.reduction.largest * n_mels)
        self.deviation = nn.Linear(hidden_dim, self.reduction.largest * n_mels)
        self.move = nn.Linear(hidden_dim, 1)
        self.stop = nn.Linear(hidden_dim, 1)
        nn.init.constant_(self.move.bias, -math.log(initial_duration - 1))

    @property
    def attentions(self) -> list[Attention]:
        """None."""
        return []

    @property
    def head_names(self) -> list[str]:
        """Name of the only alignment, the posterior."""
        return ["posterior"]

    @torch.no_grad()
    def set_reduction_factor(self, reduction_factor: int) -> None:
        """See `AutoregressiveDecoder`; the odds of moving on scale with the length of a step too."""
        self.move.bias.add_(math.log(reduction_factor / self.reduction.value))
        super().set_reduction_factor(reduction_factor)

    # ---- training -------------------------------------------------------------------------------------------------

    def forward(
        self,
        memory: Tensor,
        token_mask: Tensor,
        mel: Tensor,
        mel_lengths: Tensor,
        durations: Tensor | None = None,
    ) -> DecoderOutput:
        """The likelihood of ``mel`` (B, M, T_mel) given ``memory`` (B, T_text, D), all cells of the grid at once.

        Alignments are the posterior; the mel before the post-net is the posterior's mean.

        Raises:
            ValueError: there are ``durations``, which this decoder cannot use.
        """
        if durations is not None:
            raise ValueError("this decoder learns from all alignments at once: set acoustic.use_forced_alignment=false")
        R, lengths = self.reduction_factor, token_mask.sum(1)
        decoder_lengths = num_decoder_steps(mel_lengths, R)
        T_dec = max_decoder_steps(mel, R)
        inputs = teacher_forcing_inputs(self.prenet, mel, R, T_dec, self.drop_frame_rate)
        hidden = F.dropout(self.rnn(inputs)[0], self.rnn_dropout, self.training)
        keys = self.key_projection(memory.masked_fill(~token_mask.unsqueeze(2), 0.0))
        cells = self._cells(self.query_projection(hidden).unsqueeze(2), keys.unsqueeze(1))  # (B, T_dec, T_text, K)
        with torch.autocast(memory.device.type, enabled=False):
            means = self.projection(at_least_float32(cells))[..., : R * self.n_mels]
            density = self._log_density(means, at_least_float32(cells), at_least_float32(mel), mel_lengths, T_dec)
            moves = self.move(at_least_float32(cells)).squeeze(3)
            total, posterior = log_likelihood(self.lattice, density, moves, lengths, decoder_lengths)
            frames = (posterior.unsqueeze(2) @ means).squeeze(2)  # (B, T_dec, R * M)
            stop_logits = (posterior * self.stop(at_least_float32(cells)).squeeze(3)).sum(2)
        mel_before = split_frames(frames, self.n_mels)
        alignments = posterior.unsqueeze(1)
        return DecoderOutput(mel_before, stop_logits, alignments, decoder_lengths, None, log_likelihood=total)

    def _cells(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Broadcast to (..., K)."""
        return F.relu(self.hidden(torch.tanh(queries + keys)))

    def _log_density(self, means: Tensor, cells: Tensor, mel: Tensor, mel_lengths: Tensor, T_dec: int) -> Tensor:
        """(B, T_dec, T_text), of the R frames of every step; frames past the end do not count."""
        B, M, T_mel = mel.shape
        R = self.reduction_factor
        deviations = F.softplus(self.deviation(cells)[..., : R * M]) + self.min_deviation
        padded = F.pad(mel, (0, max(0, T_dec * R - T_mel)))[:, :, : T_dec * R]
        targets = padded.mT.reshape(B, T_dec, 1, R * M)
        real = lengths_to_mask(mel_lengths, T_dec * R).view(B, T_dec, 1, R, 1).expand(-1, -1, -1, -1, M)
        densities = -0.5 * ((targets - means) / deviations).square() - deviations.log() - 0.5 * math.log(2 * math.pi)
        return densities.masked_fill(~real.flatten(3), 0.0).sum(3)

    # ---- generation -----------------------------------------------------------------------------------------------

    def start_generation(
        self, memory: Tensor, token_mask: Tensor, rules: Sequence[Constraint], num_steps: int
    ) -> tuple[Memory, GenerationState]:
        """See `AutoregressiveDecoder`."""
        values = memory.masked_fill(~token_mask.unsqueeze(2), 0.0)
        text = Memory(values, self.key_projection(values), token_mask)
        rnn = self._inference_module(self.rnn, memory.device)
        nowhere = torch.zeros(memory.shape[0], dtype=torch.int64, device=memory.device)
        return text, GenerationState(
            rnn, text, self.rnn.initial_state(memory), nowhere, at_least_float32(memory).new_zeros(memory.shape[0])
        )

    def step(self, x: Tensor, t: int, state: GenerationState) -> tuple[Tensor, Tensor, GenerationState]:
        """See `AutoregressiveDecoder`."""
        hidden = state.rnn.step(x, state.hidden)
        query = self.query_projection(hidden[0])
        symbol, survival = state.symbol, state.log_survival
        cell = self._cell_at(query, state.text, symbol)
        if t or self.lattice == "transducer":  # a hidden Markov model outputs its first frame before any move
            symbol, survival, cell = self._decide(query, state, cell)
        weights = F.one_hot(symbol, state.text.mask.shape[1]).to(survival.dtype).unsqueeze(1)
        return cell, weights, state._replace(hidden=hidden, symbol=symbol, log_survival=survival)

    def _decide(self, query: Tensor, state: GenerationState, cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Stay or move: symbol (B,), log survival (B,) and cell (B, K) after the decision."""
        last = last_valid(state.text.mask)
        survival = state.log_survival + self._log_stay(cell)
        moves = (survival < math.log(1 - self.duration_quantile)) & (state.symbol < last)
        symbol = state.symbol + moves
        return symbol, survival.masked_fill(moves, 0.0), self._cell_at(query, state.text, symbol)

    def _cell_at(self, query: Tensor, text: Memory, symbol: Tensor) -> Tensor:
        keys = text.keys.gather(1, symbol.view(-1, 1, 1).expand(-1, 1, text.keys.shape[2])).squeeze(1)
        return self._cells(query, keys)  # (B, K)

    def _log_stay(self, cell: Tensor) -> Tensor:
        return F.logsigmoid(-at_least_float32(self.move(cell)).squeeze(1))


class GenerationState(NamedTuple):
    """A `LatticeDecoder` between two steps of generation."""

    rnn: SteppableLSTM | FP16LSTM
    text: Memory
    hidden: CellState
    symbol: Tensor  # (B,) int64
    log_survival: Tensor  # (B,), log probability of the stay on the symbol so far
