"""The contracts as they ship, and their calls, answers and refusals as bytes."""

import contextlib
import dataclasses
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone import paths
from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256

ZERO = bytes(32)
OF_COURT = ("PracticeSteward", "Open", "FutureBlockHash", "ReviewerPool", "CourtBench", "FactCheckCourt")
OURS = ("PublisherRegistry", "MediaRegistry", "ModelRegistry", "PracticeUSD", *OF_COURT)
NAMES = (*OURS, "Create2Proxy", "CallBundle")
WHO = "0x" + "ab" * 20


def hexed(data):
    return f"0x{data.hex()}"


def signature(error, types=""):
    return keccak256(f"{error}({types})".encode())[:4]


# -- what ships -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_code_is_what_its_hash_says(name):
    code = bytes.fromhex(contracts.artefact(name)["deployedBytecode"][2:])
    assert hexed(keccak256(code)) == contracts.code_hash(name)
    assert len(code) <= 24_576  # EIP-170


@pytest.mark.parametrize("name", OURS)
def test_address_follows_from_what_a_contract_is_made_of(name):
    proxy, call = contracts.deployment_call(name)
    salt, code = call[:32], call[32:]
    assert salt == ZERO
    assert code == contracts.init_code(name)
    made = keccak256(b"\xff" + bytes.fromhex(proxy[2:]) + salt + keccak256(code))[12:]
    assert hexed(made) == contracts.address(name).lower()


@pytest.mark.parametrize("name", ["MediaRegistry", "ModelRegistry"])
def test_other_registers_are_made_with_the_register_of_publishers(name):
    assert contracts.init_code(name).endswith(bytes(12) + bytes.fromhex(contracts.address("PublisherRegistry")[2:]))
    assert contracts.address("PublisherRegistry")[2:].lower() in contracts.artefact(name)["deployedBytecode"]


def test_only_exactly_our_deployments_are_ours():
    for name in contracts.order(practice=True):
        _to, call = contracts.deployment_call(name)
        assert contracts.deployed_by(call) == name
        assert contracts.deployed_by(call + b"\0") == ""
        assert contracts.deployed_by(b"\1" + call[1:]) == ""
    assert contracts.deployed_by(b"") == ""


def test_practice_money_is_for_practice():
    registers = ("PublisherRegistry", "MediaRegistry", "ModelRegistry")
    assert contracts.order(practice=False) == registers
    assert contracts.order(practice=True) == (*registers, "PracticeUSD", *OF_COURT)


def test_first_block_holds_the_usual_addresses():
    code = contracts.genesis()
    assert set(code) == {
        "0x4e59b44847b379578588920cA78FbF26c0B4956C",
        "0xcA11bde05977b3631167028862bE2a173976CA11",
    }
    assert all(code.values())


def test_artefacts_carry_what_a_verifier_needs():
    for name in NAMES:
        artefact = contracts.artefact(name)
        settings = json.loads(artefact["metadata"])["settings"]
        assert settings["evmVersion"] == "cancun"
        assert settings["optimizer"] == {"enabled": True, "runs": 200}
        assert len(artefact["inputHash"]) == 66
        assert set(artefact["storageLayout"]) == {"storage", "types"}


def test_an_unknown_contract_is_an_error():
    with pytest.raises(FileNotFoundError):
        contracts.artefact("Nothing")
    with pytest.raises(KeyError):
        contracts.address("Nothing")


def test_every_public_thing_is_documented():
    missing = []
    for name in OURS:
        output = json.loads(contracts.artefact(name)["metadata"])["output"]
        told = output["userdoc"].get("methods", {})
        for entry in output["abi"]:
            if entry["type"] == "function" and name != "PracticeUSD":
                key = f"{entry['name']}({','.join(contracts._type(one) for one in entry['inputs'])})"
                if "notice" not in told.get(key, {}):
                    missing.append(f"{name}.{key}")
    assert missing == []


