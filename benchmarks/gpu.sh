#!/usr/bin/env bash
# Everything worth knowing about this project on one GPU, in less than 8 minutes, as one table; goes on after failures.
#
#   bash benchmarks/gpu.sh CORPUS [OUT]      from the repository's root; CORPUS is prepared and aligned
#
#   DEADLINE=470              seconds for all of it; what no longer fits is named SKIP
#   ONLY="voice profile"      these steps alone
#   DEVICE=cpu FAST=1         a dry run without a GPU, tiny sizes; SCALE=3 gives every step three times as long
#   PYTHON=python3            the interpreter; it must find the project's requirements
#
# OUT (gpu_report) gets table.txt, a log of every step, and speech.wav: what a voice says that was trained in the last minutes.
# The frames/s of the train_ steps include the loader and samples; for speed read `profile` and `bench`, 64 x 600 frames of noise.
set -uo pipefail

corpus=$(realpath "${1:?a prepared and aligned corpus folder}")
mkdir -p "${2:-gpu_report}" && out=$(realpath "${2:-gpu_report}")
work=$(mktemp -d) && python=${PYTHON:-python3} && began=$(date +%s)
export DEVICE=${DEVICE:-cuda} FAST=${FAST:-} RUNS=$work/runs WAVE=$out/speech.wav VOICE=$work/runs/voice
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 PYTHONWARNINGS=ignore OMP_NUM_THREADS=${OMP_NUM_THREADS:-4}
trainer=$([ "$DEVICE" = cuda ] && echo gpu || echo cpu)
steps=$([ -n "$FAST" ] && echo 4 || echo 100) && half=$((steps / 2)) && frames=$([ -n "$FAST" ] && echo 1500 || echo 20000)
mkdir -p "$RUNS" && rows=$out/rows.txt && : >"$rows"

left() { echo $((${DEADLINE:-470} - $(date +%s) + began)); }
check() { "$python" -m benchmarks.gpu_checks "$@"; }
finish() { check table "$rows" | tee "$out/table.txt"; rm -rf "$work"; }
trap finish EXIT

# step NAME NEED LIMIT COMMAND...     runs it if at least NEED seconds are left, for at most LIMIT seconds
step() {
    local name=$1 need=$2 limit=$(($3 * ${SCALE:-1})) start result rest; shift 3
    [ -n "${ONLY:-}" ] && [[ " $ONLY " != *" $name "* ]] && return
    rest=$(left)
    if [ "$rest" -lt "$need" ]; then printf '%s\tSKIP\t0\t%s s left, needs %s\n' "$name" "$rest" "$need" >>"$rows"; return; fi
    [ "$limit" -gt "$rest" ] && limit=$rest
    start=$(date +%s) && echo "== $name (at most $limit s)"
    timeout -k 15 "$limit" bash -c '"$@"' _ "$@" >"$out/$name.log" 2>&1; result=$?
    [ "$name" = train_voice ] && [ $result = 143 ] && result=0     # it is stopped by the clock, and has saved a voice
    [ "$name" = train_voice ] && [ $result = 124 ] && [ -e "$VOICE/voice/config.yaml" ] && result=0
    printf '%s\t%s\t%s\t%s\n' "$name" "$([ $result = 0 ] && echo ok || echo "FAIL $result")" $(($(date +%s) - start)) "$out/$name.log" >>"$rows"
    [ $result = 0 ] || tail -3 "$out/$name.log"
}

# train NAME STEPS OVERRIDES...     what all runs have in common
train() {
    local name=$1 count=$2; shift 2
    check train "name=$name" "run_dir=$RUNS/$name" "data.corpus=$corpus" trainer=$trainer "trainer.max_steps=$count" "trainer.val_check_interval=$half" \
        "trainer.log_every_n_steps=$((steps > 5 ? steps / 5 : 1))" callbacks.progress.line_every_n_steps=1 "callbacks.samples.every_n_steps=$half" \
        "callbacks.checkpoints.every_n_steps=$half" logger=none resume=auto threads="$OMP_NUM_THREADS" "$@"
}
export -f check train && export python corpus trainer steps half

sizes=$([ -n "$FAST" ] && echo 2 || echo "16 64") && length=$([ -n "$FAST" ] && echo 70 || echo 600)
data="datamodule.frames_per_batch=$frames datamodule.num_buckets=1"
taught="acoustic=tacotron2_small attention=stepwise_median loss=forced_alignment acoustic.use_forced_alignment=true $data acoustic.decoder.max_frames_per_symbol=4"
heads="acoustic=transformer_small attention=multi_head loss=guided_forward_sum alignment_prior=beta_binomial $data acoustic.decoder.max_frames_per_symbol=4"
small="datamodule.batch_size=2 vocoder.dim=16 vocoder.num_layers=1 loss.adversary.discriminators.period_channels=[8,8,8,8,8]"

step environment     10  60 check environment
step voice           20  60 check voice
step train_taught    25  70 train taught $steps $taught
step train_resumed   20  40 train taught $((steps + half)) $taught
step train_heads     25  70 train heads $steps $heads
step train_vocoder   30  70 train vocoder $half experiment=ljspeech/vocoder trainer.precision=auto task.adversarial_start_step=$((half / 2)) ${FAST:+$small}
step train_one_rank  25  45 train one_rank $half $taught +trainer.strategy=ddp trainer.devices=1
step samples          5  20 check samples
step profile         40  90 check profile
step bench           25  60 "$python" -m benchmarks.training --device "$DEVICE" --precision bf16 --batches $sizes --frames $length --repeats 2
step graph           20  45 check graph
step attentions      35  70 check attentions
if [ -n "$FAST" ]; then clock=1000; count=$steps; else clock=$(($(left) - 40)); count=100000; fi
step train_voice     60 1000 timeout -s TERM "$clock" bash -c 'train voice "$@"' _ $count $taught callbacks.checkpoints.every_n_steps=$((FAST ? steps : 2000)) callbacks.samples.every_n_steps=100000 trainer.val_check_interval=100000
step speak           10  40 check speak
