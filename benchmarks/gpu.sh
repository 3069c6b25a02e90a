#!/usr/bin/env bash
# Everything worth knowing about this project on one GPU, in less than 8 minutes, as one table; goes on after failures.
#
#   bash benchmarks/gpu.sh CORPUS [OUT]      from the repository's root; CORPUS is prepared and aligned
#
#   DEADLINE=460 RESERVE=170  seconds for all of it, and of these for the voice at the end; what does not fit is named SKIP
#   ONLY="voice profile"      these steps alone
#   DEVICE=cpu FAST=1         a dry run without a GPU, tiny sizes; SCALE=3 gives every step three times as long
#   PYTHON=python3            the interpreter; it must find the project's requirements
#
# OUT (gpu_report) gets table.txt, renewed after every step, and a log of each; what an earlier run left there goes to OUT/before_TIME.
# FAIL 124 is a step that took longer than its limit; on a busy CPU many do: try SCALE=4 DEADLINE=4000.
# Ctrl-C, SIGTERM and a lost connection end the current step, whose row says STOPPED, and then the script.
# The last minutes train a voice, a parallel model where the corpus has pitch: OUT/voice, and OUT/said/*.wav, sentences that Whisper
# reads if it is installed; on another machine: SAID=OUT/said python -m benchmarks.gpu_checks hear
# The frames/s of the train_ steps include the loader and samples; for speed read `profile` and `bench`, 64 x 600 frames of noise.
set -uo pipefail

corpus=$(realpath "${1:?a prepared and aligned corpus folder}")
for file in items.jsonl durations.npz; do
    [ -e "$corpus/$file" ] && continue
    echo "error: $corpus has no $file. Run python -m tts.prepare and python -m tts.align data.corpus=$corpus first" >&2
    exit 2
done
mkdir -p "${2:-gpu_report}" && out=$(realpath "${2:-gpu_report}")
work=$(mktemp -d) && python=${PYTHON:-python3} && began=$(date +%s) && reserve=${RESERVE:-170}
export DEVICE=${DEVICE:-cuda} FAST=${FAST:-} RUNS=$work/runs SAID=$out/said VOICE=$out/voice
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 PYTHONWARNINGS=ignore OMP_NUM_THREADS=${OMP_NUM_THREADS:-4}
trainer=$([ "$DEVICE" = cuda ] && echo gpu || echo cpu)
steps=$([ -n "$FAST" ] && echo 4 || echo 100) && half=$((steps / 2)) && frames=$([ -n "$FAST" ] && echo 1500 || echo 20000)
if [ -e "$out/rows.txt" ]; then
    before=$out/before_$(date +%m%d_%H%M%S) && mkdir "$before"
    find "$out" -mindepth 1 -maxdepth 1 ! -name "before_*" -exec mv {} "$before" \;
fi
mkdir -p "$RUNS" && rows=$out/rows.txt && : >"$rows"

left() { echo $((${DEADLINE:-460} - reserve - $(date +%s) + began)); }
check() { "$python" -m benchmarks.gpu_checks "$@"; }
write() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$rows" && "$python" benchmarks/gpu_table.py "$rows" >"$out/table.txt"; }
outcome() { if [ "$1" = 0 ]; then echo ok; elif [ -n "$stopped" ]; then echo STOPPED; else echo "FAIL $1"; fi; }
finish() { echo && cat "$out/table.txt"; rm -rf "$work"; }
trap finish EXIT && child= && stopped= && trap 'stopped=143; [ -n "$child" ] && kill "$child" 2>/dev/null' HUP INT TERM

# step NAME NEED LIMIT COMMAND...     runs it if at least NEED seconds are left, for at most LIMIT seconds
step() {
    local name=$1 need=$2 limit=$(($3 * ${SCALE:-1})) start result rest; shift 3
    [ -n "$stopped" ] && return
    [ -n "${ONLY:-}" ] && [[ " $ONLY " != *" $name "* ]] && return
    rest=$(left)
    if [ "$rest" -lt "$need" ]; then write "$name" SKIP 0 "$rest s left, needs $need"; return; fi
    [ "$limit" -gt "$rest" ] && limit=$rest
    start=$(date +%s) && echo "== $name (at most $limit s)"
    timeout -k 15 "$limit" bash -c '"$@"' _ "$@" >"$out/$name.log" 2>&1 &
    child=$! && wait $child; result=$?
    if [ -n "$stopped" ]; then wait $child; result=$?; fi     # the signal ended the first wait, not the step
    child=
    if [ "$name" = train_voice ] && [ -e "$RUNS/voice/voice/config.yaml" ]; then
        cp -r "$RUNS/voice/voice" "$VOICE"
        [ $result = 124 ] || [ $result = 143 ] && result=0     # it is stopped by the clock, and has saved a voice
    fi
    write "$name" "$(outcome $result)" $(($(date +%s) - start)) "$out/$name.log"
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

parallel="acoustic=parallel ~attention loss=parallel $data"
if [ -e "$corpus/pitch.npz" ]; then voice=$parallel; else voice=$taught; fi

step environment     10  60 check environment
step voice           20  60 check voice
step train_taught    25  70 train taught $steps $taught
step train_resumed   20  40 train taught $((steps + half)) $taught
step train_heads     25  70 train heads $steps $heads
step train_parallel  20  50 train parallel $half $parallel
step train_resident  20  40 train resident $half $taught datamodule.resident=true
step train_vocoder   30  70 train vocoder $half experiment=ljspeech/vocoder trainer.precision=auto task.adversarial_start_step=$((half / 2)) ${FAST:+$small}
step train_one_rank  25  45 train one_rank $half $taught +trainer.strategy=ddp trainer.devices=1
step samples          5  20 check samples
step profile         40  90 check profile
step bench           25  60 "$python" -m benchmarks.training --device "$DEVICE" --precision bf16 --batches $sizes --frames $length --repeats 2
[ "$DEVICE" = cuda ] && step train_graphs 30 60 train graphs $half experiment=ljspeech/vocoder trainer.precision=auto cuda_graphs=true
step graph           20  45 check graph
step attentions      35  70 check attentions
step compiled        60 120 check compiled
[ -z "$FAST" ] && step train_compiled 60 120 train compiled $half $parallel compile=true
reserve=0
if [ -n "$FAST" ]; then clock=1000; count=$steps; else clock=$(($(left) - 60)); count=100000; fi
rare="callbacks.checkpoints.every_n_steps=$((FAST ? steps : 2000)) callbacks.samples.every_n_steps=100000 trainer.val_check_interval=100000"
step train_voice     60 1000 timeout -s TERM "$clock" bash -c 'train voice "$@"' _ $count $voice $rare
step speak           10  40 check speak
step hear            15  40 check hear
exit "${stopped:-0}"
