"""Old names of classes and options, so that voices, corpora and runs of older versions still load.

A configuration stores the class of every part (``_target_``) and its options. `modernize` replaces old names by current
names. The names of weights never change.
"""

from __future__ import annotations

from typing import Any

#: Old ``_target_`` -> current class.
MOVED = {
    "tts.acoustic.discriminators.MelDiscriminators": "tts.acoustic.mel_discriminators.MelDiscriminators",
    "tts.acoustic.encoder.ConvolutionLSTMEncoder": "tts.acoustic.rnn_encoder.ConvolutionLSTMEncoder",
    "tts.attention.constraints.DwellLimit": "tts.attention.constraints.MaxDuration",
    "tts.attention.constraints.MonotoneFloor": "tts.attention.constraints.NoBacktracking",
    "tts.attention.prior.AlignmentPrior": "tts.attention.alignment_prior.AlignmentPrior",
    "tts.attention.shared_path.SharedPath": "tts.attention.shared_monotonic.SharedMonotonic",
    "tts.data.datamodule.SpeechData": "tts.data.datamodule.UtteranceDataModule",
    "tts.data.ljspeech.Split": "tts.data.metadata.Split",
    "tts.data.report.Checks": "tts.data.checks.Checks",
    "tts.data.segments.SegmentData": "tts.data.segments.SegmentDataModule",
    "tts.losses.acoustic.MelLoss": "tts.losses.reconstruction.MelReconstructionLoss",
    "tts.losses.acoustic.StopLoss": "tts.losses.reconstruction.StopLoss",
    "tts.losses.consistency.ConsistencyLoss": "tts.losses.double_decoder.DoubleDecoderLoss",
    "tts.losses.gan.Adversary": "tts.losses.gan.GANLoss",
    "tts.losses.mel.MelLoss": "tts.losses.waveform_mel.WaveformMelLoss",
    "tts.losses.monotone.MonotoneLoss": "tts.losses.monotonic.MonotonicLoss",
    "tts.losses.path.PathLoss": "tts.losses.forced_alignment.ForcedAlignmentLoss",
    "tts.losses.spectral.SpectralLoss": "tts.losses.spectral.MultiResolutionSTFTLoss",
    "tts.nn.postnet.Postnet": "tts.acoustic.postnet.Postnet",
    "tts.training.checkpoints.Checkpoints": "tts.training.callbacks.checkpoints.Checkpoints",
    "tts.training.export.VoiceExport": "tts.training.callbacks.voice_export.VoiceExport",
    "tts.training.probes.Probes": "tts.training.callbacks.samples.SampleLogger",
    "tts.training.progress.Progress": "tts.training.callbacks.progress.Progress",
    "tts.training.reduction.ReductionSchedule": "tts.training.callbacks.reduction_schedule.ReductionSchedule",
    "tts.training.schedule.WarmupDecay": "tts.training.lr_schedule.WarmupDecay",
    "tts.training.vocoder_probes.VocoderProbes": "tts.training.callbacks.vocoder_samples.VocoderSampleLogger",
    "tts.vocoder.adapted.AdaptedVocoder": "tts.vocoder.mel_adapter.MelAdapter",
    "tts.vocoder.harmonic.HarmonicVocos": "tts.vocoder.harmonic_vocos.HarmonicVocos",
}

_DURATION = {
    "mean_stay": "initial_duration",
    "noise": "sigmoid_noise",
    "max_stay": "max_duration",
    "stay_quantile": "duration_quantile",
    "keep_mass": "stop_at_last",
}
_DECODER = {
    "speaking_dropout": "prenet_dropout_inference",
    "frame_dropout": "drop_frame_rate",
    "own_frames": "scheduled_sampling",
    "max_frames_base": "max_frames_offset",
    "half_generation": "fp16_generation",
    "stopping": "stop_rule",
}
_LOCATION = {"normalisation": "normalization"}

