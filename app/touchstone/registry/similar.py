"""Registered files that look like a picture: PDQ hashes within `RADIUS` bits, all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from touchstone.registry import claims
from touchstone.registry.lookup import RADIUS, Similar


def pictures(connection: sqlite3.Connection, path: Path, pdqs: Sequence[str], limit: int) -> tuple[Similar, ...]:
    queries = np.frombuffer(b"".join(bytes.fromhex(p) for p in pdqs), np.uint64).reshape(-1, 4)
    rows = connection.execute("SELECT id, sha256, pdq FROM registration WHERE pdq IS NOT NULL").fetchall()
    if not rows:
        return ()
    hashes = np.frombuffer(b"".join(row[2] for row in rows), np.uint64).reshape(-1, 4)
    best: dict[bytes, tuple[int, int, int]] = {}
    for turn, query in enumerate(queries):
        near = np.bitwise_count(hashes ^ query).sum(axis=1, dtype=np.uint16)
        for place in np.flatnonzero(near <= RADIUS):
            row = rows[place]
            best[row[1]] = min(best.get(row[1], (999, 0, 0)), (int(near[place]), turn, row[0]))
    ranked = sorted(best.items(), key=lambda e: (e[1][0], e[1][2]))
    return tuple(
        Similar(sha.hex(), d, turn, said)
        for sha, (d, turn, _) in ranked[:limit]
        if (said := claims.about(connection, sha))
    )


def clips(
    connection: sqlite3.Connection, path: Path, frames: Sequence[Sequence[str]], limit: int
) -> tuple[Similar, ...]:
    found = [s for frame in frames for s in pictures(connection, path, frame, limit)]
    return tuple(sorted(found, key=lambda s: s.distance)[:limit])
