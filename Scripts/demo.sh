#!/usr/bin/env bash
# The main job on what ships in the repository: pull, inspect, fine-tune, evaluate, compare, export, lineage.
# Usage: Scripts/demo.sh [ZOO] (default: the release build). Works in a temporary registry and removes it.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
zoo=$(realpath "${1:-$root/.build/release/zoo}")
samples=$root/registry/samples/sentiment
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ZOO_HOME=$work/home
unset OPENBLAS_CORETYPE
cd "$work"

step() {
    printf '\n$ zoo'
    printf ' %q' "$@" | sed "s#$root/##g; s#$work/##g"
    printf '\n'
    "$zoo" "$@"
}

started=$(date +%s)
step --version
step mirror add lab "$root/Fixtures/mirror"
step search minilm
step pull minilm-l3-compact --as base
step inspect base
step tokenize base "not bad at all"

printf '\nThe same weights in HDF5, as TensorFlow names them: mapped back when they are read.\n'
mkdir tf
cp "$root"/Fixtures/mirror/minilm-l3-compact/{config,tokenizer,tokenizer_config,special_tokens_map}.json tf/
step convert base ./tf/tf_model.h5 --keys transformers-tf
step import ./tf --as base-h5
step inspect base-h5 --tensor '*query*'
step whatis ./tf/tf_model.h5

printf '\nA cut of it, run beside the original:\n'
step slice base --layers 0,2 --vocab-size 3000 --vocab-from "$samples/train.csv" --name smaller

step finetune base --task sentiment --name reviews
step evaluate reviews --data "$samples/test.csv" --errors 3
step predict reviews "a stirring, funny film" "I want my money back." "It does what it says, no more."
step finetune base --task sentiment --name reviews --epochs 1
step ls
step compare reviews@2 reviews@1 --data "$samples/test.csv"
step tag reviews@1 production
step export reviews:production --to hub -o out/hub
step export reviews:production --to onnx -o out/onnx
step lineage reviews:production
step rm reviews@2
step gc
step verify
printf '\nA bag-of-words baseline on the same data:\n'
python3 "$root/Fixtures/generate/check_samples.py" | grep -i baseline || true
printf '\nThe demo took %s seconds.\n' "$(($(date +%s) - started))"
