#!/bin/sh
# A Slurm job array whose tasks are the shards of one read; a task that is requeued goes on from what it printed before.
#   sbatch --array=0-3 --export=ALL,UNTIL=2026-11-27T00:00:00Z deploy/slurm-array.sh
# CONFIG, CATALOG, STATE (of the read before), OUTPUT and PERIGEE may be set likewise. --array must begin with 0. Each attempt writes
# a file of its own, $OUTPUT/SHARD.ATTEMPT.jsonl. When all are done: perigee state merge with one file for each shard.
#SBATCH --job-name=perigee
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --output=/dev/null
set -eu
perigee=${PERIGEE:-perigee} output=${OUTPUT:-shards}
shard=$SLURM_ARRAY_TASK_ID attempt=${SLURM_RESTART_COUNT:-0}
mkdir -p "$output"

# The states of earlier attempts. The last line of one that was killed may be cut, so it does not count.
: >"$output/$shard.before.jsonl"
for file in "$output/$shard".[0-9]*.jsonl; do
  [ -e "$file" ] || continue
  sed '$d' "$file" | grep '^{"type":"STATE"' >>"$output/$shard.before.jsonl" || true
done
state=${STATE:-}
[ ! -s "$output/$shard.before.jsonl" ] || state=$output/$shard.before.jsonl

exec "$perigee" read --config "${CONFIG:-config.json}" --catalog "${CATALOG:-catalog.json}" ${state:+--state "$state"} \
  --shard "$shard/$SLURM_ARRAY_TASK_COUNT" --until "$UNTIL" >"$output/$shard.$attempt.jsonl" 2>"$output/$shard.$attempt.log"
