#!/bin/sh
# setup-training.sh PYTHON VENV: the environment that trains the shipped models. PyTorch comes in one build a kind of
# processor under one version, so it is named by version; everything else is hash-checked.
set -eu
python=$1 venv=$2
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing what training needs ..." >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-training.lock
