#!/usr/bin/env bash
# Text list -> a teacher's speech -> features, durations, pitch -> model and vocoder -> voice. Writes into the current folder.
#
#   bash recipes/from_teacher/run.sh                                    all stages
#   TEXTS=data/LJSpeech-1.1/metadata.csv bash recipes/from_teacher/run.sh      LJSpeech's sentences before the short texts
#   ENGINE=kokoro VOICE=package/voices/bf_emma.bin bash recipes/from_teacher/run.sh      another teacher
#   bash recipes/from_teacher/run.sh 4                                  from stage 4 on: train, vocoder, voice
#   NAME=try COUNT=40 bash recipes/from_teacher/run.sh 0 4 trainer.max_steps=4 trainer.val_check_interval=2      the machinery in minutes
#
# Words after the two stage numbers go to the trainings. Every stage continues what an interrupted one began.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
from=${1:-0}
to=${2:-8}
name=${NAME:-from_teacher}
python=${PYTHON:-python}
corpus=corpora/from_teacher
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

stage() {
    [ "$1" -ge "$from" ] && [ "$1" -le "$to" ] && echo "== stage $1: $2"
}

if stage 0 "texts"; then
    "$python" "$here/make_texts.py" -o data/from_teacher.txt ${TEXTS:+--corpus "$TEXTS"} --count "${COUNT:-4300}"
fi

if stage 1 "the teacher speaks"; then
    "$python" -m tts.make_corpus data/from_teacher.txt -o data/from_teacher --engine "${ENGINE:-hibari}" \
        ${VOICE:+--voice "$VOICE"} --workers "${WORKERS:-0}"
fi

if stage 2 "features"; then
    "$python" -m tts.prepare data=from_teacher workers="${WORKERS:-0}" ${CHECK:+transcripts="$CHECK"}
fi

if stage 3 "durations and pitch"; then  # exact durations of the teacher stay; an engine without them is aligned
    "$python" -m tts.align data.corpus=$corpus steps="${ALIGN_STEPS:-1500}"
fi

if stage 4 "train"; then
    "$python" -m tts.train experiment=from_teacher/train name="$name" resume=auto "${@:3}"
fi

if stage 5 "discriminators, falling rate"; then
    "$python" -m tts.train experiment=from_teacher/finish name="${name}_finish" init_from="runs/$name" resume=auto "${@:3}"
fi

if stage 6 "small vocoder"; then
    if [ -z "${VOCODER:-}" ]; then
        echo "VOCODER names the harmonic vocoder to distill; train one with experiment=ljspeech_small/vocoder_gan" >&2
        exit 1
    fi
    "$python" -m tts.distill_vocoder "$VOCODER" --corpus $corpus -o "runs/${name}_vocoder" --steps "${VOCODER_STEPS:-2000}"
fi

if stage 7 "discriminators for the vocoder"; then
    "$python" -m tts.train experiment=from_teacher/vocoder name="${name}_vocoder_finish" init_from="runs/${name}_vocoder" \
        ${RECORDINGS:+datamodule.second_corpus="$RECORDINGS"} resume=auto "${@:3}"
fi

if stage 8 "voice"; then
    "$python" -m tts.import_vocoder "runs/${name}_vocoder_finish" --voice "runs/${name}_finish" -o "runs/${name}_voice"
    "$python" -m tts.synthesize "The boat left the harbor before the sun rose." \
        --voice "runs/${name}_voice" -o "$name.wav" --alignment "$name.png"
fi
