"""torchaudio's Tacotron 2 and our own with the same weights."""

from functools import partial

import torch
from torchaudio.models import Tacotron2

from tests.configured import configured
from tts.acoustic.model import SequenceToMel
from tts.acoustic.postnet import Postnet
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.rnn_encoder import ConvolutionLSTMEncoder
from tts.attention.location_sensitive import LocationSensitive


def tacotron2(num_symbols=40, n_mels=80, memory_dim=512, hidden=1024, attention_dim=128, prenet_dim=256, dropout=0.5):
    """Ours, at the paper's size unless told otherwise."""
    return configured(
        SequenceToMel,
        configured(ConvolutionLSTMEncoder, num_symbols, memory_dim),
        configured(
            RecurrentDecoder,
            n_mels,
            memory_dim,
            partial(configured, LocationSensitive, attention_dim=attention_dim),
            prenet_dim=prenet_dim,
            prenet_dropout=dropout,
            attention_rnn_dim=hidden,
            decoder_rnn_dim=hidden,
            fp16_generation=False,
        ),
        configured(Postnet, n_mels, memory_dim, num_layers=5),
    )


def torchaudio_tacotron2(num_symbols=40, n_mels=80, memory_dim=512, hidden=1024, attention_dim=128, prenet_dim=256):
    """Theirs, of the same size."""
    return Tacotron2(
        n_symbol=num_symbols,
        n_mels=n_mels,
        symbol_embedding_dim=memory_dim,
        encoder_embedding_dim=memory_dim,
        attention_rnn_dim=hidden,
        attention_hidden_dim=attention_dim,
        decoder_rnn_dim=hidden,
        prenet_dim=prenet_dim,
        postnet_embedding_dim=memory_dim,
        decoder_early_stopping=True,
    )


def copy_weights(peer, ours):
    """Load the peer's weights into ours; every parameter and buffer of either is accounted for."""
    state = {}
    for name, value in peer.state_dict().items():
        state.update(_rename(name, value))
    attention = ours.decoder.attention
    state["decoder.attention.key_projection.bias"] = torch.zeros_like(attention.key_projection.bias)
    ours.load_state_dict(state)


def _rename(name, value):
    parts = name.split(".")
    for theirs, mine in RENAMED:
        if name.startswith(theirs):
            return {mine + name[len(theirs) :]: value}
    if parts[0] == "encoder" and parts[1] == "lstm":
        return {"encoder.recurrent.lstm." + parts[2]: value}
    if parts[0] == "embedding":
        return {"encoder.embedding.weight": value}
    if "convolutions" in parts:  # encoder.convolutions.2.0.weight -> encoder.convolutions.2.convolution.weight
        room = "encoder.convolutions" if parts[0] == "encoder" else "postnet.blocks"
        return {f"{room}.{parts[2]}.{('convolution', 'normalisation')[int(parts[3])]}.{parts[4]}": value}
    if parts[1] in ("attention_rnn", "decoder_rnn"):
        return {f"decoder.{parts[1]}.{parts[2]}_l0": value}
    raise KeyError(name)


RENAMED = (
    ("decoder.prenet", "decoder.prenet"),
    ("decoder.attention_layer.query_layer", "decoder.attention.query_projection"),
    ("decoder.attention_layer.memory_layer", "decoder.attention.key_projection"),
    ("decoder.attention_layer.v", "decoder.attention.score"),
    ("decoder.attention_layer.location_layer.location_conv", "decoder.attention.location_convolution"),
    ("decoder.attention_layer.location_layer.location_dense", "decoder.attention.location_projection"),
    ("decoder.linear_projection", "decoder.projection"),
    ("decoder.gate_layer", "decoder.stop"),
)
