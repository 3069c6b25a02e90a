"""Generation: seeds, batches, stops, limits, and the fast implementations compared with the simple ones."""

from functools import partial

import pytest
import torch

from tests.configured import configured
from tts.acoustic.model import SequenceToMel
from tts.acoustic.postnet import Postnet
from tts.acoustic.rnn_decoder import RecurrentDecoder
from tts.acoustic.rnn_encoder import ConvolutionLSTMEncoder
from tts.attention.stepwise_monotonic import StepwiseMonotonic

TOKENS = torch.randint(1, 30, (3, 9), generator=torch.Generator().manual_seed(0))
LENGTHS = torch.tensor([9, 4, 6])


def model(R=2, **options):
    torch.manual_seed(0)
    attention = partial(configured, StepwiseMonotonic, attention_dim=16, inference="median")
    sizes = {"prenet_dim": 16, "attention_rnn_dim": 24, "decoder_rnn_dim": 20, "reduction_factor": R}
    sizes |= {"max_frames_offset": 20, "max_frames_per_symbol": 6, "fp16_generation": False}
    decoder = configured(RecurrentDecoder, 80, 32, attention, **(sizes | options))
    encoder, postnet = configured(ConvolutionLSTMEncoder, 30, 32), configured(Postnet, 80, 16, num_layers=2)
    return configured(SequenceToMel, encoder, decoder, postnet).eval()


@pytest.mark.parametrize("R", [1, 2, 3, 7])
def test_the_same_seed_gives_the_same_speech_in_any_batch(R):
    voice = model(R)
    together = voice.generate(TOKENS, LENGTHS, [5, 6, 7])
    for b, n in enumerate(LENGTHS.tolist()):
        alone = voice.generate(TOKENS[b : b + 1, :n], LENGTHS[b : b + 1], [5 + b])
        T = int(alone.mel_lengths)
        assert together.mel_lengths[b] == T
        torch.testing.assert_close(together.mel[b, :, :T], alone.mel[0], atol=1e-5, rtol=1e-5)


def test_the_seed_determines_the_speech():
    voice = model()
    first, again, other = (voice.generate(TOKENS[:1], LENGTHS[:1], [seed]).mel for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_global_random_generator_is_not_used():
    voice = model()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = voice.generate(TOKENS[:1], LENGTHS[:1], [1]).mel
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert torch.equal(voice.generate(TOKENS[:1], LENGTHS[:1], [1]).mel, first)


def test_the_limit_of_frames_grows_with_each_text():
    voice = model(gate_threshold=2.0)  # never stops by itself
    output = voice.generate(TOKENS, LENGTHS, [0, 0, 0])
    assert output.mel_lengths.tolist() == [20 + 6 * n for n in LENGTHS.tolist()]
    assert output.alignments.shape[2] == output.decoder_lengths.max()


def test_each_utterance_stops_independently():
    voice = model(gate_threshold=0.0)
    torch.nn.init.zeros_(voice.decoder.stop.weight)
    assert voice.generate(TOKENS, LENGTHS, [0, 0, 0]).decoder_lengths.tolist() == [1, 1, 1]


def test_without_inference_dropout_every_seed_gives_the_same_speech():
    voice = model(prenet_dropout_inference=0.0)
    one, other = (voice.generate(TOKENS[:1], LENGTHS[:1], [seed]).mel for seed in (1, 2))
    assert torch.equal(one, other)
    frames = torch.randn(2, 5, 80)
    prenet = voice.decoder.prenet.train()
    assert not torch.equal(prenet(frames), prenet(frames))


def test_fp16_generation_is_close_to_float32():
    plain, half = model(gate_threshold=2.0), model(gate_threshold=2.0, fp16_generation=True)
    exact, rounded = (voice.generate(TOKENS, LENGTHS, [1, 2, 3]) for voice in (plain, half))
    torch.testing.assert_close(rounded.mel, exact.mel, atol=0.02, rtol=0)
    assert not torch.equal(rounded.mel, exact.mel)