#: Current class -> its old options -> its current options.
RENAMED_ARGUMENTS: dict[str, dict[str, str]] = {
    "tts.acoustic.model.SequenceToMel": {"follow_durations": "use_forced_alignment"},
    "tts.acoustic.rnn_decoder.RecurrentDecoder": _DECODER,
    "tts.acoustic.transformer_decoder.TransformerDecoder": {**_DECODER, "band": "attention_window"},
    "tts.acoustic.stopping.CoverageStop": {
        "arrived_steps": "min_steps_at_end",
        "wished_steps": "min_stop_requests",
        "overtime_steps": "max_steps_at_end",
    },
    "tts.attention.constraints.MovingPrior": {"reach": "lookahead"},
    "tts.attention.forward_attention.ForwardAttention": _LOCATION,
    "tts.attention.gmm.GaussianMixture": {"discretise": "discretize", "normalise": "normalize"},
    "tts.attention.hard_monotonic.HardMonotonic": _DURATION,
    "tts.attention.location_sensitive.LocationSensitive": _LOCATION,
    "tts.attention.mocha.MonotonicChunkwise": _DURATION,
    "tts.attention.shared_monotonic.SharedMonotonic": _DURATION,
    "tts.attention.stepwise_monotonic.StepwiseMonotonic": _DURATION,
    "tts.data.checks.Checks": {"far": "max_pace_ratio"},
    "tts.losses.gan.GANLoss": {"form": "objective"},
    "tts.losses.reconstruction.MelReconstructionLoss": {"own_weight": "self_fed_weight"},
    "tts.vocoder.harmonic_vocos.HarmonicVocos": {"rounds": "refinement_steps"},
}

#: Section of a run's configuration ("" is the top level) -> its old keys -> its current keys.
RENAMED_KEYS: dict[str, dict[str, str]] = {
    "": {"identity": "resume_keys", "listen": "done_message"},
    "loss": {"path": "forced_alignment", "consistency": "double_decoder", "monotone": "monotonic", "contract": "mel"},
    "callbacks": {"probes": "samples", "voice": "export"},
}

_DECODER_BEFORE: dict[str, Any] = {
    "prenet_layers": 2,
    "prenet_dropout_inference": None,
    "drop_frame_rate": 0.0,
    "scheduled_sampling": 0.0,
    "gate_threshold": 0.5,
    "max_frames_offset": 100,
    "max_frames_per_symbol": 20,
    "fp16_generation": False,
    "max_reduction_factor": None,
    "prior": None,
    "constraints": None,
    "stop_rule": None,
}
_LATTICE_BEFORE = {name: value for name, value in _DECODER_BEFORE.items() if name != "scheduled_sampling"}

