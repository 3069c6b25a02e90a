"""The graphs of a recurrent or Transformer acoustic model; `tts.engine.autoregressive` runs them.

=================  =================================================================================================
``encoder.onnx``   tokens (T_text,) -> memory (T_text, D)
``start.onnx``     memory (B, T_text, D), mask -> all inputs and outputs of a step, by name
``step.onnx``      frame (B, M), these tensors -> frames (B, R * M), stop_logits, ends (B,), alignment (B, T_text), and
                   the tensors that changed
``postnet.onnx``   frames (T_mel, M) of one utterance -> mel (T_mel, M)
=================  =================================================================================================

The encoder and the post-net process one utterance, the other graphs B; B is always 1 if the operators of the attention
have a fixed batch. The attention, its constraints and the stop rule are inside ``step.onnx``. So are the rules of
``conf/repair.yaml``, each with a switch. The input ``time`` exists for absolute positions, and ``dropout`` for a model
that uses a seed.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.acoustic.lattice_decoder import LatticeDecoder
from tts.acoustic.model import SequenceToMel
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.core.interfaces import Memory
from tts.nn.recurrent import BidirectionalLSTM, CellState, SteppableLSTM, lstm_cell
from tts.onnx_export.batches import same_in_a_batch
from tts.onnx_export.graphs import write_graph
from tts.onnx_export.structures import GrowingCache, leaves, rebuild

Rules = Mapping[str, Sequence[Any]]  # constraints on the attention, by name
SYMBOLS = 11  # length of the example; no other size in a model may be equal
BATCH = 2  # B of the example


def export_autoregressive(model: SequenceToMel, rules: Rules, folder: Path) -> dict[str, Any]:
    """Write the graphs of ``model`` into ``folder``. Returns the options of the manifest.

    Args:
        model: a recurrent or Transformer model with any attention.
        rules: constraints for repair; they are left out if the attention is monotonic by itself.
        folder: the folder of the graphs.
    """
    model = copy.deepcopy(model).eval()
    model.decoder.fp16_generation = False
    options = _export(model, rules, folder, BATCH)
    return options if same_in_a_batch(options, folder) else _export(model, rules, folder, 1)


def _export(model: SequenceToMel, rules: Rules, folder: Path, batch: int) -> dict[str, Any]:
    decoder = model.decoder
    names = list(rules) if model.supports_constraints else []
    tokens = torch.arange(1, SYMBOLS + 1) % cast(nn.Embedding, model.encoder.embedding).num_embeddings
    text = {"tokens": {0: "symbols"}, "memory": {0: "symbols"}}
    encoder = EncoderGraph(model.encoder)
    write_graph(encoder, folder / "encoder.onnx", {"tokens": tokens}, ["memory"], text)
    with torch.inference_mode():
        memory = encoder(tokens).repeat(batch, 1, 1)
    step = StepGraph(decoder, [rules[name] for name in names])
    step.structure = _start(step, memory)
    states, changing = _export_step(step, names, memory, folder)
    _export_start(step, memory, states, folder)
    frames = {name: {0: "frames"} for name in ("frames", "mel")}
    example = torch.randn(20, decoder.n_mels)
    write_graph(PostnetGraph(model), folder / "postnet.onnx", {"frames": example}, ["mel"], frames)
    return {
        "kind": "autoregressive",
        "batch": batch > 1,
        "reduction_factor": decoder.reduction_factor,
        "n_mels": decoder.n_mels,
        "max_frames_offset": decoder.max_frames_offset,
        "max_frames_per_symbol": decoder.max_frames_per_symbol,
        "rules": names,
        "dropout": _dropout(decoder),
        "time": step.counts_time,
        "states": states,
        "changing": changing,
    }


def _dropout(decoder: Any) -> dict[str, Any] | None:
    prenet = decoder.prenet
    if not prenet.prenet_dropout_inference:
        return None
    return {"rate": prenet.prenet_dropout_inference, "layers": len(prenet.layers), "dim": prenet.hidden_dim}


class Generation(NamedTuple):
    """The inputs of a step, as nested structures."""

    text: Memory
    decoder: Any  # its generation state
    stop: Any  # the state of the stop rule; None without a rule


class EncoderGraph(nn.Module):
    """tokens (T_text,) -> memory (T_text, D)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        for module in list(encoder.modules()):
            for name, child in module.named_children():
                if isinstance(child, BidirectionalLSTM):
                    setattr(module, name, WithoutPadding(child.lstm))

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        return self.encoder(tokens.unsqueeze(0), torch.ones_like(tokens).sum().unsqueeze(0))[0]


