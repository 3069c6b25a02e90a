#!/usr/bin/env bash
# An hour of recordings -> features -> durations -> model -> speech. Writes into the current folder.
#
#   bash recipes/ljspeech_small/run.sh                                all stages; the recordings are in data/ljspeech_small
#   SOURCE=DIR bash recipes/ljspeech_small/run.sh                     ... or elsewhere, in LJSpeech's layout
#   bash recipes/ljspeech_small/run.sh 2                              from stage 2 on: train, finish, sharpen, recite, speak
#   NAME=try bash recipes/ljspeech_small/run.sh 0 6 debug=smoke        the whole machinery in a minute; nothing is learned
#
# Words after the two stage numbers go to the trainings. Every stage continues what an interrupted one began.
set -euo pipefail

from=${1:-0}
to=${2:-6}
name=${NAME:-ljspeech_small}
source=${SOURCE:-data/ljspeech_small}
python=${PYTHON:-python}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

stage() {
    [ "$1" -ge "$from" ] && [ "$1" -le "$to" ] && echo "== stage $1: $2"
}

if stage 0 "features"; then
    "$python" -m tts.prepare data=ljspeech_small data.source="$source"
fi

if stage 1 "durations"; then
    "$python" -m tts.align data.corpus=corpora/ljspeech_small steps="${ALIGN_STEPS:-1500}"
fi

if stage 2 "train"; then
    "$python" -m tts.train experiment=ljspeech_small/1_base name="$name" resume=auto "${@:3}"
fi

before=$name
number=3
for part in finish sharpen recite; do
    if stage $number "$part"; then
        "$python" -m tts.train "experiment=ljspeech_small/$part" name="${name}_$part" init_from="runs/$before" resume=auto "${@:3}"
    fi
    before=${name}_$part
    number=$((number + 1))
done

if stage 6 "synthesize"; then
    "$python" -m tts.synthesize "The boat left the harbour before the sun rose." \
        --voice "runs/$before" -o "$name.wav" --alignment "$name.png"
fi
