"""The task of training a vocoder, for `tts.train`."""

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
from tts.training.hardware import check_compiler
from tts.training.run import RunError
from tts.training.vocoder_module import VocoderModule
from tts.voices.vocoder import load_vocoder, save_vocoder
from tts.voices.voice import VoiceError


class VocoderTask:
    """Training of a model from mels to waveforms.

    Args:
        config: conf/train.yaml, composed with ``task=vocoder``.
        corpus: the configuration of the corpus.
        adversarial_start_step: first step with discriminators, if ``loss.adversary`` has any.
        gradient_clip: maximum norm of the generator's gradient.

    Attributes:
        config: ``config`` with the mel configuration of the corpus.
        partial_backward: whether a backward pass may reach only a part of the weights.
    """

    def __init__(
        self, config: DictConfig, corpus: dict[str, Any], adversarial_start_step: int, gradient_clip: float
    ) -> None:
        self.config = config = fill_in(config, corpus, "audio")
        self._adversarial_start_step, self._gradient_clip = adversarial_start_step, gradient_clip
        self.partial_backward = bool(config.loss.get("adversary"))  # one for the generator, one for the discriminators

    def module(self) -> VocoderModule:
        """Build the model, the losses and the Lightning module. Raises `RunError` if the parts do not fit together."""
        config = self.config
        if config.trainer.precision == "16-mixed":
            raise RunError(
                "a vocoder has two optimizers, so trainer.precision=16-mixed would not unscale their gradients. "
                "Use trainer.precision=auto, bf16-mixed or 32-true."
            )
        model = instantiate(config.vocoder, "vocoder", mel=instantiate(config.audio, "audio"))
        if not isinstance(model, TrainableVocoder):
            raise RunError(
                f"{type(model).__name__} has no weights to train. Choose another vocoder=..., such as vocos."
            )
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
        """Compile the vocoder's forward and backward pass. Raises `RunError` if there is no C++ compiler."""
        check_compiler()
        training.compile_model()

    def warm_start(self, training: VocoderModule, source: str) -> str:
        """Load the weights of a vocoder (folder, run or voice). Raises `tts.voices.voice.VoiceError`."""
        state = load_vocoder(source).vocoder.state_dict()
        try:
            training.model.load_state_dict(state)
        except RuntimeError as error:
            raise VoiceError(f"{source} has another vocoder than this run; use its vocoder=. {error}") from error
        if training.average is not None:
            training.average.model.load_state_dict(state)
        return f"Starting from the weights of {source}"

    def callbacks(self, folder: Path) -> list[lightning.Callback]:
        """Build the callbacks of the configuration with the parts of the run that they need."""
        return build_callbacks(
            self.config.callbacks,
            {
                "samples": lambda make: make(instantiate(self.config.audio, "audio"), folder / "samples"),
                "export": lambda make: make(partial(save_vocoder, folder / "vocoder", self.config)),
            },
        )