class WithoutPadding(nn.Module):
    """A `BidirectionalLSTM` for a single utterance."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm = lstm

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """See `BidirectionalLSTM`."""
        return self.lstm(x)[0]


class PostnetGraph(nn.Module):
    """frames (T_mel, M) -> mel (T_mel, M), on the scale of the voice."""

    def __init__(self, model: SequenceToMel) -> None:
        super().__init__()
        self.model = model

    def forward(self, frames: Tensor) -> Tensor:
        """See the class."""
        x = frames.T.unsqueeze(0)
        mel = self.model.postnet(x, torch.ones_like(x[:, 0], dtype=torch.bool))
        return mel[0].T * self.model.mel_std + self.model.mel_mean


class Switched:
    """A constraint that applies only if ``on`` is True; see `tts.attention.base.Constraint`.

    Args:
        constraint: the rule.
        on: () bool.
    """

    def __init__(self, constraint: Any, on: Tensor) -> None:
        self._constraint, self._on = constraint, on
        self.initial_state, self.update_state = constraint.initial_state, constraint.update_state

    def __call__(self, weights: Tensor, memory: Memory, state: Any) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        return torch.where(self._on, self._constraint(weights, memory, state), weights)


class TraceableLSTM(nn.Module):
    """The step of a `SteppableLSTM` as a matrix product."""

    def __init__(self, lstm: SteppableLSTM) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.cat((lstm.weight_ih_l0, lstm.weight_hh_l0), 1), requires_grad=False)
        self.bias = nn.Parameter(lstm.bias_ih_l0 + lstm.bias_hh_l0, requires_grad=False)
        self.sizes = [lstm.hidden_size] * 4

    def step(self, x: Tensor, state: CellState) -> CellState:
        """(B, D_in) -> the next (hidden, cell)."""
        gates = F.linear(torch.cat((x, state[0]), 1), self.weight, self.bias)
        return lstm_cell(gates.split(self.sizes, 1), state[1])  # `chunk` would compute the sizes in the graph


class StepGraph(nn.Module):
    """One step of generation with all its inputs as tensors.

    Args:
        decoder: a `tts.acoustic.decoder_base.AutoregressiveDecoder`.
        rules: lists of constraints, each with a switch.
    """

    def __init__(self, decoder: Any, rules: Sequence[Sequence[Any]]) -> None:
        super().__init__()
        self.decoder, self.rules = decoder, rules
        self.recurrent, self.lattice = isinstance(decoder, RecurrentDecoder), isinstance(decoder, LatticeDecoder)
        if self.lattice:
            self.counts_time = decoder.lattice == "hmm"  # its first step differs from the others
            self.rnns = nn.ModuleList([TraceableLSTM(decoder.rnn)])
        else:
            self.counts_time = not self.recurrent and decoder.position is not None
        layer = getattr(decoder, "alignment_layer", None)
        if layer is not None:
            self.alignment_layer = copy.copy(layer)
            self.alignment_layer._modules = {**layer._modules, "rnn": TraceableLSTM(layer.rnn)}
        self.structure: Any = None  # nested tensors, as `start` returns them
        self.changed: list[int] = []  # indices of the leaves that a step changes
        if self.recurrent:
            self.rnns = nn.ModuleList(TraceableLSTM(rnn) for rnn in (decoder.attention_rnn, decoder.decoder_rnn))

    def start(self, memory: Tensor, mask: Tensor) -> Generation:
        """The inputs of the first step."""
        switches = [torch.zeros((), dtype=torch.bool) for _ in self.rules]
        text, state = self.decoder.start_generation(memory, mask, self._constraints(switches), 1)
        if self.recurrent:
            state = state._replace(attention_rnn=self.rnns[0], decoder_rnn=self.rnns[1])
        elif self.lattice:
            state = state._replace(rnn=self.rnns[0])
        else:
            state = state._replace(caches=[_growing(*pair) for pair in zip(state.layers, state.caches)])
            if state.place is not None:
                state = state._replace(place=state.place._replace(layer=self.alignment_layer))
        stopping = self.decoder.stop_rule
        return Generation(text, state, None if stopping is None else stopping.initial_state(text))

    def forward(self, frame: Tensor, dropout: Tensor | None, time: Tensor | None, *tensors: Tensor) -> tuple:
        """Run a step. ``tensors`` are a switch for each rule, then the leaves of the result of `start`."""
        decoder, count = self.decoder, len(self.rules)
        text, state, stop_state = rebuild(self.structure, iter(tensors[count:]))
        state = self._constrained(state, tensors[:count])
        x = decoder.prenet(frame, dropout)
        features, weights, state = decoder.step(x, 0, state) if time is None else self._timed(x, time, state)
        R, heads = decoder.reduction_factor, decoder.heads
        frames, stop_logit = decoder.projection(features)[:, : R * decoder.n_mels], decoder.stop(features).squeeze(1)
        weights = weights if heads is None else weights[:, heads]
        ends = torch.sigmoid(stop_logit) > decoder.gate_threshold
        if decoder.stop_rule is not None:
            ends, stop_state = decoder.stop_rule(ends, weights, text, stop_state)
        after = [leaf.tensor for leaf in leaves(Generation(text, state, stop_state))]
        return frames, stop_logit, ends, weights.mean(1), *(after[i] for i in self.changed)

    def _timed(self, x: Tensor, time: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        """The decoder's step with its number as a tensor ()."""
        if self.lattice:
            return self._first_or_later(x, time, state)
        decoder, position = self.decoder, self.decoder.position
        angles = time * position.rates
        code = torch.stack((angles.sin(), angles.cos()), -1).flatten()
        shifted = copy.copy(decoder)
        shifted._modules = {**decoder._modules, "position": None, "projection_in": nn.Identity()}
        return shifted.step(decoder.projection_in(x) + position.scale * code, 0, state)

    def _first_or_later(self, x: Tensor, time: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        first, later = (self.decoder.step(x, number, state) for number in (0, 1))
        flat = zip(*([leaf.tensor for leaf in leaves(result)] for result in (first, later)))
        return rebuild(later, iter([torch.where(time > 0, after, before) for before, after in flat]))

    def _constraints(self, switches: Sequence[Tensor]) -> list[Any]:
        own = list((self.decoder.constraints or {}).values())
        return own + [Switched(rule, on) for rules, on in zip(self.rules, switches) for rule in rules]

    def _constrained(self, state: Any, switches: Sequence[Tensor]) -> Any:
        """Return ``state`` with constraints on its attentions for the rules whose switch is on."""
        if not self.rules:
            return state
        constraints = tuple(self._constraints(switches))
        if self.recurrent:
            return state._replace(attention=_with_constraints(state.attention, constraints))
        readers = [
            reader
            and reader._replace(
                attention=_with_constraints(reader.attention, constraints)
                if layer.supports_constraints
                else reader.attention
            )
            for layer, reader in zip(state.layers, state.readers)
        ]
        return state._replace(readers=readers)


def _with_constraints(constrained: Any, constraints: tuple[Any, ...]) -> Any:
    copied = copy.copy(constrained)
    copied.constraints = constraints
    return copied


def _growing(layer: Any, cache: Any) -> GrowingCache:
    attention = layer.self_attention
    bias = (
        None if attention.bias is None else attention.bias(-torch.arange(attention.attention_window)).T
    )  # (H, band), by age
    return GrowingCache.like(cache, attention.attention_window, bias)


class StartGraph(nn.Module):
    """memory (B, T_text, D), mask (B, T_text) -> the inputs of the first step."""

    def __init__(self, step: StepGraph, names: Sequence[str]) -> None:
        super().__init__()
        self.step, self.names = step, names

    def forward(self, memory: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        found = dict(leaves(self.step.start(memory, mask)))
        return tuple(found[name].clone() for name in self.names)  # two outputs must not be the same tensor


@torch.inference_mode()
def _start(step: StepGraph, memory: Tensor) -> Generation:
    return step.start(memory, torch.ones(memory.shape[:2], dtype=torch.bool))


def _export_start(step: StepGraph, memory: Tensor, names: Sequence[str], folder: Path) -> None:
    found = dict(leaves(step.structure))
    text = _batch_axis(memory) | {1: "symbols"}
    dynamic = {"memory": text, "mask": text} | {name: _axes(found[name]) for name in names}
    inputs = {"memory": memory, "mask": torch.ones(memory.shape[:2], dtype=torch.bool)}
    write_graph(StartGraph(step, names), folder / "start.onnx", inputs, names, dynamic)


def _batch_axis(tensor: Tensor) -> dict[int, str]:
    return {0: "batch"} if tensor.dim() and tensor.shape[0] > 1 else {}


def _axes(tensor: Tensor) -> dict[int, str]:
    """The axes of a state that have a variable length: the batch, symbols, and the steps of a cache."""
    names = {axis: f"symbols{axis}" for axis in range(1, tensor.dim()) if tensor.shape[axis] == SYMBOLS}
    return _batch_axis(tensor) | names | ({3: "steps"} if tensor.dim() == 5 else {})


def _export_step(step: StepGraph, rules: Sequence[str], memory: Tensor, folder: Path) -> tuple[list[str], list[str]]:
    """Write ``step.onnx``. Returns the names of the tensors that the step reads, and of those that it changes."""
    found = list(leaves(step.structure))
    decoder = step.decoder
    inputs: dict[str, Tensor] = {"frame": torch.zeros(len(memory), decoder.n_mels)}
    dropout = _dropout(decoder)
    if dropout:
        inputs["dropout"] = torch.ones(dropout["layers"], 1, dropout["dim"])
    if step.counts_time:
        inputs["time"] = torch.tensor(1.0)
    inputs |= {rule: torch.tensor(False) for rule in rules}
    inputs |= {leaf.name: leaf.tensor for leaf in found}
    module = _Arranged(step, "dropout" in inputs, "time" in inputs)
    step.changed = [
        i
        for i, leaf in enumerate(found)
        if not leaf.name.startswith(("text.", "decoder.text.")) and ".memory." not in leaf.name
    ]
    changing = [found[i].name for i in step.changed]
    outputs = ["frames", "stop_logits", "ends", "alignment", *(f"next.{name}" for name in changing)]
    first = _batch_axis(memory)
    dynamic = dict.fromkeys(("frame", "frames", "stop_logits", "ends"), first)
    dynamic["alignment"] = first | {1: "symbols"}
    dynamic |= {leaf.name: _axes(leaf.tensor) for leaf in found}
    dynamic |= {f"next.{leaf.name}": _axes(leaf.tensor) for leaf in found}
    dynamic = {name: axes for name, axes in dynamic.items() if name in inputs or name in outputs}
    write_graph(module, folder / "step.onnx", inputs, outputs, dynamic)
    read = _drop_unread(folder / "step.onnx")
    return [leaf.name for leaf in found if leaf.name in read], [name for name in changing if name in read]


def _drop_unread(path: Path) -> set[str]:
    """Remove outputs of a step that no step reads. Returns the names of the inputs."""
    model = onnx.load(str(path))
    read = {value.name for value in model.graph.input}
    unread = {value.name for value in model.graph.output if value.name.startswith("next.")} - {
        f"next.{n}" for n in read
    }
    kept = [value for value in model.graph.output if value.name not in unread]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, str(path))
    return read


class _Arranged(nn.Module):
    """`StepGraph` with only the inputs that the model uses."""

    def __init__(self, step: StepGraph, dropout: bool, time: bool) -> None:
        super().__init__()
        self.step, self.dropout, self.time = step, dropout, time

    def forward(self, frame: Tensor, *tensors: Tensor) -> tuple:
        rest = list(tensors)
        dropout = rest.pop(0) if self.dropout else None
        time = rest.pop(0) if self.time else None
        return self.step(frame, dropout, time, *rest)
