"""What `tts.train` needs to know about training a vocoder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import lightning
from omegaconf import DictConfig, OmegaConf

from tts.core.config import instantiate
from tts.core.interfaces import TrainableVocoder
from tts.training.callbacks import build_callbacks
from tts.training.corpus_values import fill_in
from tts.training.run import RunError
from tts.training.vocoder_module import VocoderModule
from tts.voices.vocoder import load_vocoder, save_vocoder
from tts.voices.voice import VoiceError


class VocoderTask:
    """Mel to waveform.

    Args:
        config: conf/train.yaml as composed with ``task=vocoder``.
        corpus: the configuration that the corpus was prepared with.
        adversarial_start_step: step at which the discriminators come in, where ``loss.adversary`` names any.
        gradient_clip: largest norm of the generator's gradient.

    Attributes:
        config: the same, with the corpus' own mel.
        partial_backward: whether a backward pass reaches only a part of the weights.
    """

    def __init__(
        self, config: DictConfig, corpus: dict[str, Any], adversarial_start_step: int, gradient_clip: float
    ) -> None:
        self.config = config = fill_in(config, corpus, "audio")
        self._adversarial_start_step, self._gradient_clip = adversarial_start_step, gradient_clip
        self.partial_backward = bool(config.loss.get("adversary"))  # one for the generator, one for the discriminators

    def module(self) -> VocoderModule:
        """The parts of the configuration, built, and how they are trained. Raises `RunError` if they do not fit."""
        config = self.config
        if config.trainer.precision == "16-mixed":
            raise RunError(
                "a vocoder has two optimizers, whose gradients trainer.precision=16-mixed would leave scaled. "
                "Use trainer.precision=auto, bf16-mixed or 32-true."
            )
        model = instantiate(config.vocoder, "vocoder", mel=instantiate(config.audio, "audio"))
        if not isinstance(model, TrainableVocoder):
            raise RunError(f"{type(model).__name__} has nothing to learn. Choose another vocoder=..., such as vocos.")
        losses = {name: instantiate(loss, "loss") for name, loss in config.loss.items() if loss}
        adversary = losses.pop("adversary", None)
        return VocoderModule(
            model=model,
            losses=losses,
            adversary=adversary,
            optimizer=instantiate(config.optim, "optim", _convert_="all"),
            schedule=instantiate(config.schedule, "schedule", _convert_="all"),
            ema_decay=config.ema_decay,
            seed=config.seed,
            config=OmegaConf.to_container(config, resolve=True),
            cuda_graphs=bool(config.get("cuda_graphs")),
            adversarial_start_step=self._adversarial_start_step,
            gradient_clip=self._gradient_clip,
        )

    def compile(self, training: VocoderModule) -> None:
        """Raises `RunError`: what a vocoder does in training is not one forward pass."""
        raise RunError("compile=true is for acoustic models. Leave it out for a vocoder.")

    def warm_start(self, training: VocoderModule, source: str) -> str:
        """Begin with the weights of a vocoder (folder, run or voice). Raises `tts.voices.voice.VoiceError`."""
        state = load_vocoder(source).vocoder.state_dict()
        try:
            training.model.load_state_dict(state)
        except RuntimeError as error:
            raise VoiceError(f"{source} is another vocoder than this one; use its vocoder=. {error}") from error
        if training.average is not None:
            training.average.model.load_state_dict(state)
        return f"Starting from the weights of {source}"

    def callbacks(self, folder: Path) -> list[lightning.Callback]:
        """The callbacks of the configuration; those that need parts of the run get them here."""
        return build_callbacks(
            self.config.callbacks,
            {
                "samples": lambda make: make(instantiate(self.config.audio, "audio"), folder / "samples"),
                "export": lambda make: make(partial(save_vocoder, folder / "vocoder", self.config)),
            },
        )
