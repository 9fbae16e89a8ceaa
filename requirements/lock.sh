#!/usr/bin/env bash
# Locks every layer with hashes, for every platform and Python >= 3.12. Pass --upgrade to move versions.
set -euo pipefail
cd "$(dirname "$0")"
for layer in base vendors embedded production dev installer node benchmarks; do
  constraint=(); [ "$layer" = base ] || constraint=(-c base.txt)
  uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header "${constraint[@]}" "$@" "$layer.in" -o "$layer.txt"
done
