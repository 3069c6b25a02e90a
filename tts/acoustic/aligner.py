"""A small model that aligns frames with symbols (Shih et al. 2021; Badlani et al. 2021).

Short convolutions without position information embed frames and symbols, so the similarity depends only on the sound.
The model is trained with the forward-sum loss in minutes. It gives the durations along which an attention is trained.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.nn.masks import lengths_to_mask


class Aligner(nn.Module):
    """Similarity of every frame to every symbol.

    Args:
        num_symbols: size of the symbol table.
        n_mels: M.
        hidden_dim: width of the convolutions.
        embedding_dim: width of the embeddings of frames and symbols.
        temperature: similarity is minus this times the squared distance.
        mel_mean: inside, mels are (mel - mel_mean) / mel_std.
        mel_std: see ``mel_mean``.
    """

    def __init__(
        self,
        num_symbols: int,
        n_mels: int,
        hidden_dim: int,
        embedding_dim: int,
        temperature: float,
        mel_mean: float,
        mel_std: float,
    ) -> None:
        super().__init__()
        self.temperature, self.mel_mean, self.mel_std = temperature, mel_mean, mel_std
        self.symbol_embedding = nn.Embedding(num_symbols, hidden_dim)
        self.symbol_network = nn.Sequential(
            nn.Conv1d(hidden_dim, 2 * hidden_dim, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(2 * hidden_dim, embedding_dim, 1),
        )
        self.frame_network = nn.Sequential(
            nn.Conv1d(n_mels, 2 * n_mels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(2 * n_mels, n_mels, 1),
            nn.ReLU(),
            nn.Conv1d(n_mels, embedding_dim, 1),
        )

    def forward(self, tokens: Tensor, token_lengths: Tensor, mel: Tensor) -> Tensor:
        """(B, T_text), (B,), (B, M, T_mel) -> logits (B, T_mel, T_text)."""
        mask = lengths_to_mask(token_lengths, tokens.shape[1]).unsqueeze(1)
        symbols = self.symbol_network(self.symbol_embedding(tokens).mT.masked_fill(~mask, 0.0)).mT
        frames = self.frame_network((mel - self.mel_mean) / self.mel_std).mT  # (B, T_mel, embedding_dim)
        return -self.temperature * torch.cdist(frames.float(), symbols.float()).square()