# -- calls ------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Registration:
    sha256: bytes
    pdq: bytes
    manifest: bytes
    parent: bytes
    kind: int
    flags: int
    uri: str


words = st.binary(min_size=32, max_size=32)
small = st.integers(0, 255)
registrations = st.builds(Registration, words, words, words, words, small, small, st.text(max_size=40))


@given(registrations, st.integers(0, 2**32 - 1))
def test_a_struct_is_given_as_one_likes_and_comes_back_by_name(what, publisher):
    plain = dataclasses.asdict(what)
    written = {**plain, **{k: hexed(v) for k, v in plain.items() if isinstance(v, bytes)}}
    call = contracts.encode("MediaRegistry", "register", publisher, what)
    assert call == contracts.encode("MediaRegistry", "register", publisher, plain)
    assert call == contracts.encode("MediaRegistry", "register", publisher, tuple(plain.values()))
    assert call == contracts.encode("MediaRegistry", "register", publisher, written)
    assert contracts.decode_call("MediaRegistry", call) == ("register", {"publisher": publisher, "what": plain})


@given(st.lists(st.tuples(words, words, words, small, small), max_size=5))
def test_lists_of_structs(items):
    call = contracts.encode("MediaRegistry", "registerMany", 1, items)
    _function, arguments = contracts.decode_call("MediaRegistry", call)
    assert [tuple(item.values()) for item in arguments["items"]] == items


def test_selectors_and_topics_are_those_of_the_standard():
    assert contracts.selector("PracticeUSD", "transfer").hex() == "a9059cbb"
    assert contracts.selector("PracticeUSD", "permit").hex() == "d505accf"
    assert contracts.selector("CallBundle", "aggregate3").hex() == "82ad56cb"
    transfer = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert contracts.topic("PracticeUSD", "Transfer").hex() == transfer


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (1,),
        (1, (ZERO, ZERO, ZERO, ZERO, 0, 0, ""), 2),
        (2**32, (ZERO, ZERO, ZERO, ZERO, 0, 0, "")),
        (-1, (ZERO, ZERO, ZERO, ZERO, 0, 0, "")),
        ("one", (ZERO, ZERO, ZERO, ZERO, 0, 0, "")),
        (1, (ZERO, ZERO, ZERO, ZERO, 256, 0, "")),
        (1, (bytes(33), ZERO, ZERO, ZERO, 0, 0, "")),
        (1, ("0xzz", ZERO, ZERO, ZERO, 0, 0, "")),
        (1, (ZERO, ZERO, ZERO, ZERO, 0, 0)),
        (1, {"sha256": ZERO}),
        (1, 5),
        (1, (ZERO, ZERO, ZERO, ZERO, 0, 0, b"bytes")),
    ],
)
def test_what_a_call_does_not_take(arguments):
    with pytest.raises(ValueError):  # noqa: PT011 - which one is the encoder's business
        contracts.encode("MediaRegistry", "register", *arguments)


def test_unknown_functions():
    with pytest.raises(KeyError):
        contracts.encode("MediaRegistry", "destroy")
    with pytest.raises(ChainError) as error:
        contracts.decode_call("MediaRegistry", b"\1\2\3\4")
    assert error.value.code is ChainTrouble.UNKNOWN_CALL
    with pytest.raises(ChainError) as error:
        contracts.decode_call("MediaRegistry", contracts.selector("MediaRegistry", "register"))
    assert error.value.code is ChainTrouble.PROTOCOL


# -- answers ----------------------------------------------------------------------------------------------------------


def test_answers_by_name():
    words_ = [b"\0" * 31 + bytes([n]) for n in (1, 2, 3, 4, 5, 6)]
    entry = contracts.decode("MediaRegistry", "firstOf", b"".join(words_))
    assert entry == {"publisher": 1, "registeredAt": 2, "revokedAt": 3, "claims": 4, "kind": 5, "flags": 6}
    assert contracts.decode("PublisherRegistry", "isSigner", bytes(31) + b"\1") is True
    assert contracts.decode("PublisherRegistry", "setName", b"") == ()


