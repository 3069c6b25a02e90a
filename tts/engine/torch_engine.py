"""A voice computed by PyTorch, on any device."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tts.core.config import config_root, instantiate
from tts.engine.base import Decoded, Delivery, Draft, make_draft
from tts.voices.voice import Voice

_STEPS = re.compile(r"\$\{steps:([0-9.]+)\}")


class TorchEngine:
    """See `tts.engine.base.Engine`.

    Args:
        voice: a voice of `tts.voices.voice.load_voice`.
        device: torch device.

    Raises:
        tts.voices.voice.VoiceError: there is no such device.
    """

    def __init__(self, voice: Voice, device: str | torch.device = "cpu") -> None:
        self.voice = self.source = voice.to(device)
        self.device = torch.device(device)
        self.name, self.frontend = voice.name, voice.frontend
        self.sample_rate, self.hop_length = voice.mel.sample_rate, voice.mel.hop_length
        self.log_floor = float(voice.mel.log_floor)

    @property
    def step_seconds(self) -> float:
        """See `tts.engine.base.Engine`."""
        return self.voice.step_seconds

    @property
    def has_speed(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self.voice.acoustic.has_speed

    @property
    def has_pitch(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self.voice.acoustic.has_pitch

    @property
    def is_stochastic(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self.voice.acoustic.is_stochastic

    @property
    def rules(self) -> list[str]:
        """See `tts.engine.base.Engine`."""
        return list(load_rules(self.step_seconds)) if self.voice.acoustic.supports_constraints else []

    @torch.inference_mode()
    def decode(
        self,
        batch: Sequence[Sequence[int]],
        seed: int,
        rule: str | None = None,
        delivery: Sequence[Delivery] | None = None,
    ) -> list[Decoded]:
        """See `tts.engine.base.Engine`."""
        tokens = pad_sequence([torch.tensor(symbols) for symbols in batch], batch_first=True)
        lengths = torch.tensor([len(symbols) for symbols in batch])
        options: dict[str, Any] = {}
        if delivery is not None and self.has_speed:
            options["speed"] = [control.speed for control in delivery]
        if delivery is not None and self.has_pitch:
            options["pitch"] = [control.pitch for control in delivery]
        if rule is not None:
            options["constraints"] = load_rules(self.step_seconds)[rule]
        seeds = [seed] * len(batch)
        with _single_precision():
            output = self.voice.acoustic.generate(tokens.to(self.device), lengths.to(self.device), seeds, **options)
        utterances = [output.utterance(b, len(symbols)) for b, symbols in enumerate(batch)]
        return [Decoded(utterance.mel, utterance.alignment, utterance.stop) for utterance in utterances]

    @property
    def has_drafts(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self.voice.acoustic.has_windows

    @torch.inference_mode()
    def draft(self, tokens: Sequence[int], delivery: Delivery) -> Draft:
        """See `tts.engine.base.Engine`."""
        acoustic, batch = self.voice.acoustic, torch.tensor([list(tokens)], device=self.device)
        with _single_precision():
            layout = acoustic.lay_out(batch, torch.tensor([len(tokens)], device=self.device), *delivery)
            alignment = _numpy(acoustic.alignment(layout)[0])

        @torch.inference_mode()
        def between(first: int, end: int) -> np.ndarray:
            with _single_precision():
                return _numpy(acoustic.mel_between(layout, first, end)[0])

        return make_draft(int(layout.mel_lengths), self.voice.mel.n_mels, alignment, between)

    def vocode(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """See `tts.engine.base.Engine`."""
        yield self._render(torch.from_numpy(mel).to(self.device))

    def vocode_chunks(self, mels: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """See `tts.engine.base.Engine`."""
        stream = self.voice.vocoder.stream()
        for mel in mels:
            yield _numpy(stream.push(torch.from_numpy(mel).to(self.device)[None]).squeeze(0))
        yield _numpy(stream.finish().squeeze(0))

    @torch.inference_mode()
    def _render(self, mel: Tensor) -> np.ndarray:
        with _single_precision():
            return _numpy(self.voice.vocoder(mel.unsqueeze(0)).squeeze(0))


@contextlib.contextmanager
def _single_precision() -> Iterator[None]:
    """Use float32 as torch's default type, whatever the program has set."""
    before = torch.get_default_dtype()
    if before == torch.float32:
        yield
        return
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def load_rules(step_seconds: float) -> Mapping[str, Sequence[Any]]:
    """The constraints of ``conf/repair.yaml`` by name, for a decoder with steps of this duration."""
    config = yaml.safe_load((config_root() / "conf" / "repair.yaml").read_text(encoding="utf-8"))
    return {
        name: [instantiate({key: _in_steps(value, step_seconds) for key, value in rule.items()}) for rule in listed]
        for name, listed in config.items()
    }


def _in_steps(value: Any, step_seconds: float) -> Any:
    """Convert ``${steps:0.8}``, seconds, to decoder steps; return other values unchanged."""
    seconds = _STEPS.fullmatch(str(value))
    return max(2, round(float(seconds[1]) / step_seconds)) if seconds else value


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.float().cpu().numpy().copy()
