"""The task of training an acoustic model, for `tts.train`."""

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
from tts.training.hardware import check_compiler
from tts.training.run import RunError
from tts.training.warm_start import warm_start
from tts.voices.voice import save_voice

WITHOUT_ATTENTION = {"mel", "stop", "adversarial"}  # losses that do not depend on the attention if its path is known


class AcousticTask:
    """Training of a model from symbols to mels.

    Args:
        config: the composed conf/train.yaml.
        corpus: the configuration of the corpus.

    Attributes:
        config: ``config`` with the symbols of the corpus.
        partial_backward: whether a backward pass may reach only a part of the weights.
    """

    def __init__(self, config: DictConfig, corpus: dict[str, Any]) -> None:
        self.config = config = fill_in(config, corpus, "text")
        # No loss uses the stop logits of a second decoder. Along known durations, an attention has a gradient at every
        # step only with loss=forced_alignment.
        taught = bool(config.acoustic.get("use_forced_alignment"))
        self.partial_backward = bool(config.acoustic.get("second_decoder")) or (
            taught and "forced_alignment" not in config.loss
        )
        self._frontend = instantiate(config.text, "text")

    def module(self) -> AcousticModule:
        """Build the model, the losses and the Lightning module. Raises `RunError` if the parts do not fit together."""
        config = self.config
        model = instantiate(config.acoustic, "acoustic")
        use_durations = bool(config.acoustic.get("use_forced_alignment"))
        if use_durations and not all(attention.learns_along_path for attention in model.attentions):
            raise RunError(
                "this attention has a transition agent, which training with durations would not train. Use "
                "attention=forward_transition_query, or acoustic.use_forced_alignment=false with another loss=."
            )
        if use_durations and set(config.loss) <= WITHOUT_ATTENTION:
            raise RunError(
                "no part of this loss= trains the attention if acoustic.use_forced_alignment=true. Use "
                "loss=forced_alignment, or acoustic.use_forced_alignment=false."
            )
        graphs = bool(config.get("cuda_graphs"))
        if graphs and (use_durations or not model.decoder.loops_in_training or config.callbacks.get("reduction")):
            raise RunError(
                "cuda_graphs=true needs a loop over decoder steps: a recurrent decoder without forced alignment, "
                "with a constant reduction factor. Remove it for this model; compile=true may help."
            )
        if config.get("compile") and _loops_in_training(model, use_durations):
            raise RunError(
                "compile=true would compile every step of this model's loop over decoder steps separately. Remove it, "
                "or use forced alignment. On one GPU cuda_graphs=true may help a recurrent decoder instead."
            )
        if graphs:
            self._check_fixed_shapes("cuda_graphs=true would capture a graph")
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
        """Compile the training step's forward and backward pass of the model, once for each shape of a batch.

        Raises `RunError` if there is no C++ compiler or if batches have any number of shapes.
        """
        check_compiler()
        self._check_fixed_shapes("compile=true would compile the model again")
        training.compile_model(self.config.datamodule.num_buckets)

    def warm_start(self, training: AcousticModule, voice: str) -> str:
        """Load the weights of ``voice``. Returns a message that lists weights without a source. Raises `VoiceError`."""
        fresh = warm_start(training.model, voice, self._frontend.symbols)
        if training.average is not None:
            training.average.model.load_state_dict(training.model.state_dict())
        return f"Starting from the weights of {voice}" + (f"; new: {', '.join(fresh)}" if fresh else "")

    def callbacks(self, folder: Path) -> list[lightning.Callback]:
        """Build the callbacks of the configuration with the parts of the run that they need."""
        return build_callbacks(
            self.config.callbacks,
            {
                "samples": lambda make: make(self._frontend, *self._sound(), folder),
                "export": lambda make: make(partial(save_voice, folder / "voice", self.config)),
            },
        )

    def _check_fixed_shapes(self, cost: str) -> None:
        if self.config.datamodule.fixed_shapes is False:  # null chooses them
            raise RunError(f"{cost} for every length of a batch. Remove it, or datamodule.fixed_shapes=false.")

    def _sound(self) -> tuple[Vocoder, int]:
        """The vocoder for samples and their sample rate in Hz."""
        mel = instantiate(self.config.audio, "audio")
        return instantiate(self.config.vocoder, "vocoder", mel=mel), mel.mel_spec["sample_rate"]


def _loops_in_training(model: Any, use_durations: bool) -> bool:
    """Whether training has a Python loop over decoder steps. A second decoder never uses durations."""
    second = getattr(model, "second_decoder", None)
    if second is not None and second.loops_in_training:
        return True
    parallel = all(getattr(attention, "parallel", True) for attention in model.attentions)
    return not use_durations and (not parallel or getattr(model.decoder, "loops_in_training", False))
