#!/usr/bin/env bash
# An hour of recordings -> features -> durations -> model -> speech. Writes into the current folder.
#
#   bash recipes/ljspeech_small/run.sh                                all stages; the recordings are in data/ljspeech_small
#   SOURCE=DIR TEXTS=FILE bash recipes/ljspeech_small/run.sh          ... or elsewhere, in LJSpeech's layout; FILE has the
#                                                                     texts that a synthesiser reads before, one a line
#   ENGINE=espeak bash recipes/ljspeech_small/run.sh                  where flite is not installed
#   bash recipes/ljspeech_small/run.sh 4                              from stage 4 on: adapt, sharpen, synthesize
#   NAME=try bash recipes/ljspeech_small/run.sh 0 6 debug=tiny        the whole machinery in minutes; nothing is learnt
#
# Words after the two stage numbers go to the trainings. Every stage continues what an interrupted one began.
set -euo pipefail

from=${1:-0}
to=${2:-6}
name=${NAME:-ljspeech_small}
source=${SOURCE:-data/ljspeech_small}
texts=${TEXTS:-data/LJSpeech-1.1/metadata.csv}
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

if stage 2 "a synthesiser reads"; then
    mkdir -p data    # what the human reads, and is tested on, the synthesiser does not
    { grep -vFf <(cut -d'|' -f1 "$source/metadata.csv") "$texts" || true; } \
        | shuf -n "${LINES_SPOKEN:-4000}" --random-source="$texts" > data/ljspeech_spoken_texts.csv
    "$python" -m tts.speak data/ljspeech_spoken_texts.csv --engine "${ENGINE:-flite}" --rate 150 -o data/ljspeech_spoken
    "$python" -m tts.prepare data=ljspeech_small data.source=data/ljspeech_spoken data.corpus=corpora/ljspeech_spoken
    "$python" -m tts.align data.corpus=corpora/ljspeech_spoken steps="${ALIGN_STEPS:-2000}"
fi

if stage 3 "pretrain"; then
    "$python" -m tts.train recipes=ljspeech_small/pretrain name="${name}_spoken" resume=auto "${@:3}"
fi

if stage 4 "adapt"; then
    "$python" -m tts.train recipes=ljspeech_small/adapt name="${name}_adapt" init_from="runs/${name}_spoken" \
        resume=auto "${@:3}"
fi

if stage 5 "sharpen"; then
    "$python" -m tts.train recipes=ljspeech_small/sharpen name="${name}_sharpen" init_from="runs/${name}_adapt" resume=auto "${@:3}"
fi

if stage 6 "synthesize"; then
    "$python" -m tts.synthesize "The boat left the harbour before the sun rose." \
        --voice "runs/${name}_sharpen" -o "$name.wav" --alignment "$name.png"
fi
