"""Analysis of alignments: metrics, faults, reports and plots. No model code.

An alignment (T_dec, T_text) holds the attention weight of every symbol at every decoder step.

`metrics`       numbers of one alignment
`batched`       the same numbers for a batch, in torch, for the logs of training
`faults`        faults, with their symbols, words and steps
`heads`         which of several heads follow the text
`report`        metrics, faults and a verdict in words
`symbol_words`  the words of the symbols
`plots`         matplotlib figures
`picture`       pictures without matplotlib
`html_report`   one HTML file with many utterances, by training step
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
