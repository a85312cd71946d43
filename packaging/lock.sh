#!/bin/sh
# Resolve the lock files for every system and Python at once. They carry names, versions and hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
common="--universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --quiet"
# shellcheck disable=SC2086
$uv pip compile $common pyproject.toml --group build -o requirements.lock
# shellcheck disable=SC2086
$uv pip compile $common pyproject.toml --group build --group test --group lint --group package --group lock \
    -c requirements.lock -o requirements-dev.lock
# shellcheck disable=SC2086
$uv pip compile $common --group reference -c requirements-dev.lock -o requirements-reference.lock
# shellcheck disable=SC2086
$uv pip compile $common --group audit -c requirements-dev.lock -o requirements-audit.lock
# shellcheck disable=SC2086
$uv pip compile $common --group bench -c requirements-dev.lock -o requirements-bench.lock
# shellcheck disable=SC2086
$uv pip compile $common --group slither -o requirements-slither.lock
# shellcheck disable=SC2086
$uv pip compile $common --group training -c requirements-dev.lock -o requirements-training.lock
