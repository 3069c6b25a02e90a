#!/usr/bin/env bash
# Text list -> spoken corpus -> features -> durations -> model -> speech, without any download. Writes into the current folder.
#
#   bash recipes/espeak_quickstart/run.sh                               all stages
#   bash recipes/espeak_quickstart/run.sh 3                             from stage 3 on: train, synthesize
#   NAME=try bash recipes/espeak_quickstart/run.sh 0 4 debug=smoke       the whole machinery in minutes; nothing is learned
#
# Words after the two stage numbers go to the training (attention=dynamic_convolution, trainer=gpu, ...); give each
# variant a NAME of its own. Every stage continues what an interrupted one began.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
from=${1:-0}
to=${2:-4}
name=${NAME:-first_voice}
python=${PYTHON:-python}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

stage() {
    [ "$1" -ge "$from" ] && [ "$1" -le "$to" ] && echo "== stage $1: $2"
}

if stage 0 "espeak-ng speaks the texts"; then
    "$python" -m tts.make_corpus "$here/texts.txt" -o data/espeak_quickstart
fi

if stage 1 "features"; then
    "$python" -m tts.prepare data=espeak_quickstart
fi

if stage 2 "durations"; then
    "$python" -m tts.align data.corpus=corpora/espeak_quickstart steps="${ALIGN_STEPS:-600}"
fi

if stage 3 "train"; then
    "$python" -m tts.train experiment=espeak_quickstart/train name="$name" resume=auto "${@:3}"
fi

if stage 4 "synthesize"; then
    "$python" -m tts.synthesize "The boat left the harbour before the sun rose." \
        --voice "runs/$name" -o "$name.wav" --alignment "$name.png"
fi
