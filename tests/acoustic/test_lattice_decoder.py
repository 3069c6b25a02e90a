import math

import pytest
import torch
from configured import configured

from tts.acoustic.decoder_output import teacher_forcing_inputs
from tts.acoustic.lattice_decoder import LatticeDecoder
from tts.acoustic.stopping import CoverageStop
from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.likelihood import LikelihoodLoss

SIZES = {"prenet_dim": 6, "rnn_dim": 8, "hidden_dim": 10}


def decoder(lattice="hmm", R=2, seed=0, **options):
    torch.manual_seed(seed)
    return configured(LatticeDecoder, 4, 5, lattice=lattice, reduction_factor=R, **SIZES, **options).eval()


def inputs(lengths=(5, 3), frames=(23, 14)):
    torch.manual_seed(1)
    memory, mel = torch.randn(len(lengths), max(lengths), 5), torch.randn(len(lengths), 4, max(frames))
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return memory, mask, mel, torch.tensor(frames)


def by_hand(model, memory, mel, R):
    """Compute the forward sum of the hidden Markov model for one utterance, frame by frame, without logarithms."""
    T = -(-mel.shape[1] // R)
    hidden, alpha = model.rnn.initial_state(memory[None]), None
    for t, x in enumerate(teacher_forcing_inputs(model.prenet, mel[None], R, T, 0.0).unbind(1)):
        hidden = model.rnn.step(x, hidden)
        cells = model._cells(model.query_projection(hidden[0]), model.key_projection(memory))  # (N, K)
        group = mel[:, t * R : (t + 1) * R].T.flatten()  # the last may be short
        means = model.projection(cells)[:, : len(group)]
        deviations = (torch.nn.functional.softplus(model.deviation(cells)) + model.min_deviation)[:, : len(group)]
        density = torch.distributions.Normal(means, deviations).log_prob(group).sum(1).double().exp()
        move = torch.sigmoid(model.move(cells)).squeeze(1).double()
        move[-1] = 0.0
        if alpha is None:
            alpha = torch.zeros_like(density)
            alpha[0] = density[0]
        else:
            arrived = torch.cat((alpha.new_zeros(1), (alpha * move)[:-1]))
            alpha = density * (alpha * (1 - move) + arrived)
    return alpha[-1].log()


@pytest.mark.parametrize("R", [1, 2])
def test_the_likelihood_equals_a_forward_sum_by_hand(R):
    model, (memory, mask, mel, frames) = decoder(R=R), inputs()
    with torch.no_grad():
        found = model(memory, mask, mel, frames).log_likelihood
        for b, (n, t) in enumerate(zip((5, 3), (23, 14))):
            torch.testing.assert_close(found[b], by_hand(model, memory[b, :n], mel[b, :, :t], R), atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("lattice", ["hmm", "transducer"])
def test_alignments_are_posteriors_and_padding_changes_nothing(lattice):
    model, (memory, mask, mel, frames) = decoder(lattice), inputs()
    output = model(memory.masked_fill(~mask.unsqueeze(2), float("nan")), mask, mel, frames)
    alone = model(memory[1:, :3], mask[1:, :3], mel[1:, :, :14], frames[1:])
    torch.testing.assert_close(output.log_likelihood[1], alone.log_likelihood[0])
    torch.testing.assert_close(output.alignments[1, :, :7, :3], alone.alignments[0])
    torch.testing.assert_close(output.mel_before[1, :, :14], alone.mel_before[0])
    torch.testing.assert_close(output.alignments[0, 0].sum(1), torch.ones(12))


@pytest.mark.parametrize("lattice", ["hmm", "transducer"])
def test_training_reaches_every_parameter(lattice):
    model, (memory, mask, mel, frames) = decoder(lattice).train(), inputs()
    output = model(memory, mask, mel, frames)
    (output.log_likelihood.sum() + output.mel_before.sum() + output.stop_logits.sum()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("lattice", ["hmm", "transducer"])
def test_generation_visits_the_text_in_order(lattice):
    model = decoder(
        lattice, stop_rule=configured(CoverageStop, last_symbols=1, max_steps_at_end=3), max_frames_per_symbol=40
    )
    memory, mask, _, _ = inputs()
    output = model.generate(memory, mask, [0, 0])
    path = output.alignments[:, 0].argmax(2)
    for b, last in enumerate((4, 2)):
        steps = path[b, : output.decoder_lengths[b]].diff()
        assert (steps >= 0).all()
        assert path[b, output.decoder_lengths[b] - 1] == last
        assert steps.max() == 1
        if lattice == "hmm":
            assert path[b, 0] == 0


@pytest.mark.parametrize(("quantile", "stays"), [(0.5, 3), (0.8, 6)])
def test_the_quantile_sets_the_pace(quantile, stays):
    model = decoder(duration_quantile=quantile, gate_threshold=1.0, max_frames_offset=60, max_frames_per_symbol=0)
    torch.nn.init.zeros_(model.move.weight)
    torch.nn.init.constant_(model.move.bias, -math.log(3.0))  # p(stay) = 3/4: half are left after 3, a fifth after 6
    memory, mask, _, _ = inputs((4,))
    path = model.generate(memory, mask, [0]).alignments[0, 0].argmax(1).tolist()
    assert path.count(1) == stays


def test_a_transducer_skips_no_symbol_in_generation():
    model = decoder("transducer", gate_threshold=1.0, max_frames_offset=20, max_frames_per_symbol=0)
    torch.nn.init.zeros_(model.move.weight)
    torch.nn.init.constant_(model.move.bias, 5.0)
    memory, mask, _, _ = inputs((4,))
    assert model.generate(memory, mask, [0]).alignments[0, 0].argmax(1)[:4].tolist() == [1, 2, 3, 3]


def test_forced_alignment_is_an_error():
    model, (memory, mask, mel, frames) = decoder(), inputs()
    with pytest.raises(ValueError, match="use_forced_alignment=false"):
        model(memory, mask, mel, frames, torch.ones(2, 5, dtype=torch.int64))


def test_the_loss_counts_utterances_that_have_an_alignment():
    frames, tokens = torch.tensor([4, 2]), torch.tensor([2, 3])
    batch = Batch([], torch.ones(2, 3).long(), tokens, torch.zeros(2, 5, 4), frames)
    likelihood = torch.tensor([-40.0, -1e30], dtype=torch.float64)
    nothing = torch.zeros(2, 1)
    output = AcousticOutput(batch.mel, batch.mel, frames, nothing, nothing, frames, log_likelihood=likelihood)
    assert float(configured(LikelihoodLoss)(output, batch, 0)) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="neural_hmm"):
        configured(LikelihoodLoss)(output._replace(log_likelihood=None), batch, 0)
