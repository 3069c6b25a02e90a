"""What `tts.train` needs to know about training an acoustic model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import lightning
from omegaconf import DictConfig, OmegaConf

from tts.core.config import instantiate
from tts.core.interfaces import Vocoder
from tts.training.acoustic_module import AcousticModule
from tts.training.callbacks import build_callbacks
from tts.training.corpus_values import fill_in
from tts.training.run import RunError
from tts.training.warm_start import warm_start
from tts.voices.voice import save_voice


class AcousticTask:
    """Symbols to mel.

    Args:
        config: conf/train.yaml as composed.
        corpus: the configuration that the corpus was prepared with.

    Attributes:
        config: the same, with what only the corpus knows, the symbols of its texts.
        partial_backward: whether a backward pass reaches only a part of the weights.
    """

    def __init__(self, config: DictConfig, corpus: dict[str, Any]) -> None:
        self.config = config = fill_in(config, corpus, "text")
        self.partial_backward = bool(config.acoustic.get("second_decoder"))  # no loss asks when the second one ends
        self._frontend = instantiate(config.text, "text")

    def module(self) -> AcousticModule:
        """The parts of the configuration, built, and how they are trained. Raises `RunError` if they do not fit."""
        config = self.config
        model = instantiate(config.acoustic, "acoustic")
        taught = bool(config.acoustic.get("use_forced_alignment"))
        if taught and not all(attention.learns_along_path for attention in model.attentions):
            raise RunError(
                "this attention has a transition agent that known durations would leave untrained. Use "
                "attention=forward_transition_query, or acoustic.use_forced_alignment=false with another loss=."
            )
        graphs = bool(config.get("cuda_graphs"))
        if graphs and (taught or not model.decoder.loops_in_training or config.callbacks.get("reduction")):
            raise RunError(
                "cuda_graphs=true is for a recurrent decoder that finds its own alignment at one reduction factor; in "
                "this model nothing loops over time that way. Leave it out; compile=true may help."
            )
        return AcousticModule(
            model=model,
            losses={name: instantiate(loss, "loss") for name, loss in config.loss.items()},
            optimizer=instantiate(config.optim, "optim", _convert_="all"),
            schedule=instantiate(config.schedule, "schedule", _convert_="all"),
            ema_decay=config.ema_decay,
            seed=config.seed,
            config=OmegaConf.to_container(config, resolve=True),
            cuda_graphs=graphs,
        )

    def compile(self, training: AcousticModule) -> None:
        """Let torch.compile fuse the model's operations; lengths may vary. The names of the weights stay."""
        training.model.compile(dynamic=True)

    def warm_start(self, training: AcousticModule, voice: str) -> str:
        """Begin with the weights of ``voice``; says what was new. Raises `tts.voices.voice.VoiceError`."""
        fresh = warm_start(training.model, voice, self._frontend.symbols)
        if training.average is not None:
            training.average.model.load_state_dict(training.model.state_dict())
        return f"Starting from the weights of {voice}" + (f"; new: {', '.join(fresh)}" if fresh else "")

    def callbacks(self, folder: Path) -> list[lightning.Callback]:
        """The callbacks of the configuration; those that need parts of the run get them here."""
        return build_callbacks(
            self.config.callbacks,
            {
                "samples": lambda make: make(self._frontend, *self._sound(), folder),
                "export": lambda make: make(partial(save_voice, folder / "voice", self.config)),
            },
        )

    def _sound(self) -> tuple[Vocoder, int]:
        """What makes samples audible, and their sample rate."""
        mel = instantiate(self.config.audio, "audio")
        return instantiate(self.config.vocoder, "vocoder", mel=mel), mel.mel_spec["sample_rate"]
