#!/bin/sh
# Open the window; without a display say so, and check the samples in the terminal.
set -u
touchstone=.venv/bin/touchstone
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; then
    exec $touchstone
fi
echo "There is no display here, so the window cannot open. Checking the samples in the terminal instead:" >&2
echo >&2
$touchstone --selftest || exit 1
echo >&2
echo "Try: $touchstone check FILE    More: $touchstone --help" >&2
