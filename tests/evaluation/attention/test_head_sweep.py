from dataclasses import replace

import pytest
import torch

from tts.alignment import HeadScore
from tts.core.interfaces import AcousticOutput
from tts.evaluation.attention.heads import HeadError, choose_heads, sweep_heads
from tts.find_alignment_heads import main


class ThreeHeads(torch.nn.Module):
    """The second head of the second layer follows the text; one head does not move and one has uniform weights."""

    head_names = ("layer 1, head 1", "layer 2, head 1", "layer 2, head 2")

    reduction_factor = 1
    is_stochastic, supports_constraints, has_speed, has_pitch = True, False, False, False

    def generate(self, tokens, token_lengths, seeds):
        N = tokens.shape[1]
        still, everywhere = torch.zeros(2 * N, N), torch.full((2 * N, N), 1 / N)
        still[:, 0] = 1.0
        heads = torch.stack((still, everywhere, torch.eye(N).repeat_interleave(2, 0)))[None]
        mel, steps = torch.zeros(1, 8, 2 * N), 2 * token_lengths
        return AcousticOutput(mel, mel, steps, torch.zeros(1, 2 * N), heads, steps)


def test_the_alignment_head_is_found_and_printed_as_an_option(tiny_voice):
    scores = sweep_heads(replace(tiny_voice, acoustic=ThreeHeads()), ["A river.", "Seven windows and a river."])
    assert scores[0].name == "layer 2, head 2"
    assert scores[0].path_mass == scores[0].coverage == 1.0
    assert choose_heads(scores) == [[2, 2]]


def test_the_best_heads_are_chosen():
    scores = [HeadScore(f"layer {n}, head 12", 0.9 - n / 100, 1.0, 0.9) for n in range(1, 6)]
    assert choose_heads(scores, most=2) == [[1, 12], [2, 12]]
    assert len(choose_heads(scores, most=9)) == 5


def test_a_voice_without_alignment_heads_is_an_error():
    with pytest.raises(HeadError, match="the best is layer 1, head 1"):
        choose_heads([HeadScore("layer 1, head 1", 0.3, 1.0, 0.9)])


def test_a_voice_with_one_head_is_an_error(tiny_voice_folder, capsys):
    assert main([str(tiny_voice_folder)]) == 1
    assert "Transformer voice" in capsys.readouterr().err
