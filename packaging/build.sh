#!/bin/bash
# The one-folder application in dist/touchstone, and what it weighs.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v objdump >/dev/null; then
    echo "Building needs binutils. Install it with: sudo apt install binutils" >&2
    exit 1
fi
export PYTHONHASHSEED=0 SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
.venv/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/pyinstaller packaging/touchstone.spec
echo "dist/touchstone: $(du -sm dist/touchstone | cut -f1) MB, $(find dist/touchstone -type f | wc -l) files"
