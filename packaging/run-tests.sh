#!/bin/bash
# run-tests.sh [PYTEST ARGUMENTS]: the tests that fit in minutes, in two processes, with no window on the screen.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

lacking=$("$python" app/touchstone/syslibs.py)
if [ -n "$lacking" ]; then
    echo "The tests need system libraries that are missing here. Install them with:" >&2
    echo "  sudo apt install" $lacking >&2
    exit 1
fi

export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
# A decoder that starts a thread for each core in each of many processes is slower, not faster.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export LC_ALL="${LC_ALL:-C.UTF-8}"
unset TOUCHSTONE_HOME
exec "$python" -m pytest -n "${TEST_PROCESSES:-2}" -m "not long" "$@"
