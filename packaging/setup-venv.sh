#!/bin/sh
# setup-venv.sh PYTHON VENV LOCK: a virtual environment with exactly the locked, hash-checked packages.
set -eu
python=$1 venv=$2 lock=$3
if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python is missing. Install it with: sudo apt install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Touchstone needs Python 3.11 or newer; $("$python" --version) was found. Name another with: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ] && ! "$python" -m venv "$venv" 2>/dev/null; then
    rm -rf "$venv"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python cannot make virtual environments here. Install that with: sudo apt install python$version-venv" >&2
    exit 1
fi
echo "Installing locked packages from $lock ..." >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# Compiled once here, our own modules load at once even where Python is told to write no bytecode.
"$venv/bin/python" -m compileall -q app || true