@given(st.binary(max_size=300), st.sampled_from(["firstOf", "rootOf", "PUBLISHERS", "eip712Domain"]))
def test_no_answer_raises_anything_else(data, function):
    with contextlib.suppress(ChainError):
        contracts.decode("MediaRegistry", function, data)


def test_an_answer_too_short_or_out_of_range():
    for data in (b"", bytes(31), b"\xff" * 192):
        with pytest.raises(ChainError) as error:
            contracts.decode("MediaRegistry", "firstOf", data)
        assert error.value.code is ChainTrouble.PROTOCOL


# -- refusals ---------------------------------------------------------------------------------------------------------


def word(number):
    return number.to_bytes(32, "big")


@pytest.mark.parametrize(
    ("data", "name", "arguments"),
    [
        (b"", "", {}),
        (b"\1\2\3", "", {}),
        (b"\1\2\3\4more", "unknown", {"selector": "01020304"}),
        (signature("NotController"), "NotController", {}),
        (signature("BadNonce", "uint256") + word(7), "BadNonce", {"expected": 7}),
        (signature("AlreadyRegistered", "bytes32") + b"\xaa" * 32, "AlreadyRegistered", {"sha256": b"\xaa" * 32}),
        (signature("BadWindow", "uint40,uint40") + word(1) + word(2), "BadWindow", {"validFrom": 1, "validTo": 2}),
        (signature("TooMuch", "uint256,uint256") + word(2) + word(1), "TooMuch", {"amount": 2, "most": 1}),
        (
            signature("ERC20InsufficientBalance", "address,uint256,uint256")
            + bytes(12)
            + b"\xab" * 20
            + word(1)
            + word(2),
            "ERC20InsufficientBalance",
            {"sender": WHO, "balance": 1, "needed": 2},
        ),
        (signature("CallFailed", "uint256") + word(3), "CallFailed", {"index": 3}),
        (signature("Panic", "uint256") + word(0x11), "Panic", {"code": 0x11}),
        (signature("BadNonce", "uint256"), "unknown", {"selector": signature("BadNonce", "uint256").hex()}),
    ],
)
def test_refusals(data, name, arguments):
    assert contracts.revert_reason(data) == (name, arguments)


def test_a_refusal_in_words_is_cut():
    text = b"x" * 5000
    data = signature("Error", "string") + word(32) + word(len(text)) + text + bytes(-len(text) % 32)
    assert contracts.revert_reason(data) == ("Error", {"untrusted_message": "x" * 200})


@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda error, rest: error + rest,
            st.sampled_from([signature("Error", "string"), signature("Panic", "uint256"), signature("NotSigner")]),
            st.binary(max_size=200),
        ),
    )
)
def test_no_refusal_raises(data):
    name, arguments = contracts.revert_reason(data)
    assert isinstance(name, str)
    assert isinstance(dict(arguments), dict)


def test_every_error_of_ours_has_a_name():
    found = {
        contracts.revert_reason(selector + bytes(32 * len(entry["inputs"])))[0]
        for selector, entry in contracts._errors().items()
    }
    assert {"NotController", "NotSigner", "AlreadyRegistered", "BadProof", "BatchSize", "TooEarly"} <= found
    assert "unknown" not in found


# -- weight -----------------------------------------------------------------------------------------------------------


def test_reading_artefacts_imports_nothing_heavy():
    code = """if True:
        import sys
        from touchstone.chain import contracts, deploy
        contracts.address("MediaRegistry"), contracts.artefact("MediaRegistry")
        print(sorted({"web3", "eth", "eth_abi", "eth_utils", "eth_account", "pydantic"} & set(sys.modules)))
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_resources_are_where_they_are_looked_for():
    assert {f"{name}.json" for name in (*NAMES, "deployment")} == {
        path.name for path in (paths.resources() / "contracts").iterdir()
    }
