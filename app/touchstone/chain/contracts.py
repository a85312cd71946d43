"""The contracts as they ship: interfaces, code, addresses, and their calls and answers as bytes.

`resources/contracts` is written by the contracts' own build. https://docs.soliditylang.org/en/latest/abi-spec.html has
the encoding. A struct is given as a mapping, a dataclass or a sequence, and comes back as a mapping.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from touchstone import paths
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256

_LONGEST_REASON = 200  # characters kept of a text that a contract gave
_ERROR, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


@cache
def artefact(name: str) -> Mapping[str, Any]:
    """{name, abi, bytecode, deployedBytecode, metadata, storageLayout, inputHash}; immutables are filled in.

    Raises:
        FileNotFoundError: no such contract ships.
    """
    found: Mapping[str, Any] = _resource(name)
    return found


@cache
def deployment() -> Mapping[str, Any]:
    """{proxy, salt, order, arguments, encoded, practiceOnly, genesis, addresses, codeHashes}; alike everywhere."""
    found: Mapping[str, Any] = _resource("deployment")
    return found


def address(name: str) -> str:
    """Where a contract stands, checksummed. KeyError where there is none of that name."""
    return str(deployment()["addresses"][name])


def code_hash(name: str) -> str:
    """The Keccak-256 of the code that stands there, 0x hex."""
    return str(deployment()["codeHashes"][name])


def order(*, practice: bool) -> tuple[str, ...]:
    """The contracts to deploy, in order; the practice dollar, pool and court only where money is play money."""
    left_out = () if practice else deployment()["practiceOnly"]
    return tuple(name for name in deployment()["order"] if name not in left_out)


def genesis() -> Mapping[str, bytes]:
    """What a ledger of our own holds from its first block: address (checksummed) to runtime code."""
    return {address(name): _bytes(artefact(name)["deployedBytecode"]) for name in deployment()["genesis"]}


def init_code(name: str) -> bytes:
    """What makes a contract, its constructor's arguments included."""
    return _bytes(artefact(name)["bytecode"]) + _bytes(deployment()["encoded"][name])


def deployment_call(name: str) -> tuple[str, bytes]:
    """The deployment proxy's address, and the call of it that makes a contract."""
    return str(deployment()["proxy"]), _bytes(deployment()["salt"]) + init_code(name)


def deployed_by(data: bytes) -> str:
    """The contract that this call of the deployment proxy makes; "" where it is exactly none of ours."""
    return next((name for name in deployment()["order"] if deployment_call(name)[1] == data), "")


def selector(name: str, function: str) -> bytes:
    """The four bytes that name a function. KeyError where the contract has none of that name."""
    return keccak256(_signature(_entry(name, "function", function)).encode())[:4]


def topic(name: str, event: str) -> bytes:
    """The 32 bytes that name an event. KeyError where the contract has none of that name."""
    return keccak256(_signature(_entry(name, "event", event)).encode())


def encode(name: str, function: str, *arguments: Any) -> bytes:
    """The bytes of a call. Addresses are hex; bytes32 are bytes, or hex with 0x.

    Raises:
        KeyError: the contract has no such function.
        ValueError: an argument is missing, left over, out of range, or none of its type.
    """
    from eth_abi.abi import encode as packed
    from eth_abi.exceptions import EncodingError

    inputs = _entry(name, "function", function)["inputs"]
    if len(inputs) != len(arguments):
        raise ValueError(f"{function} takes {len(inputs)} arguments")
    try:
        values = [_given(one, value) for one, value in zip(inputs, arguments, strict=True)]
        return selector(name, function) + packed([_type(one) for one in inputs], values)
    except (EncodingError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"not what {function} takes: {error}") from error


def decode(name: str, function: str, data: bytes) -> Any:
    """What a call answered: the value where there is one, else a tuple of them. Bytes stay bytes, addresses are hex.

    Raises:
        KeyError: the contract has no such function.
        ChainError: PROTOCOL: these bytes are no such answer.
    """
    outputs = _entry(name, "function", function)["outputs"]
    values = _unpacked(outputs, data)
    return values[0] if len(values) == 1 else values


