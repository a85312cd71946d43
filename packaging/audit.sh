#!/bin/bash
# The long checks, which take an hour or so: large fuzz, mutation, the packaged application, benchmarks. Not part of CI.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() {
    echo
    echo "== $1"
    shift
    "$@" || failed+=("$*")
}
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" LC_ALL="${LC_ALL:-C.UTF-8}"
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
unset TOUCHSTONE_HOME

step "All fast tests" packaging/run-tests.sh
step "The one-folder application" packaging/build.sh
step "Its own test" dist/touchstone/touchstone --selftest
mutation() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock \
        && .venv/bin/python packaging/mutation.py
}
step "Changes that tests should notice" mutation
contracts() {
    (cd contracts && npm ci --no-audit --no-fund && npm test && npm run audit)
}
step "Contracts, with large fuzz and slither" contracts
# A fifth of the changes, the same one each time; all of them, with `--every 1` and without `--fast`, take hours.
step "Changes of the contracts that tests should notice" \
    node contracts/script/mutate.mjs "${TMPDIR:-/tmp}/touchstone-mutants" --every 5 --fast
step "Long tests" .venv/bin/python -m pytest -m long -p no:xdist
benchmarks() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock \
        && .venv/bin/python benchmarks --markdown build/benchmarks.md
}
step "Benchmarks" benchmarks

echo
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'Failed: %s\n' "${failed[@]}"
    exit 1
fi
echo "All long checks passed. Benchmarks: build/benchmarks.md"
