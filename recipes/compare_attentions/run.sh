#!/usr/bin/env bash
# Short texts -> spoken corpus -> features -> the comparison of attentions, without any download. Writes into the current
# folder.
#
#   bash recipes/compare_attentions/run.sh                            all stages: one of each mechanism
#   bash recipes/compare_attentions/run.sh 2 additive gmm             the comparison alone, of these (names of conf/attention)
#   bash recipes/compare_attentions/run.sh 2 additive --repair        and what repairs its failures
#
# Every stage continues what an interrupted one began.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
from=${1:-0}
folder=${OUT:-runs/compare}
python=${PYTHON:-python}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

if [ "$from" -le 0 ]; then
    echo "== stage 0: espeak-ng slowly speaks the texts of espeak_quickstart, three words at a time"
    mkdir -p data
    awk 'NR > 1 { gsub(/[.,;:?!]/, ""); for (i = 1; i + 2 <= NF; i += 3) print $i, $(i + 1), $(i + 2) "." }' \
        "$here/../espeak_quickstart/texts.txt" > data/compare.txt
    "$python" -m tts.make_corpus data/compare.txt -o data/compare --rate 120 --limit 800
fi

if [ "$from" -le 1 ]; then
    echo "== stage 1: features"
    "$python" -m tts.prepare data=espeak_quickstart data.source=data/compare data.corpus=corpora/compare \
        data.split.validation=0.03 data.split.test=0.06
    "$python" -m tts.align data.corpus=corpora/compare steps=1500 # durations and pitch, for the parallel decoder alone
fi

echo "== stage 2: train, judge, compare"
"$python" -m tts.compare_attentions -o "$folder" "${@:2}"
