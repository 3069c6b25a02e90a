r"""Position-aware cross-attention (Lemerle, Obin and Roebel 2024, "Small-E: Small Language Model with Linear Attention
for Efficient Speech Synthesis"; kept in Lina-Speech, 2024).

There are two attentions, and the second one gives the context. The first one compares content and returns the mean
place of the symbols instead of their values. A small network computes the next place from this and from the last place.
The second attention compares only places:

.. math:: c_t = \sum_j \mathrm{softmax}_j\bigl((W_q q_t)^\top W_k h_j / \sqrt{A}\bigr)\, \pi_j, \qquad
          (\delta_t, u_t) = f\bigl(q_t,\; \overline{\hat x_{t-1}}\, c_t\bigr)
.. math:: x_t = \bigl(e^{i \omega \delta_t} + \tfrac{\omega}{4} \tanh u_t\bigr)\, \hat x_{t-1}, \qquad
          \alpha_t = \mathrm{softmax}_j\bigl(s\, \mathrm{Re}\, \overline{\pi_j}\, x_t\bigr)

with the places :math:`\pi_j = e^{i \omega j}`, sines and cosines of several frequencies written as complex numbers,
and :math:`\hat x` with every frequency of length one.

==============================  ==================================================
``W_q``, ``W_k``                ``query_projection``, ``key_projection``
``f``                           ``hidden``, ``advance`` (delta), ``change`` (u)
``s``                           ``sharpness``
==============================  ==================================================

Differences from the paper:

- In the paper the network between the two attentions is recurrent over time. Here its only state is the last place. If
  a known path or a constraint chose the weights, the state is their mean place.
- The network gets places only relative to the last one (the product with a conjugate), so it works the same anywhere in
  a text of any length. The next place is the last one moved ahead by ``delta``, the mean pace, plus a change.
- The change is bounded: no frequency moves by more than about a quarter of a symbol in a step. Without the bound,
  content far away pulls the place to itself, and texts of twice the length were read wrong.
- One head.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, context_of, masked_softmax, state_dtype
from tts.attention.rotary import rotary_angles, rotary_frequencies
from tts.core.interfaces import Memory
from tts.nn.softplus import inverse_softplus

MIN_SQUARE = 1e-30  # of a length that is still normalized to one


class PlaceState(NamedTuple):
    """The place of the last step."""

    place: Tensor  # (B, P / 2, 2), cosine and sine of every frequency, of length one


class PositionAware(Attention):
    """An attention over content that finds a place, and an attention over places that gives the context.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A, width of the content comparison.
        position_dim: P, width of a place, even.
        hidden_dim: width of the network between the attentions.
        step: symbols per decoder step at the start of training; best is the mean of the data.
        sharpness: s at the start of training.
        base: ratio of the highest to the lowest frequency of places.
    """

    frequencies: Tensor
    bound: Tensor
    conjugate: Tensor

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        position_dim: int,
        hidden_dim: int,
        step: float,
        sharpness: float,
        base: float,
    ) -> None:
        super().__init__(query_dim, memory_dim)
        if step <= 0:
            raise ValueError(f"step is {step}: use more than 0 symbols per decoder step")
        self.start = -step
        self.query_projection = nn.Linear(query_dim, attention_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, attention_dim, bias=False)
        self.hidden = nn.Linear(query_dim + position_dim, hidden_dim)
        self.advance = nn.Linear(hidden_dim, 1)
        self.change = nn.Linear(hidden_dim, position_dim)
        self.sharpness = nn.Parameter(torch.tensor(sharpness))
        self.register_buffer("frequencies", rotary_frequencies(position_dim, base), persistent=False)
        self.register_buffer("conjugate", torch.tensor([1.0, -1.0]), persistent=False)  # a constant would be copied
        self.register_buffer("bound", 0.25 * self.frequencies.unsqueeze(1), persistent=False)
        nn.init.normal_(self.advance.weight, std=0.01)
        nn.init.constant_(self.advance.bias, inverse_softplus(step).item())
        nn.init.normal_(self.change.weight, std=0.01)
        nn.init.zeros_(self.change.bias)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, A + P), for content and the place of every symbol."""
        dtype = torch.promote_types(values.dtype, torch.float32)
        index = torch.arange(values.shape[1], device=values.device, dtype=dtype)
        places = self._places(index).flatten(1).to(values.dtype).expand(values.shape[0], -1, -1)
        return torch.cat((self.key_projection(values), places), 2)

    def initial_state(self, memory: Memory) -> PlaceState:
        """A step before the first symbol."""
        start = memory.values.new_full((memory.mask.shape[0], 1), self.start, dtype=state_dtype(memory))
        return PlaceState(self._places(start).squeeze(1))

    def step(self, query: Tensor, memory: Memory, state: PlaceState) -> tuple[Tensor, Tensor, PlaceState]:
        """One decoder step."""
        projected = self.query_projection(query)
        keys, places = memory.keys.split((projected.shape[1], memory.keys.shape[2] - projected.shape[1]), 2)
        found_place = self._content_place(projected, keys, places, memory)
        last, mirrored = state.place, state.place * self.conjugate
        with torch.autocast(query.device.type, enabled=False):
            relative = _times(mirrored, found_place).flatten(1)
            hidden = torch.tanh(self.hidden(torch.cat((query, relative.to(query.dtype)), 1)))
            angles = rotary_angles(F.softplus(self.advance(hidden)).squeeze(1).to(relative.dtype), self.frequencies)
            change = torch.tanh(self.change(hidden).to(relative.dtype).view_as(state.place)) * self.bound
            place = _times(torch.stack((angles.cos(), angles.sin()), -1) + change, last)
            wanted = (self.sharpness * place.flatten(1)).unsqueeze(2)
            energies = torch.bmm(places.to(place.dtype), wanted).squeeze(2)
        weights = masked_softmax(energies, memory.mask).unsqueeze(1)
        return context_of(weights, memory), weights, PlaceState(_direction(place))

    def _content_place(self, projected: Tensor, keys: Tensor, places: Tensor, memory: Memory) -> Tensor:
        """The mean place of the content that matches ``projected`` (B, A): (B, P / 2, 2)."""
        energies = torch.bmm(keys, projected.unsqueeze(2)).squeeze(2) * projected.shape[1] ** -0.5
        weights = masked_softmax(energies, memory.mask)
        found = torch.bmm(weights.unsqueeze(1), places.to(weights.dtype)).squeeze(1)
        return found.to(state_dtype(memory)).view(found.shape[0], -1, 2)

    def update_state(self, weights: Tensor, state: PlaceState) -> PlaceState:
        """The mean place of ``weights``, with every frequency normalized to length one."""
        index = torch.arange(weights.shape[2], device=weights.device, dtype=weights.dtype)
        blurred = (weights.squeeze(1) @ self._places(index).flatten(1)).view_as(state.place)
        return PlaceState(_direction(blurred.to(state.place.dtype)))

    def rescale_time(self, ratio: float) -> None:
        """Longer steps move further: scale the mean advance."""
        with torch.no_grad():
            advance = ratio * F.softplus(self.advance.bias)
            self.advance.bias.copy_(inverse_softplus(advance))

    def _places(self, positions: Tensor) -> Tensor:
        """(...) in symbols -> (..., P / 2, 2)."""
        angles = rotary_angles(positions, self.frequencies)
        return torch.stack((angles.cos(), angles.sin()), -1)


def _times(first: Tensor, second: Tensor) -> Tensor:
    """The product of complex numbers, (..., 2) each: real and imaginary part."""
    if not torch.jit.is_tracing():
        return torch.view_as_real(torch.view_as_complex(first) * torch.view_as_complex(second))
    (a, b), (c, d) = first.unbind(-1), second.unbind(-1)  # ONNX has no complex numbers
    return torch.stack((a * c - b * d, a * d + b * c), -1)


def _direction(place: Tensor) -> Tensor:
    """Normalize every frequency of (B, P / 2, 2) to length one; zero stays zero."""
    if not torch.jit.is_tracing():
        return torch.view_as_real(torch.sgn(torch.view_as_complex(place)))
    square = place.square().sum(-1, keepdim=True)
    return torch.where(square > 0, place * torch.rsqrt(square.clamp_min(MIN_SQUARE)), 0.0)
