#!/bin/sh
# train.sh MODEL: train one of the shipped models and measure it on folds (training/README.md). Goes on where it stopped.
set -eu
cd "$(dirname "$0")/.."
export PYTHONPATH=app:.
run() { .venv-training/bin/python -m "training.$1"; }
case "${1:-}" in
    ai-image) run ai_image ;;
    forensic) run forensic ;;
    face) run face ;;
    splice) run splice ;;
    joint) run joint && run video && "$0" seal ;;
    seal) .venv/bin/python -m training.seal ;;
    pseudo) run pseudo_all ;;
    all) for one in ai-image forensic face splice joint; do "$0" "$one"; done ;;
    *) echo "MODEL is one of: ai-image, forensic, face, splice, joint, seal, pseudo, all" >&2; exit 2 ;;
esac
