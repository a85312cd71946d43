"""Keys, signed transactions and small contracts for tests of the practice ledger."""

import hashlib
from pathlib import Path

from eth_account import Account
from eth_utils import to_checksum_address

from touchstone.chain import contracts
from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.keccak import keccak256
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID

ETHER = 10**18
BEGUN = (
    len(contracts.order(practice=True)) + 1
)  # blocks of a ledger that was just made: contracts, then the court is set
FEES = {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**6}

# Written by hand; each begins with code that returns the rest.
_RETURN_REST = bytes.fromhex("600b380380600b5f395ff3")


def deployed(code: str) -> bytes:
    """Init code that leaves `code` (hex)."""
    return _RETURN_REST + bytes.fromhex(code)


# Emits as many empty LOG0 as the first word of its input says.
LOGGER = "5f355b80156012575f5fa060019003600256" + "5b00"
# Reverts with its input.
REVERTER = "365f5f37365ffd"
# Stores the second word of its input under the first.
STORE = "6020355f35550000"
# Returns the word stored under the first word of its input.
LOAD = "5f35545f5260205ff3"
# Stores where a second word is given, else returns what is stored there.
KEEPER = "36602014600e576020355f355500" + "5b5f35545f5260205ff3"
# Returns block number, timestamp, base fee, previous randomness and the hash of the block that is asked for.
BLOCK_FACTS = "435f524260205248604052446060525f354060805260a05ff3"
# Keeps a word for the transaction only, gives it back, and destroys itself where there is input.
FLEETING = "602a60015d60015c5f523660125760205ff3" + "5b33ff"
# Calls itself with nearly all gas that is left.
DIVER = "5f5f5f5f5f305af100"
INVALID = "fe"
SPIN = "5b5f56"


def precompile(number: int) -> str:
    """Hands its input to a precompiled contract, and emits what that answers."""
    return f"365f5f375f5f365f60{number:02x}5afa3d5f5f3e3d5fa100"


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: int = 1_800_000_000) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Person:
    """A key, and what it signs."""

    def __init__(self, name: str) -> None:
        self.account = Account.from_key(hashlib.sha256(name.encode()).digest())

    @property
    def address(self) -> str:
        return self.account.address

    def sign(self, nonce: int, to: str | None = None, **fields) -> str:
        """A signed transaction as hex; type 2 unless the fields are of another."""
        whole = {"chainId": PRACTICE_CHAIN_ID, "nonce": nonce, "gas": 100_000, "value": 0, "data": b""}
        if to is not None:
            whole["to"] = to
        whole |= fields
        if "gasPrice" not in whole:
            whole = FEES | whole
        return "0x" + self.account.sign_transaction(whole).raw_transaction.hex()


def open_ledger(folder: Path, clock=None) -> PracticeLedger:
    return PracticeLedger(folder / "practice-ledger.sqlite3", *([clock] if clock else []))


def send(ledger, raw: str) -> dict:
    """Send, and hand back the receipt."""
    return ledger.ask("eth_getTransactionReceipt", [ledger.ask("eth_sendRawTransaction", [raw])])


def created(sender: str, nonce: int) -> str:
    """Where a contract comes to stand that `sender` makes."""
    return to_checksum_address(keccak256(rlp.encode([bytes.fromhex(sender[2:]), rlp.number(nonce)]))[12:])


def words(*values: int) -> str:
    return "0x" + b"".join(value.to_bytes(32, "big") for value in values).hex()


