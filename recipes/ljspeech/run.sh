#!/usr/bin/env bash
# LJSpeech -> features -> durations -> model -> speech, on a GPU. Writes into the current folder.
#
#   bash recipes/ljspeech/run.sh                           all stages; downloads LJSpeech (2.6 GB) if it is not in data/
#   SOURCE=DIR bash recipes/ljspeech/run.sh                ... or takes it from where it is
#   bash recipes/ljspeech/run.sh 2                         from stage 2 on: train, synthesize
#   bash recipes/ljspeech/run.sh 2 2 trainer=ddp           on all GPUs of the machine
#   DEVICE=cpu NAME=try bash recipes/ljspeech/run.sh 1 3 debug=smoke   the whole machinery on a CPU; nothing is learned
#
# Words after the two stage numbers go to the training. Every stage continues what an interrupted one began.
set -euo pipefail

from=${1:-0}
to=${2:-3}
name=${NAME:-ljspeech}
source=${SOURCE:-data/LJSpeech-1.1}
corpus=${CORPUS:-corpora/ljspeech}
device=${DEVICE:-cuda}
python=${PYTHON:-python}

stage() {
    [ "$1" -ge "$from" ] && [ "$1" -le "$to" ] && echo "== stage $1: $2"
}

if stage 0 "features"; then
    "$python" -m tts.prepare data=ljspeech data.source="$source" data.corpus="$corpus" workers="${WORKERS:-$(nproc)}"
fi

if stage 1 "durations"; then
    if [ -e "$corpus/durations.npz" ]; then
        echo "$corpus has durations"
    else
        "$python" -m tts.align data.corpus="$corpus" device="$device" data.batch_size=64
    fi
fi

if stage 2 "train"; then
    "$python" -m tts.train experiment=ljspeech/train name="$name" data.corpus="$corpus" resume=auto "${@:3}"
fi

if stage 3 "synthesize"; then
    "$python" -m tts.synthesize "The boat left the harbour before the sun rose." \
        --voice "runs/$name" -o "$name.wav" --alignment "$name.png"
fi