#: Class today -> options that stored configurations of older versions may lack -> what the class did without them.
#: Today every option has its value in yaml alone.
ADDED_OPTIONS: dict[str, dict[str, Any]] = {
    "tts.acoustic.lattice_decoder.LatticeDecoder": {
        **_LATTICE_BEFORE,
        "initial_duration": 3.5,
        "duration_quantile": 0.5,
    },
    "tts.acoustic.model.SequenceToMel": {"mel_mean": 0.0, "mel_std": 1.0, "second_decoder": None},
    "tts.acoustic.postnet.Postnet": {"kernel_size": 5, "dropout": 0.5},
    "tts.acoustic.rnn_decoder.RecurrentDecoder": {**_DECODER_BEFORE, "attention_dropout": 0.1, "decoder_dropout": 0.1},
    "tts.acoustic.rnn_encoder.ConvolutionLSTMEncoder": {"kernel_size": 5, "num_convolutions": 3, "dropout": 0.5},
    "tts.acoustic.stopping.CoverageStop": {"last_symbols": 3},
    "tts.acoustic.transformer_decoder.TransformerDecoder": _DECODER_BEFORE,
    "tts.attention.alignment_prior.AlignmentPrior": {"scale": 1.0, "fade_start": None, "fade_end": None},
    "tts.attention.constraints.MovingPrior": {
        "warm_up": 10,
        "lookahead": 10,
        "advance_after": 8,
        "suppress_after": 10,
        "min_symbols": 6,
        "behind": 0.2,
        "here": 0.8,
        "elsewhere": 1e-5,
    },
    "tts.attention.gmm.GaussianMixture": {"shared_position": False},
    "tts.attention.hard_monotonic.HardMonotonic": {"duration_quantile": 0.5},
    "tts.attention.location_sensitive.LocationSensitive": {
        "content": True,
        "normalization": "softmax",
        "sharpening": 1.0,
        "start": "zeros",
    },
    "tts.attention.mocha.MonotonicChunkwise": {"duration_quantile": 0.5, "slope": 3.0},
    "tts.attention.progress_rotary.ProgressRotary": {"window": None},
    "tts.attention.shared_monotonic.SharedMonotonic": {"duration_quantile": 0.5},
    "tts.attention.stepwise_monotonic.StepwiseMonotonic": {"duration_quantile": 0.5, "max_duration": None},
    "tts.audio.mel.MelSpectrogram": {
        "sample_rate": 22050,
        "n_fft": 1024,
        "hop_length": 256,
        "win_length": 1024,
        "f_min": 0.0,
        "f_max": 8000.0,
        "floor": 1e-5,
    },
    "tts.data.datamodule.UtteranceDataModule": {"resident": False, "fixed_shapes": None},
    "tts.data.segments.SegmentDataModule": {"resident": False, "second_corpus": None, "second_share": 0.5},
    "tts.text.frontend.TextFrontend": {"rules": None, "lexicon": None, "emoji": None},
    "tts.vocoder.harmonic_vocos.HarmonicVocos": {
        "overshoot": 1.8,
        "refinement_steps": 7,
        "mel_mean": -5.0,
        "mel_std": 3.0,
    },
}


def modernize(config: Any) -> Any:
    """Return a copy of the plain ``config`` with current class names and options."""
    if isinstance(config, list):
        return [modernize(value) for value in config]
    if not isinstance(config, dict):
        return config
    target = MOVED.get(str(config.get("_target_")), config.get("_target_"))
    names = RENAMED_ARGUMENTS.get(str(target), {})
    modern = {names.get(key, key): modernize(value) for key, value in config.items()}
    modern = {**modern, **{k: v for k, v in ADDED_OPTIONS.get(str(target), {}).items() if k not in modern}}
    return {**modern, "_target_": target} if "_target_" in modern else modern


def modernize_run(config: Any) -> Any:
    """Like `modernize`, for the whole configuration of a run. It also renames sections."""
    modern = modernize(config)
    _move_stages(modern)
    for section, names in RENAMED_KEYS.items():
        part = modern if not section else modern.get(section)
        if isinstance(part, dict):
            renamed = {names.get(key, key): value for key, value in part.items()}
            part.clear()
            part.update(renamed)
    _complete_losses(modern)
    return modern


def _move_stages(config: dict[str, Any]) -> None:
    """Move the options of the old section ``stages`` of a vocoder's training into ``task``."""
    stages = config.pop("stages", None)
    if not isinstance(stages, dict) or not isinstance(config.get("task"), dict):
        return
    names = {"adversarial_from": "adversarial_start_step"}
    config["task"].update({names.get(key, key): value for key, value in stages.items()})
    keys = config.get("resume_keys") or config.get("identity")
    if isinstance(keys, list):
        keys[:] = ["task" if key == "stages" else key for key in keys]


def _complete_losses(config: dict[str, Any]) -> None:
    """Add the options of losses that used to be defaults or arguments of the program."""
    losses, audio = config.get("loss"), config.get("audio") or {}
    if not isinstance(losses, dict):
        return
    for loss in losses.values():
        target = str(loss.get("_target_")) if isinstance(loss, dict) else ""
        if target == "tts.losses.forced_alignment.ForcedAlignmentLoss":
            loss.setdefault("floor", 1e-6)
        elif target == "tts.losses.spectral.MultiResolutionSTFTLoss":
            loss.setdefault("sample_rate", audio.get("sample_rate"))
            loss.setdefault("weight", 1.0)
        elif target == "tts.losses.waveform_mel.WaveformMelLoss":
            loss.setdefault("mel", dict(audio))
