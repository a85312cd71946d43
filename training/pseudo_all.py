"""All aligned pseudo-fakes: of views and of crops. Goes on where it was stopped; about two hours on one core."""

from __future__ import annotations

from training import pseudo

if __name__ == "__main__":
    for kind in ("view", "crop"):
        pseudo.main(kind)
