"""Checks an audit bundle with nothing but Python: `python check.py [FOLDER]`, the one it lies in unless named.

It hashes every file, builds the data root and those of the splits from the list of items, computes the chain of
checkpoints and the hash of what was measured, and holds manifest, record, seal and what is told of the register to each
other. It does not check the signature of the seal, which needs a curve that Python does not have, and it asks no
register: look up the transaction in register.json yourself. It reads record and seal as they are written: without
spaces, names in order (RFC 8785), so that a part of the text is that part's canonical form.
"""

import hashlib
import json
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

Parts = dict[str, tuple[Any, str]]
MOST = 4 * 1024 * 1024  # bytes of a document
ROW = 33  # bytes of a row of the list: an item, and the sets that it is in


class WrongError(Exception):
    """Something is not as it should be; the text says what."""


def digest(path: pathlib.Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def document(path: pathlib.Path) -> Parts:
    """The members of an object: each as a value, and as the text that it is written in."""
    with path.open("rb") as file:
        raw = file.read(MOST + 1)
    text, decoder, at, found = raw[:MOST].decode(), json.JSONDecoder(), 1, {}
    while text[at] != "}":
        name, colon = decoder.raw_decode(text, at + (text[at] == ","))
        value, at = decoder.raw_decode(text, colon + 1)
        if name in found:
            raise WrongError(f"{path.name} names {name} twice")
        found[name] = value, text[colon + 1 : at]
    return found


def same(what: str, *values: object) -> None:
    """Refuse values that are not all the same."""
    if any(type(value) is not type(values[0]) or value != values[0] for value in values):
        raise WrongError(f"{what}: {' is not '.join(str(value) for value in values)}")


def root(items: Iterator[bytes]) -> tuple[str, int]:
    """The Merkle Tree Hash of RFC 9162, 2.1.1, over ascending items, and how many there are."""
    count = 0
    stack: list[tuple[bytes, int]] = []
    for item in items:
        node, size, count = hashlib.sha256(b"\0" + item).digest(), 1, count + 1
        while stack and stack[-1][1] == size:
            node, size = hashlib.sha256(b"\1" + stack.pop()[0] + node).digest(), size * 2
        stack.append((node, size))
    while len(stack) > 1:
        right, left = stack.pop(), stack.pop()
        stack.append((hashlib.sha256(b"\1" + left[0] + right[0]).digest(), left[1] + right[1]))
    return (stack[0][0].hex() if stack else "", count)


def rows(path: pathlib.Path, start: int, bit: int) -> Iterator[bytes]:
    """The items of a list that are in a set; those before must be smaller."""
    with path.open("rb") as file:
        file.seek(start)
        before = b""
        while row := file.read(ROW):
            if len(row) != ROW or row[:32] <= before:
                raise WrongError("the items are not in order, or the last one is cut")
            before = row[:32]
            if row[32] >> bit & 1:
                yield before


def files(folder: pathlib.Path) -> str:
    """Every file against bundle.json."""
    told = document(folder / "bundle.json")["files"][0]
    for name, one in told.items():
        same(f"SHA-256 of {name}", digest(folder / name), one["sha256"])
    return f"{len(told)} files are those that bundle.json names"


def weights(folder: pathlib.Path) -> str:
    """The weights against manifest, record, seal and register."""
    names = [json.loads((folder / "manifest.json").read_bytes())["sha256"]]
    names.append(document(folder / "record.json")["weights"][0]["sha256"])
    names += [told["weights"][0] for told in others(folder)]
    here = (folder / "model.onnx").exists()
    same("SHA-256 of the weights", *([digest(folder / "model.onnx")] if here else []), *names)
    return "the weights are those that all name" if here else "all name the same weights, which are not in this bundle"


def documents(folder: pathlib.Path) -> str:
    """Manifest and record against seal and register."""
    for name in ("manifest", "record"):
        said = [told[name][0] for told in others(folder)]
        same(f"SHA-256 of {name}.json", digest(folder / f"{name}.json"), *said)
    return "manifest and record are those that seal and register name"


def data(folder: pathlib.Path) -> str:
    """The list of items against record and seal; the roots that it makes against record and register."""
    record, path = document(folder / "record.json"), folder / "data.items"
    for told in others(folder):
        if told.get("data_root", ("",))[0]:
            same("data root on the register", told["data_root"][0], record["data"][0]["root"])
            same("number of items on the register", told["items"][0], record["data"][0]["items"])
    if not path.exists():
        return "the list of items is not in this bundle, so no root was built"
    same("SHA-256 of data.items", digest(path), record["items_file"][0]["sha256"])
    with path.open("rb") as file:
        header = file.readline(300)
    _word, count, names = header.decode("ascii").rstrip("\n").split(" ")
    same("length of data.items", path.stat().st_size, len(header) + int(count) * ROW)
    sets = names.split(",") if names else []
    same("names of the splits", sets, sorted(record["splits"][0]))
    for bit, name in enumerate(["", *sets]):
        told = record["splits"][0][name] if name else record["data"][0]
        same(f"root of {name or 'the data'}", root(rows(path, len(header), bit)), (told["root"], told["items"]))
    return f"{record['data'][0]['items']} items make the data root, and {len(sets)} splits theirs"


def chain(folder: pathlib.Path) -> str:
    """The chain over what the run began with and every checkpoint."""
    record = document(folder / "record.json")
    names = ("data", "model", "parameters", "seeds", "splits")
    start = "{" + ",".join(f'"{name}":{record[name][1]}' for name in names) + "}"
    link = hashlib.sha256(start.encode()).digest()
    for one in record["checkpoints"][0]:
        link = hashlib.sha256(link + bytes.fromhex(one["sha256"]) + one["step"].to_bytes(8, "big")).digest()
    same("chain of checkpoints", link.hex(), record["chain"][0])
    return f"the chain holds over {len(record['checkpoints'][0])} checkpoints, whose files are not in this bundle"


def evaluation(folder: pathlib.Path) -> str:
    """What was measured against seal and register."""
    found = hashlib.sha256(document(folder / "record.json")["metrics"][1].encode()).hexdigest()
    same("hash of what was measured", found, *(t["evaluation"][0] for t in others(folder) if t["evaluation"][0]))
    return "what was measured is what seal and register name"


def others(folder: pathlib.Path) -> list[Parts]:
    """The seal, and what is told of the register, where they are here."""
    return [document(folder / name) for name in ("seal.json", "register.json") if (folder / name).exists()]


CHECKS: tuple[Callable[[pathlib.Path], str], ...] = (files, weights, documents, data, chain, evaluation)


def main(folder: pathlib.Path) -> int:
    """Run every check; 1 where one fails."""
    failed = 0
    for check in CHECKS:
        try:
            print("holds   ", check(folder))
        except (WrongError, OSError, ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            failed = 1
            said = str(error) if isinstance(error, WrongError) else f"cannot be read as what it should be ({error})"
            print("FAILED  ", f"{check.__name__}: {said}")
    print("not done", "the signature of the seal was not checked, and no register was asked")
    for told in others(folder):
        if "tx" in told:
            where = f"transaction 0x{told['tx'][0]}, contract {told['contract'][0]}, chain {told['chain_id'][0]}"
            print("        ", f"register.json says it was registered: {where}")
    return failed


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
