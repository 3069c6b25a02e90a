"""The recurrent mel decoder of Tacotron 2 (Shen et al. 2018, section 2.2) around any attention.

One step: the attention LSTM reads the last frame (through the prenet) and the last context and gives the query; the
attention returns a context; the decoder LSTM reads both, and two linear maps give R frames and a stop logit.

Differences from the paper: dropout is applied to the outputs of the LSTMs, not inside their recurrence (the paper uses
zoneout), so the decoder LSTM, on which no attention depends, runs over whole sequences in training. A step has R
frames, and a schedule may lower R during training. If durations are known, the attention may be trained along their
path, and the input of some utterances may be the decoder's own frames along this path, as in generation (professor
forcing: Lamb et al. 2016). A prior may change the attention in training; constraints and a stop rule may change
generation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from tts.acoustic.durations import durations_to_path
from tts.attention.base import Attention, ConstrainedAttention, Constraint, State, gather_symbols
from tts.core.interfaces import Memory
from tts.nn.cuda_graphs import ScanGraphs
from tts.nn.fp16 import FP16LSTM
from tts.nn.recurrent import CellState, SteppableLSTM


class RecurrentDecoder(AutoregressiveDecoder):
    """Attention LSTM, attention, decoder LSTM.

    Args:
        n_mels: M.
        memory_dim: D.
        attention: makes the attention from ``query_dim`` and ``memory_dim``.
        scheduled_sampling: probability that the decoder's input for an utterance of a training step with known
            durations is its own output instead of the recording's frames; `DecoderOutput.self_fed` marks these.
        attention_rnn_dim: D_q, width of the attention LSTM.
        decoder_rnn_dim: width of the decoder LSTM.
        attention_dropout: on the attention LSTM's output, in training.
        decoder_dropout: on the decoder LSTM's output, in training.
        shared: see `DecoderOptions`.
    """

    loops_in_training = True

    def __init__(
        self,
        n_mels: int,
        memory_dim: int,
        attention: Callable[..., Attention],
        scheduled_sampling: float,
        attention_rnn_dim: int,
        decoder_rnn_dim: int,
        attention_dropout: float,
        decoder_dropout: float,
        **shared: Unpack[DecoderOptions],
    ) -> None:
        super().__init__(n_mels, **shared)
        self.scheduled_sampling = scheduled_sampling
        self.attention_dropout, self.decoder_dropout = attention_dropout, decoder_dropout
        self.attention_rnn = SteppableLSTM(shared["prenet_dim"] + memory_dim, attention_rnn_dim)
        self.attention = attention(query_dim=attention_rnn_dim, memory_dim=memory_dim)
        self.decoder_rnn = SteppableLSTM(attention_rnn_dim + memory_dim, decoder_rnn_dim)
        self.projection = nn.Linear(decoder_rnn_dim + memory_dim, self.reduction.largest * n_mels)
        self.stop = nn.Linear(decoder_rnn_dim + memory_dim, 1)
        self._graphs: ScanGraphs | None = None

    @property
    def attentions(self) -> list[Attention]:
        """The only attention."""
        return [self.attention]

    @property
    def head_names(self) -> list[str]:
        """Name of each of the H alignments."""
        heads = self.attention.num_heads
        return [f"head {head}" for head in range(1, heads + 1)] if heads > 1 else ["attention"]

    @property
    def supports_constraints(self) -> bool:
        """Whether `generate` accepts ``constraints``; False if the attention is monotonic by itself."""
        return not self.attention.is_monotonic

    # ---- teacher forcing ------------------------------------------------------------------------------------------

    def forward(
        self,
        memory: Tensor,
        token_mask: Tensor,
        mel: Tensor,
        mel_lengths: Tensor,
        durations: Tensor | None = None,
    ) -> DecoderOutput:
        """Predict ``mel`` (B, M, T_mel) from its own past and ``memory`` (B, T_text, D).

        With ``durations`` (B, T_text) the contexts are those of the known path, and ``alignments`` are the weights that
        the attention computes at every step of the path; then nothing here loops over time.
        """
        R = self.reduction_factor
        decoder_lengths, T_dec = num_decoder_steps(mel_lengths, R), max_decoder_steps(mel, R)
        with torch.autocast(memory.device.type, enabled=False):
            prepared = self.attention.prepare(at_least_float32(memory), token_mask, decoder_lengths)
        if durations is None:
            path = own = None
        else:
            path = durations_to_path(durations, token_mask.sum(1), decoder_lengths, R, T_dec)
            mel, own = self._scheduled_sampling(mel, prepared, path)
        inputs = teacher_forcing_inputs(self.prenet, mel, R, T_dec, self.drop_frame_rate)
        if path is None:
            shape = T_dec, token_mask.shape[1]
            rule = None if self.prior is None else self.prior(token_mask.sum(1), decoder_lengths, shape)
            queries, contexts, alignments = self._scan(inputs, prepared, rule)
        else:
            queries, contexts, alignments = self._follow(inputs, prepared, path)
        attended = torch.cat((queries, contexts.to(queries.dtype)), 2)
        hidden = self.decoder_rnn(attended.to(inputs.dtype))[0]  # torch's CPU LSTM rejects float32 under bfloat16
        hidden = F.dropout(hidden, self.decoder_dropout, self.training)
        mel_before, stop_logits = self._project(torch.cat((hidden, contexts.to(hidden.dtype)), 2))
        return DecoderOutput(mel_before, stop_logits, alignments, decoder_lengths, path, self_fed=own)

    def use_cuda_graphs(self) -> None:
        """Replay the loop of training as CUDA graphs, one for each shape of a batch."""
        for parameter in (*self.attention_rnn.parameters(), *self.attention.parameters()):
            parameter.register_hook(torch.clone)  # a graph reuses the memory of its gradients, and some share it
        self._graphs = ScanGraphs(lambda: _Scan(self))

    def _scan(self, inputs: Tensor, memory: Memory, rule: Constraint | None) -> tuple[Tensor, ...]:
        replayed = None
        if self._graphs is not None and rule is None and self.training and torch.is_grad_enabled():
            replayed = self._graphs(inputs, memory)
        return self._attend(inputs, memory, rule) if replayed is None else replayed

    def _attend(self, inputs: Tensor, memory: Memory, rule: Constraint | None) -> tuple[Tensor, Tensor, Tensor]:
        """Loop over steps: every query depends on the context before it."""
        attention = self.attention if rule is None else ConstrainedAttention(self.attention, [rule])
        lstm = self.attention_rnn.unrolled(inputs)
        state, hidden = attention.initial_state(memory), self.attention_rnn.initial_state(at_least_float32(inputs))
        context = memory.values[:, 0] * 0.0
        steps = []
        for t in range(inputs.shape[1]):
            hidden = lstm.step(t, context, hidden)
            query = F.dropout(hidden[0], self.attention_dropout, self.training)
            with torch.autocast(query.device.type, enabled=False):  # half precision loses small weights
                context, weights, state = attention.step(at_least_float32(query), memory, state)
            steps.append((query, context, weights))
        queries, contexts, alignments = zip(*steps)
        return torch.stack(queries, 1), torch.stack(contexts, 1), torch.stack(alignments, 2)

    def _follow(self, inputs: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """With a known path, all contexts are known, so the LSTMs and the attention process whole sequences."""
        contexts = gather_symbols(memory.values, path)
        previous = F.pad(contexts[:, :-1], (0, 0, 1, 0)).to(inputs.dtype)
        queries = self.attention_rnn(torch.cat((inputs, previous), 2))[0]
        queries = F.dropout(queries, self.attention_dropout, self.training)
        with torch.autocast(queries.device.type, enabled=False):
            alignments = self.attention.alignments_along(at_least_float32(queries), memory, path)
        return queries, contexts, alignments

    @torch.no_grad()
    def _scheduled_sampling(self, mel: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor | None]:
        """``mel`` with some utterances replaced by the decoder's output along ``path``, and which these are (B,)."""
        own = torch.rand(len(mel)) < (self.scheduled_sampling if self.training else 0.0)  # on the CPU, which tests it
        if not own.any():
            return mel, None
        rows = own.nonzero().squeeze(1).to(mel.device, non_blocking=True)
        contexts = at_least_float32(gather_symbols(memory.values, path)[rows])
        with torch.autocast(mel.device.type, enabled=False):  # its cache would keep weights without their gradient
            output = self._free_run_along(contexts)[:, :, : mel.shape[2]]
        return mel.index_copy(0, rows, output.to(mel.dtype)), own.to(mel.device, non_blocking=True)

    def _free_run_along(self, contexts: Tensor) -> Tensor:
        """Free running with known contexts (B, T_dec, D) for all steps: (B, M, T_dec * R)."""
        frame, context = contexts.new_zeros(len(contexts), self.n_mels), torch.zeros_like(contexts[:, 0])
        attention_hidden, decoder_hidden = (
            rnn.initial_state(contexts) for rnn in (self.attention_rnn, self.decoder_rnn)
        )
        groups = []
        for known in contexts.unbind(1):
            attention_hidden = self.attention_rnn.step(torch.cat((self.prenet(frame), context), 1), attention_hidden)
            context = known
            decoder_hidden = self.decoder_rnn.step(torch.cat((attention_hidden[0], context), 1), decoder_hidden)
            features = torch.cat((decoder_hidden[0], context), 1)
            groups.append(self.projection(features)[:, : self.reduction_factor * self.n_mels])
            frame = groups[-1][:, -self.n_mels :]
        return split_frames(torch.stack(groups, 1), self.n_mels)

    # ---- free running ---------------------------------------------------------------------------------------------

    def start_generation(
        self, memory: Tensor, token_mask: Tensor, rules: Sequence[Constraint], num_steps: int
    ) -> tuple[Memory, GenerationState]:
        """See `AutoregressiveDecoder`."""
        prepared = self.attention.prepare(memory, token_mask)
        attention = ConstrainedAttention(self.attention, rules) if rules else self.attention
        return prepared, GenerationState(
            attention=attention,
            memory=prepared,
            attention_rnn=self._inference_module(self.attention_rnn, memory.device),
            decoder_rnn=self._inference_module(self.decoder_rnn, memory.device),
            aligned=attention.initial_state(prepared),
            context=torch.zeros_like(memory[:, 0]),
            attention_hidden=self.attention_rnn.initial_state(memory),
            decoder_hidden=self.decoder_rnn.initial_state(memory),
        )

    def step(self, x: Tensor, t: int, state: GenerationState) -> tuple[Tensor, Tensor, GenerationState]:
        """See `AutoregressiveDecoder`."""
        attention_hidden = state.attention_rnn.step(torch.cat((x, state.context), 1), state.attention_hidden)
        context, weights, aligned = state.attention.step(attention_hidden[0], state.memory, state.aligned)
        x = torch.cat((attention_hidden[0], context), 1)
        decoder_hidden = state.decoder_rnn.step(x, state.decoder_hidden)
        features = torch.cat((decoder_hidden[0], context), 1)
        state = state._replace(
            aligned=aligned, context=context, attention_hidden=attention_hidden, decoder_hidden=decoder_hidden
        )
        return features, weights, state


class _Scan(nn.Module):
    """The loop of a decoder with its weights, in the form that CUDA graphs need: tensors in, tensors out."""

    def __init__(self, decoder: RecurrentDecoder) -> None:
        super().__init__()
        self.attention_rnn, self.attention, self._attend = decoder.attention_rnn, decoder.attention, decoder._attend
        self.train(decoder.training)

    def forward(self, inputs: Tensor, values: Tensor, keys: Tensor, mask: Tensor, *steps: Tensor) -> tuple[Tensor, ...]:
        return self._attend(inputs, Memory(values, keys, mask, *steps), None)


class GenerationState(NamedTuple):
    """A `RecurrentDecoder` between two steps of free running."""

    attention: Attention | ConstrainedAttention
    memory: Memory
    attention_rnn: SteppableLSTM | FP16LSTM
    decoder_rnn: SteppableLSTM | FP16LSTM
    aligned: State
    context: Tensor  # (B, D)
    attention_hidden: CellState
    decoder_hidden: CellState
