#!/usr/bin/env bash
# From data to packages that the agent accepts, on small subsets: a CNN head and an attention encoder. Proves the way, not the figures.
#
#   scripts/train/prove.sh [PACKAGE ...]      LINESIDE_DATA: folder of the data sets (default ../shared/data beside the checkout)
#                                             TRAIN_PYTHON: an environment with requirements.lock (default: made in .venv-train)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(part-presence process-attention)
data=$(realpath -m "${LINESIDE_DATA:-../shared/data}")
if [ ! -d "$data" ]; then
  echo "skipped: training needs data, and $data is not there"
  exit 0
fi
python=${TRAIN_PYTHON:-$PWD/.venv-train/bin/python}
if [ ! -x "$python" ]; then
  python3.11 -m venv .venv-train
  .venv-train/bin/pip install --quiet --requirement scripts/train/requirements.lock
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/models"
(cd scripts/train && "$python" -m house run "${packages[@]}" --subset --data "$data" --work "$work" --models "$work/models")
node dist/agent/main.js models verify --models "$work/models" "${packages[@]}"
