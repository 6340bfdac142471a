#!/usr/bin/env bash
# From data to packages that the agent accepts, on small subsets: a CNN head and an attention encoder. Proves the way, not the figures.
#
#   scripts/train/prove.sh [PACKAGE ...]      LINESIDE_DATA: folder of the data sets (default ../shared/data beside the checkout); where
#                                             there is none, on drawn pictures and rows
#                                             TRAIN_PYTHON: an environment with requirements.lock (default: made in .venv-train)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(part-presence process-attention)
data=$(realpath -m "${LINESIDE_DATA:-../shared/data}")
unset LINESIDE_DATA
# Threads that spin while they wait take a busy box away from each other; bars are for a terminal.
export OMP_WAIT_POLICY=passive
[ -t 2 ] || export TQDM_DISABLE=1
given=()
if [ -d "$data" ]; then given=(--data "$data"); else echo "no data in $data: drawn pictures and rows instead"; fi
python=${TRAIN_PYTHON:-$PWD/.venv-train/bin/python}
# A mark of its own: an environment whose installation was interrupted, or of another lock file, is made anew.
if [ -z "${TRAIN_PYTHON:-}" ] && ! cmp -s scripts/train/requirements.lock .venv-train/requirements.lock; then
  echo "installing scripts/train/requirements.lock in .venv-train"
  python3.11 -m venv --clear .venv-train
  # uv does what pip does in half the time or less: it loads and unpacks many at once. 5 GB twice, in a cache too, would be 10.
  .venv-train/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
  .venv-train/bin/uv pip install --quiet --no-cache --no-deps --python "$python" --requirement scripts/train/requirements.lock
  cp scripts/train/requirements.lock .venv-train/requirements.lock
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/models"
house() { (cd scripts/train && "$python" -m house "$@" --subset "${given[@]}" --models "$work/models"); }
fp32() { (cd "$work/models" && sha256sum "${packages[0]}"/*fp32*.onnx); }
house run "${packages[@]}" --work "$work"
node dist/agent/main.js models verify --models "$work/models" "${packages[@]}"

# Int8 anew from the packaged fp32 network alone: in another work folder, which knows of no training, it must take that very file.
trained=$(fp32)
for stage in requantize evaluate package; do house "$stage" "${packages[0]}" --work "$work/again"; done
[ "$(fp32)" = "$trained" ] || { echo "requantize changed the fp32 network of ${packages[0]}" >&2; exit 1; }
node dist/agent/main.js models verify --models "$work/models" "${packages[0]}"
