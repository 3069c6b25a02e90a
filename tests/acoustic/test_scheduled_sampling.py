"""Training with the decoder's own output as its input."""

from functools import partial

import pytest
import torch
from torch import nn

from tests.configured import configured
from tts.acoustic.model import SequenceToMel
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.rnn_encoder import ConvolutionLSTMEncoder
from tts.acoustic.transformer_decoder import TransformerDecoder
from tts.attention.multi_head import MultiHead
from tts.attention.stepwise_monotonic import StepwiseMonotonic
from tts.core.interfaces import Batch


class Same(nn.Module):
    def forward(self, mel, mask):
        return mel


def model(scheduled_sampling, prenet_dropout=0.0, R=2):
    torch.manual_seed(0)
    decoder = configured(
        RecurrentDecoder,
        8,
        16,
        partial(configured, StepwiseMonotonic, attention_dim=8, sigmoid_noise=0.0),
        reduction_factor=R,
        fp16_generation=False,
        prenet_dim=8,
        prenet_dropout=prenet_dropout,
        attention_rnn_dim=12,
        decoder_rnn_dim=12,
        attention_dropout=0.0,
        decoder_dropout=0.0,
        scheduled_sampling=scheduled_sampling,
    )
    with torch.no_grad():
        for weight in decoder.parameters():
            weight *= 3  # enough for what it hears to matter
    encoder = configured(ConvolutionLSTMEncoder, 30, 16, dropout=0.0)
    return configured(SequenceToMel, encoder, decoder, Same(), use_forced_alignment=True).train()


def batch():
    generator = torch.Generator().manual_seed(1)
    durations = torch.tensor([[4, 6, 5, 6], [3, 4, 6, 0]])
    lengths = durations.sum(1)
    tokens = torch.randint(1, 30, (2, 4), generator=generator)
    mel = torch.randn(2, 8, int(lengths.max()), generator=generator)
    return Batch(["a", "b"], tokens, torch.tensor([4, 3]), mel, lengths, durations)


@pytest.mark.parametrize("R", [1, 2])
def test_self_fed_frames_give_the_same_output_again(R):
    voice, example = model(scheduled_sampling=1.0, R=R), batch()
    output = voice(example)
    assert output.self_fed.tolist() == [True, True]
    again = model(scheduled_sampling=0.0, R=R)
    repeated = again(example._replace(mel=output.mel_before.detach()))
    assert repeated.self_fed is None
    torch.testing.assert_close(repeated.mel_before, output.mel_before, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(again(example).mel_before, output.mel_before, atol=1e-2)  # the recording's frames matter


def test_other_utterances_use_teacher_forcing():
    voice, example = model(scheduled_sampling=0.5), batch()
    plain = model(scheduled_sampling=0.0)(example).mel_before
    seen = set()
    for seed in range(8):
        torch.manual_seed(seed)
        output = voice(example)
        own = [False, False] if output.self_fed is None else output.self_fed.tolist()
        seen.add(tuple(own))
        for row, itself in enumerate(own):
            assert torch.allclose(output.mel_before[row], plain[row], atol=1e-5) != itself
    assert len(seen) > 1


def test_evaluation_uses_teacher_forcing():
    voice = model(scheduled_sampling=1.0).eval()
    assert voice(batch()).self_fed is None


def test_autocast_keeps_the_gradient_of_every_weight():
    voice = model(scheduled_sampling=1.0, prenet_dropout=0.5)
    with torch.autocast("cpu", torch.bfloat16):
        output = voice(batch())
        loss = output.mel.float().square().mean() + output.stop_logits.float().mean() + output.alignments[..., 0].mean()
    loss.backward()
    assert [name for name, weight in voice.named_parameters() if weight.grad is None] == []
    assert voice.decoder.projection.weight.grad.abs().max() > 0
    assert voice.decoder.attention_rnn.weight_hh_l0.grad.abs().max() > 0


# ---- the Transformer: a frame at a time, from a first pass that hears the recording ---------------------------------


def parallel(scheduled_sampling):
    torch.manual_seed(0)
    decoder = configured(
        TransformerDecoder,
        8,
        16,
        partial(configured, MultiHead, num_heads=2),
        model_dim=12,
        num_layers=2,
        num_heads=2,
        feedforward_dim=24,
        dropout=0.0,
        scheduled_sampling=scheduled_sampling,
        reduction_factor=1,
        prenet_dim=8,
        prenet_dropout=0.0,
        fp16_generation=False,
    )
    encoder = configured(ConvolutionLSTMEncoder, 30, 16, dropout=0.0)
    return configured(SequenceToMel, encoder, decoder, Same()).train()


def test_all_transformer_steps_receive_self_fed_frames():
    example = batch()
    plain = parallel(0.0)
    said = plain(example).mel_before
    expected = plain(example._replace(mel=said.detach())).mel_before
    torch.testing.assert_close(parallel(1.0)(example).mel_before, expected)
    assert not torch.allclose(said, expected, atol=1e-3)
    validated, expected = (parallel(p).eval()(example).mel_before for p in (1.0, 0.0))
    torch.testing.assert_close(validated, expected)


def test_some_transformer_steps_receive_the_recording():
    example = batch()
    recording = example.mel
    voice = parallel(0.25).decoder
    heard = []
    voice._forward_frames, listen = lambda mel, *rest: heard.append(mel) or listen(mel, *rest), voice._forward_frames
    memory = torch.randn(2, 4, 16)
    voice(memory, torch.ones(2, 4, dtype=torch.bool), recording, example.mel_lengths)
    first, second = heard
    assert first is recording
    kept = (second == recording).all(1)  # (B, T_mel): all channels of a frame, or none
    assert not ((second == recording) & ~kept.unsqueeze(1)).any()
    assert 0.5 < kept.float().mean() < 0.95


def test_autocast_keeps_the_gradient_of_every_transformer_weight():
    voice = parallel(0.5)
    with torch.autocast("cpu", torch.bfloat16):
        output = voice(batch())
        loss = output.mel.float().square().mean() + output.stop_logits.float().mean()
    loss.backward()
    assert [name for name, weight in voice.named_parameters() if weight.grad is None] == []
    assert voice.decoder.projection.weight.grad.abs().max() > 0