def story(ana: Person, ben: Person) -> list[tuple[str, str]]:
    """Transactions of two people who have only ether, of every kind; the same bytes give the same gas everywhere."""
    publishers, media, dollars = (contracts.address(n) for n in ("PublisherRegistry", "MediaRegistry", "PracticeUSD"))
    file = [hashlib.sha256(bytes([i])).digest() for i in range(120)]
    zero = bytes(32)
    item = {"sha256": file[0], "pdq": file[1], "manifest": file[2], "parent": zero, "kind": 1, "flags": 1}
    item["uri"] = "https://a.example/b"
    items = [{"sha256": f, "pdq": f, "manifest": zero, "kind": 1, "flags": 0} for f in file[10:110]]
    calls = [
        ("create", publishers, "create", ["Ana's Agency", "agency.example", ben.address]),
        ("set name", publishers, "setName", [1, "Another"]),
        ("signer", publishers, "setSigner", [1, ben.address, 7, 0, 0]),
        ("register", media, "register", [1, item]),
        ("register again", media, "register", [1, item]),
        ("many", media, "registerMany", [1, items]),
        ("root", media, "registerRoot", [1, file[3], 10_000, file[4], "ipfs://x"]),
        ("revoke", media, "revoke", [1, file[0], 1, zero]),
        ("register after revoking", media, "register", [1, item]),
        ("revoke what is not", media, "revoke", [1, file[119], 1, zero]),
        ("revoke root", media, "revokeRoot", [1, file[3], 1]),
        ("revoke signer", publishers, "revokeSigner", [1, ben.address]),
        ("compromised", publishers, "markCompromised", [1, ben.address, 5]),
        ("offer", publishers, "offerControl", [1, ben.address]),
        ("mint", dollars, "mint", [ana.address, 10**6]),
        ("mint too much", dollars, "mint", [ana.address, 10**12]),
        ("transfer", dollars, "transfer", [ben.address, 10**5]),
        ("transfer to new", dollars, "transfer", ["0x" + "77" * 20, 1]),
        ("empty account", dollars, "transfer", [ben.address, 10**6 - 10**5 - 1]),
        ("transfer too much", dollars, "transfer", [ben.address, 10**9]),
        ("approve", dollars, "approve", [ben.address, 2**256 - 1]),
        ("unapprove", dollars, "approve", [ben.address, 0]),
    ]
    names = {publishers: "PublisherRegistry", media: "MediaRegistry", dollars: "PracticeUSD"}
    steps = [
        (name, to, contracts.encode(names[to], function, *arguments), 8_000_000, {})
        for name, to, function, arguments in calls
    ]
    steps += [
        ("plain", ben.address, b"", 21_000, {"value": ETHER}),
        ("plain to new", "0x" + "55" * 20, b"", 21_000, {"value": 1}),
        ("data floor", ben.address, b"\xff" * 3_000, 300_000, {}),
        ("zeros", ben.address, bytes(3_000), 300_000, {}),
        ("legacy", ben.address, b"", 30_000, {"gasPrice": 2 * 10**9}),
        ("access list", dollars, contracts.encode("PracticeUSD", "mint", ben.address, 1), 200_000,
         {"accessList": [{"address": dollars, "storageKeys": ["0x" + "00" * 32]}]}),
        ("out of gas", media, contracts.encode("MediaRegistry", "register", 1, item), 40_000, {}),
    ]  # fmt: skip
    made = [(LOGGER, words(50)), (REVERTER, words(1, 2)), (STORE, words(1, 2)), (STORE, words(1, 0))]
    made += [(KEEPER, words(3, 4)), (FLEETING, ""), (FLEETING, words(1)), (INVALID, ""), (SPIN, ""), (DIVER, "")]
    made += [(BLOCK_FACTS, words(1))]
    made += [(precompile(number), data) for number in range(1, 20) for data in ("", words(1, 2, 3, 4))]
    signed = [
        (what, ana.sign(i, to, data=data, gas=gas, **more)) for i, (what, to, data, gas, more) in enumerate(steps)
    ]
    for code, data in made:
        nonce = len(signed)
        signed.append((f"make {code}", ana.sign(nonce, data=deployed(code), gas=500_000)))
        signed.append(
            (f"call {code}", ana.sign(nonce + 1, created(ana.address, nonce), data=data or "0x", gas=200_000))
        )
    signed.append(("make nothing", ana.sign(len(signed), data=b"", gas=60_000)))
    signed.append(("make what begins with EF", ana.sign(len(signed), data=deployed("ef00"), gas=500_000)))
    return signed
