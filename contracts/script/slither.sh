#!/bin/sh
# slither.sh: static analysis in an environment of its own, which is made where it is missing. Why four detectors are
# off, and what is argued in the sources, is in README.md.
set -eu
cd "$(dirname "$0")/.."
venv=../.venv-slither
if [ ! -x $venv/bin/slither ] || [ ../requirements-slither.lock -nt $venv/bin/slither ]; then
    "${PYTHON:-python3}" -m venv $venv
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r ../requirements-slither.lock
    touch $venv/bin/slither
fi
# It starts `forge` by that name.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
printf '#!/bin/sh\nexec node "%s/script/forge.mjs" "$@"\n' "$PWD" >"$tools/forge"
chmod +x "$tools/forge"
PATH="$tools:$PATH" $venv/bin/slither . "$@"
