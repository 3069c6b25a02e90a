"""Analysis of alignments: metrics, faults, reports and plots. No model code.

An alignment (T_dec, T_text) holds the attention weight of every symbol at every decoder step.

`measures`   numbers of one alignment
`batched`    the same of a batch, in torch, for the logs of training
`faults`     what went wrong, and which symbols, words and steps it concerns
`heads`      which of several heads read
`health`     `report`: both of the above and a verdict in words
`plots`      matplotlib figures
`page`       one HTML file that shows many utterances, and how they changed while a model learned
"""

from tts.alignment.faults import Fault
from tts.alignment.heads import HeadScore, score_heads
from tts.alignment.plots import plot_alignment, plot_heads, plot_utterance
from tts.alignment.report import AlignmentReport, report
from tts.alignment.symbol_words import is_spoken, words_of

__all__ = [
    "AlignmentReport",
    "Fault",
    "HeadScore",
    "is_spoken",
    "plot_alignment",
    "plot_heads",
    "plot_utterance",
    "report",
    "score_heads",
    "words_of",
]