def decode_call(name: str, data: bytes) -> tuple[str, Mapping[str, Any]]:
    """The function that a call names, and its arguments by name.

    Raises:
        ChainError: UNKNOWN_CALL: the contract has no such function. PROTOCOL: the arguments are none.
    """
    entry = _by_selector(name).get(data[:4])
    if entry is None:
        raise ChainError(ChainTrouble.UNKNOWN_CALL)
    return entry["name"], _named(entry["inputs"], data[4:])


def revert_reason(data: bytes) -> tuple[str, Mapping[str, Any]]:
    """Why a call was refused: the name of a custom error of ours and its arguments, whichever contract gave it.

    `Error` {untrusted_message} and `Panic` {code} are the language's own; "" with {} is no reason at all, `unknown`
    {selector} one of another contract. Never raises: the bytes come from a node.
    """
    if len(data) < 4:
        return "", {}
    try:
        if data[:4] == _ERROR:
            (message,) = _unpacked([{"type": "string"}], data[4:])
            return "Error", {"untrusted_message": message[:_LONGEST_REASON]}
        if data[:4] == _PANIC:
            (code,) = _unpacked([{"type": "uint256"}], data[4:])
            return "Panic", {"code": code}
        entry = _errors().get(data[:4])
        if entry is not None:
            return entry["name"], _named(entry["inputs"], data[4:])
    except ChainError:
        pass
    return "unknown", {"selector": data[:4].hex()}


def _resource(name: str) -> Any:
    return json.loads((paths.resources() / "contracts" / f"{name}.json").read_bytes())


def _bytes(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal[2:])


def _entry(name: str, kind: str, wanted: str) -> Mapping[str, Any]:
    return _entries(name, kind)[wanted]


@cache
def _entries(name: str, kind: str) -> Mapping[str, Mapping[str, Any]]:
    return {entry["name"]: entry for entry in artefact(name)["abi"] if entry["type"] == kind}


@cache
def _by_selector(name: str) -> Mapping[bytes, Mapping[str, Any]]:
    return {selector(name, function): entry for function, entry in _entries(name, "function").items()}


@cache
def _errors() -> Mapping[bytes, Mapping[str, Any]]:
    names = (*deployment()["order"], *deployment()["genesis"])
    # Of two contracts with the same error the first one's names count: a refusal does not say whose it is.
    entries = [entry for name in reversed(names) for entry in _entries(name, "error").values()]
    return {keccak256(_signature(entry).encode())[:4]: entry for entry in entries}


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(_type(one) for one in entry['inputs'])})"


def _type(one: Mapping[str, Any]) -> str:
    """A type as signatures write it: a struct by its members' types."""
    kind = str(one["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(member) for member in one['components'])}){kind.removeprefix('tuple')}"


def _given(one: Mapping[str, Any], value: Any) -> Any:
    """A value as the encoder takes it: hex becomes bytes, a struct its members in order, a list a list of those."""
    kind = str(one["type"])
    if kind.endswith("[]"):
        return [_given({**one, "type": kind[:-2]}, item) for item in value]
    if kind == "tuple":
        members = one["components"]
        if isinstance(value, Mapping):
            values = [value[member["name"]] for member in members]
        elif isinstance(value, Sequence):
            values = list(value)
        else:
            values = [getattr(value, member["name"]) for member in members]
        return tuple(_given(member, item) for member, item in zip(members, values, strict=True))
    if kind.startswith("bytes") and isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return value


def _unpacked(outputs: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...]:
    from eth_abi.abi import decode as unpacked

    try:
        values = unpacked([_type(one) for one in outputs], data)
        return tuple(_taken(one, value) for one, value in zip(outputs, values, strict=True))
    except Exception as error:  # the decoder raises what it likes about bytes from a node
        raise ChainError(ChainTrouble.PROTOCOL) from error


def _named(inputs: Sequence[Mapping[str, Any]], data: bytes) -> Mapping[str, Any]:
    return {one["name"]: value for one, value in zip(inputs, _unpacked(inputs, data), strict=True)}


def _taken(one: Mapping[str, Any], value: Any) -> Any:
    kind = str(one["type"])
    if kind.endswith("[]"):
        return tuple(_taken({**one, "type": kind[:-2]}, item) for item in value)
    if kind == "tuple":
        members = one["components"]
        return {member["name"]: _taken(member, item) for member, item in zip(members, value, strict=True)}
    return value
