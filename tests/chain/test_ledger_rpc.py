import dataclasses

import pytest
import rlp
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chain.ledger_making import (
    BLOCK_FACTS,
    ETHER,
    FEES,
    INVALID,
    KEEPER,
    LOGGER,
    REVERTER,
    SPIN,
    Clock,
    Person,
    created,
    deployed,
    open_ledger,
    send,
    words,
)
from web3 import Web3
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError

from touchstone.chain import contracts, deploy
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.network import PRACTICE_CHAIN_ID

ANA, BEN = Person("ana"), Person("ben")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(tmp_path, clock):
    made = open_ledger(tmp_path, clock)
    made.fund(ANA.address, 100 * ETHER)
    yield made
    made.close()


@pytest.fixture
def w3(ledger):
    return Web3(ledger.provider())


def make(ledger, code, nonce=0):
    """A contract of Ana's; its address."""
    assert send(ledger, ANA.sign(nonce, data=deployed(code), gas=300_000))["status"] == "0x1"
    return created(ANA.address, nonce)


def refusal(ledger, method, *params):
    with pytest.raises(RpcError) as caught:
        ledger.request(method, params)
    return caught.value


class TestBeginning:
    def test_the_contracts_stand_where_every_network_has_them(self, ledger):
        deploy.verify(ledger.node(), [*contracts.order(practice=True), *contracts.deployment()["genesis"]])

    def test_it_has_a_chain_id_of_its_own(self, ledger, w3):
        assert w3.eth.chain_id == PRACTICE_CHAIN_ID
        assert w3.net.version == str(PRACTICE_CHAIN_ID)
        assert w3.client_version.startswith("touchstone/")
        assert w3.eth.syncing is False
        assert w3.is_connected()

    def test_whoever_opens_it_again_finds_it_as_it_was(self, ledger):
        before = ledger.status()
        ledger.close()
        assert dataclasses.replace(ledger.status(), bytes=before.bytes) == before


class TestSending:
    def test_a_transfer_is_mined_at_once(self, ledger, w3):
        sent = w3.eth.send_raw_transaction(ANA.sign(0, BEN.address, value=ETHER, gas=21_000))
        receipt = w3.eth.get_transaction_receipt(sent)
        block = w3.eth.get_block(receipt["blockNumber"], full_transactions=True)
        assert receipt["status"] == 1
        assert receipt["gasUsed"] == receipt["cumulativeGasUsed"] == block["gasUsed"] == 21_000
        assert block["hash"] == receipt["blockHash"] == w3.eth.get_block("latest")["hash"]
        assert block["transactions"][0] == w3.eth.get_transaction(sent)
        assert w3.eth.get_balance(BEN.address) == ETHER
        paid = 21_000 * receipt["effectiveGasPrice"]
        assert w3.eth.get_balance(ANA.address) == 99 * ETHER - paid
        assert w3.eth.get_transaction_count(ANA.address) == w3.eth.get_transaction_count(ANA.address, "pending") == 1

    def test_every_envelope_comes_back_as_it_was_sent(self, ledger, w3):
        grant = ANA.account.sign_authorization(
            {"chainId": PRACTICE_CHAIN_ID, "address": contracts.address("PracticeUSD"), "nonce": 4}
        )
        accesses = [{"address": BEN.address, "storageKeys": ["0x" + "01" * 32]}]
        sent = [
            ANA.sign(0, BEN.address, gasPrice=2 * 10**9),
            ANA.sign(1, BEN.address, gasPrice=2 * 10**9, type=1, accessList=accesses),
            ANA.sign(2, BEN.address, accessList=accesses),
            ANA.sign(3, BEN.address, authorizationList=[grant]),
        ]
        for kind, raw in enumerate(sent):
            found = w3.eth.get_transaction(w3.eth.send_raw_transaction(raw))
            assert found["type"] == (4 if kind == 3 else kind)
            assert found["from"] == ANA.address
            assert Account.recover_transaction(raw) == ANA.address
            assert bool(found.get("accessList")) is (kind in {1, 2})
        assert w3.eth.get_code(ANA.address).hex() == "ef0100" + contracts.address("PracticeUSD")[2:].lower()
        assert w3.eth.get_transaction_count(ANA.address) == 5  # the grant took one
        send(ledger, ANA.sign(5, BEN.address, value=1))  # who has delegated still sends

    def test_a_failure_is_mined_too_and_costs(self, ledger):
        where = make(ledger, SPIN)
        receipt = send(ledger, ANA.sign(1, where, gas=60_000))
        assert (receipt["status"], receipt["gasUsed"], receipt["logs"]) == ("0x0", hex(60_000), [])

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"nonce": 0, "value": 1}, "nonce too low: address"),
            ({"nonce": 2}, "nonce too high: address"),
            ({"value": 200 * ETHER}, "insufficient funds for gas * price + value"),
            ({"gas": 20_999}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
            ({"gas": 30_000_001}, "exceeds block gas limit"),
            ({"data": b"\xff" * 1_000, "gas": 40_000}, "insufficient gas for floor data gas cost"),
            ({"to": None, "data": bytes(49_153), "gas": 5_000_000}, "max initcode size exceeded"),
            ({"maxFeePerGas": 6, "maxPriorityFeePerGas": 1}, "max fee per gas less than block base fee"),
            ({"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 10**9 + 1}, "max priority fee per gas higher than"),
            ({"chainId": 1}, "invalid chain id for signer: have 1"),
        ],
    )
    def test_what_no_block_may_hold_is_refused(self, ledger, fields, text):
        send(ledger, ANA.sign(0, BEN.address))
        fields = {"nonce": 1, "to": BEN.address} | fields
        raw = ANA.sign(fields.pop("nonce"), fields.pop("to"), **fields)
        head = ledger.ask("eth_blockNumber", [])
        error = refusal(ledger, "eth_sendRawTransaction", raw)
        assert error.code == -32000
        assert error.message.startswith(text)
        assert ledger.ask("eth_blockNumber", []) == head

    def test_what_was_sent_before_is_known(self, ledger):
        raw = ANA.sign(0, BEN.address)
        send(ledger, raw)
        assert refusal(ledger, "eth_sendRawTransaction", raw).message == "already known"
        with pytest.raises(ChainError) as caught:
            ledger.ask("eth_sendRawTransaction", [raw])
        assert caught.value.code is ChainTrouble.ALREADY_KNOWN

    def test_contracts_do_not_send(self):
        """EIP-3607. Nobody has a key whose address has code, so the rule is asked by itself."""
        from touchstone.chain import ledger_rules as rules
        from touchstone.chain.ledger_accounts import Account as State
        from touchstone.chain.ledger_envelope import decode

        transaction = decode(bytes.fromhex(ANA.sign(0, BEN.address)[2:]))
        with pytest.raises(RpcError, match="sender not an eoa"):
            rules.check(transaction, State(balance=ETHER), b"\x00", 7, PRACTICE_CHAIN_ID)

    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("0x", "typed transaction too short"),
            ("0x03c0", "transaction type not supported"),
            ("0x7f", "transaction type not supported"),
            ("0x02c0", "rlp: wrong number of fields"),
            ("0xc0", "rlp: wrong number of fields"),
            ("0xf8", "rlp:"),
            ("0xf800", "rlp:"),
            ("0x02" + "c1" * 200, "rlp: "),
            ("0x02" + "00" * 131_072, "oversized data"),
        ],
    )
    def test_what_is_no_transaction_is_refused(self, ledger, raw, text):
        assert refusal(ledger, "eth_sendRawTransaction", raw).message.startswith(text)

    def test_a_transaction_for_any_chain_is_refused(self, ledger):
        raw = Account.from_key(b"\1" * 32).sign_transaction(
            {"nonce": 0, "gas": 21_000, "gasPrice": 10**9, "to": BEN.address, "value": 0, "data": b""}
        )
        error = refusal(ledger, "eth_sendRawTransaction", "0x" + raw.raw_transaction.hex())
        assert error.message.startswith("only replay-protected")

    def test_signatures_are_held_to_their_half(self, ledger):
        """EIP-2: the other s for the same signature is no second transaction."""
        kind, *rest = bytes.fromhex(ANA.sign(0, BEN.address)[2:])
        fields = rlp.decode(bytes(rest))
        order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
        fields[-1] = (order - int.from_bytes(fields[-1], "big")).to_bytes(32, "big")
        fields[-3] = b"" if fields[-3] else b"\1"
        raw = bytes([kind]) + rlp.encode(fields)
        assert refusal(ledger, "eth_sendRawTransaction", "0x" + raw.hex()).message.startswith("invalid transaction v")


class TestBlocks:
    def test_hashes_and_roots_are_ethereums(self, ledger, w3):
        from eth.db.trie import make_trie_root_and_nodes
        from eth.vm.forks.prague.blocks import PragueBlockHeader
        from eth.vm.forks.prague.transactions import PragueTransactionBuilder

        where = make(ledger, LOGGER)
        send(ledger, ANA.sign(1, where, data=words(3)))
        block = w3.eth.get_block("latest")
        header = PragueBlockHeader(
            parent_hash=block["parentHash"],
            coinbase=bytes(20),
            state_root=block["stateRoot"],
            transaction_root=block["transactionsRoot"],
            receipt_root=block["receiptsRoot"],
            bloom=int.from_bytes(block["logsBloom"], "big"),
            difficulty=0,
            block_number=block["number"],
            gas_limit=block["gasLimit"],
            gas_used=block["gasUsed"],
            timestamp=block["timestamp"],
            extra_data=block["extraData"],
            mix_hash=block["mixHash"],
            nonce=block["nonce"],
            base_fee_per_gas=block["baseFeePerGas"],
        )
        assert header.hash == block["hash"]
        transaction = PragueTransactionBuilder.decode(bytes.fromhex(ANA.sign(1, where, data=words(3))[2:]))
        assert make_trie_root_and_nodes([transaction])[0] == block["transactionsRoot"]
        receipt = w3.eth.get_transaction_receipt(block["transactions"][0])
        assert receipt["logsBloom"] == block["logsBloom"]

    def test_tags_and_hashes_find_the_same_block(self, ledger, w3):
        newest = w3.eth.get_block("latest")
        for tag in ("safe", "finalized", newest["number"], newest["hash"]):
            assert w3.eth.get_block(tag) == newest
        assert w3.eth.get_block("earliest")["number"] == 0
        pending = ledger.ask("eth_getBlockByNumber", ["pending", False])
        assert int(pending["number"], 16) == newest["number"] + 1
        assert pending["parentHash"] == "0x" + newest["hash"].hex()
        assert ledger.ask("eth_getBlockByNumber", ["0xffff", False]) is None
        assert ledger.ask("eth_getBlockByHash", ["0x" + "11" * 32, False]) is None
        assert ledger.ask("eth_getTransactionByHash", ["0x" + "11" * 32]) is None
        assert ledger.ask("eth_getTransactionReceipt", ["0x" + "11" * 32]) is None

    def test_receipts_of_a_block(self, ledger):
        receipt = send(ledger, ANA.sign(0, BEN.address))
        assert ledger.ask("eth_getBlockReceipts", [receipt["blockNumber"]]) == [receipt]
        assert ledger.ask("eth_getBlockReceipts", ["0x0"]) == []

    def test_fees_fall_while_blocks_are_empty_and_rise_when_they_are_full(self, ledger, w3):
        before = w3.eth.get_block("latest")["baseFeePerGas"]
        send(ledger, ANA.sign(0, BEN.address))
        assert w3.eth.get_block("latest")["baseFeePerGas"] < before
        where = make(ledger, INVALID, 1)
        send(ledger, ANA.sign(2, where, gas=29_000_000, maxFeePerGas=10**9))
        full = w3.eth.get_block("latest")["baseFeePerGas"]
        send(ledger, ANA.sign(3, BEN.address))
        assert w3.eth.get_block("latest")["baseFeePerGas"] > full
        history = w3.eth.fee_history(3, "latest", [10, 90])
        assert len(history["baseFeePerGas"]) == 4
        assert history["gasUsedRatio"][1] > 0.9
        assert history["baseFeePerGas"][2] == w3.eth.get_block("latest")["baseFeePerGas"]
        assert w3.eth.gas_price == history["baseFeePerGas"][3] + w3.eth.max_priority_fee


class TestTime:
    def test_blocks_follow_the_clock(self, ledger, clock):
        clock.now += 500
        assert int(send_and_time(ledger, 0), 16) == clock.now

    def test_a_burst_runs_ahead_a_second_a_block(self, ledger, clock):
        times = [int(send_and_time(ledger, nonce), 16) for nonce in range(5)]
        assert times == list(range(times[0], times[0] + 5))
        clock.now += 1_000
        assert int(send_and_time(ledger, 5), 16) == clock.now

    def test_a_clock_that_goes_back_stops_nothing(self, ledger, clock):
        first = int(send_and_time(ledger, 0), 16)
        clock.now -= 10**6
        assert int(send_and_time(ledger, 1), 16) == first + 1

    def test_skipping_lasts(self, ledger, clock):
        before = ledger.status().time
        assert ledger.skip(86_400) == before + 86_400
        assert ledger.status().ahead >= 86_400
        ledger.close()
        clock.now += 50
        assert int(send_and_time(ledger, 0), 16) >= before + 86_400 + 40

    def test_what_contracts_see_moves_with_it(self, ledger):
        where = make(ledger, BLOCK_FACTS)
        ledger.skip(1_000)
        status = ledger.status()
        answer = bytes.fromhex(ledger.ask("eth_call", [{"to": where, "data": words(status.block)}, "latest"])[2:])
        number, when, _fee, _chance, _hash = (int.from_bytes(answer[i : i + 32], "big") for i in range(0, 160, 32))
        assert (number, when) == (status.block, status.time)
        ahead = bytes.fromhex(ledger.ask("eth_call", [{"to": where, "data": words(status.block)}, "pending"])[2:])
        assert int.from_bytes(ahead[:32], "big") == status.block + 1
        assert ahead[128:].hex() == status.hash[2:]

    @pytest.mark.parametrize("seconds", [0, -1, 10**12])
    def test_only_sensible_leaps(self, ledger, seconds):
        with pytest.raises(ChainError):
            ledger.skip(seconds)


def send_and_time(ledger, nonce):
    receipt = send(ledger, ANA.sign(nonce, BEN.address))
    return ledger.ask("eth_getBlockByNumber", [receipt["blockNumber"], False])["timestamp"]


class TestCalling:
    def test_a_revert_carries_its_data(self, ledger, w3):
        where = make(ledger, REVERTER)
        error = refusal(ledger, "eth_call", {"to": where, "data": words(7)}, "latest")
        assert (error.code, error.message, error.data) == (3, "execution reverted", words(7))
        text = "0x08c379a0" + words(32, 5)[2:] + b"sorry".hex().ljust(64, "0")
        assert refusal(ledger, "eth_call", {"to": where, "data": text}, "latest").message == "execution reverted: sorry"
        assert refusal(ledger, "eth_estimateGas", {"to": where, "data": text}).code == 3
        with pytest.raises(ContractLogicError, match="sorry"):
            w3.eth.call({"to": where, "data": text})

    def test_a_custom_error_reaches_web3(self, w3):
        dollars = w3.eth.contract(contracts.address("PracticeUSD"), abi=contracts.artefact("PracticeUSD")["abi"])
        with pytest.raises(ContractCustomError):
            dollars.functions.mint(ANA.address, 10**12).call()
        assert dollars.functions.symbol().call() == "PUSD"

    def test_out_of_gas(self, ledger):
        where = make(ledger, SPIN)
        assert refusal(ledger, "eth_call", {"to": where, "gas": "0x10000"}, "latest").message == "out of gas"
        error = refusal(ledger, "eth_estimateGas", {"to": where, "gas": "0x10000"})
        assert error.message == "gas required exceeds allowance (65536)"

    def test_the_past_can_be_asked(self, ledger):
        where = make(ledger, KEEPER)
        blocks = [send(ledger, ANA.sign(1 + i, where, data=words(5, 100 + i)))["blockNumber"] for i in range(3)]
        for i, block in enumerate(blocks):
            assert int(ledger.ask("eth_call", [{"to": where, "data": words(5)}, block]), 16) == 100 + i
            assert int(ledger.ask("eth_getStorageAt", [where, "0x5", block]), 16) == 100 + i
        named = ledger.ask("eth_getBlockByNumber", [blocks[0], False])["hash"]
        assert int(ledger.ask("eth_getStorageAt", [where, "0x5", {"blockHash": named}]), 16) == 100
        assert ledger.ask("eth_getCode", [where, "0x0"]) == "0x"
        assert refusal(ledger, "eth_getBalance", where, "0xffff").message == "header not found"

    def test_estimates_are_enough_and_not_much_more(self, ledger):
        where, dollars = make(ledger, LOGGER), contracts.address("PracticeUSD")
        mint = "0x" + contracts.encode("PracticeUSD", "mint", ANA.address, 5).hex()
        calls = [
            {"to": where, "data": words(30)},
            {"to": BEN.address, "value": "0x1"},
            {"to": dollars, "data": mint},
            {"to": BEN.address, "data": "0x" + "ff" * 2_000},
            {"data": "0x" + deployed(LOGGER).hex()},
        ]
        for nonce, call in enumerate(calls, 1):
            gas = int(ledger.ask("eth_estimateGas", [{"from": ANA.address, **call}]), 16)
            fields = {"value": int(call.get("value", "0x0"), 16), "data": call.get("data", "0x"), "gas": gas}
            receipt = send(ledger, ANA.sign(nonce, call.get("to"), **fields))
            assert receipt["status"] == "0x1"
            assert int(receipt["gasUsed"], 16) <= gas <= 1.3 * int(receipt["gasUsed"], 16)

    def test_who_has_nothing_can_pay_nothing(self, ledger):
        call = {"from": BEN.address, "to": ANA.address, "value": "0x1"}
        for method in ("eth_call", "eth_estimateGas"):
            assert refusal(ledger, method, call).message.startswith("insufficient funds")
        low = {"from": ANA.address, "to": BEN.address, "gas": "0x5208", "gasPrice": "0x1"}
        assert refusal(ledger, "eth_call", low, "latest").message.startswith("max fee per gas less than block base fee")

    def test_proofs_hold(self, ledger):
        from eth_utils import keccak
        from trie import HexaryTrie

        where = make(ledger, KEEPER)
        for slot in range(20):
            send(ledger, ANA.sign(1 + slot, where, data=words(slot, slot + 1)))
        proof = ledger.ask("eth_getProof", [where, ["0x7", "0x99"], "latest"])
        root = bytes.fromhex(ledger.ask("eth_getBlockByNumber", ["latest", False])["stateRoot"][2:])
        account = HexaryTrie.get_from_proof(root, keccak(hexstr=where), _nodes(proof["accountProof"]))
        _nonce, _balance, storage_root, code_hash = rlp.decode(account)
        assert (storage_root.hex(), code_hash.hex()) == (proof["storageHash"][2:], proof["codeHash"][2:])
        for one, value in zip(proof["storageProof"], (8, 0), strict=True):
            key = keccak(int(one["key"], 16).to_bytes(32, "big"))
            found = HexaryTrie.get_from_proof(storage_root, key, _nodes(one["proof"]))
            assert int(one["value"], 16) == value == int.from_bytes(rlp.decode(found) if found else b"", "big")


def _nodes(said):
    return [rlp.decode(bytes.fromhex(one[2:])) for one in said]


class TestParameters:
    @pytest.mark.parametrize(
        ("method", "params", "code"),
        [
            ("eth_nothing", [], -32601),
            ("personal_unlockAccount", ["0x0", "x"], -32601),
            ("eth_getBalance", [], -32602),
            ("eth_getBalance", ["0x12", "latest"], -32602),
            ("eth_getBalance", [None, "latest"], -32602),
            ("eth_getBalance", [ANA.address, "newest"], -32602),
            ("eth_getBalance", [ANA.address, []], -32602),
            ("eth_getBlockByNumber", ["0x" + "f" * 65], -32602),
            ("eth_getBlockByNumber", [True], -32602),
            ("eth_getBlockByNumber", [-1], -32602),
            ("eth_getStorageAt", [ANA.address, "x"], -32602),
            ("eth_call", ["x"], -32602),
            ("eth_call", [{"to": "0x0"}], -32602),
            ("eth_call", [{"accessList": [3]}], -32602),
            ("eth_getLogs", [3], -32602),
            ("eth_getLogs", [{"topics": "0x"}], -32602),
            ("eth_getLogs", [{"topics": [None] * 5}], -32602),
            ("eth_getLogs", [{"topics": [["0x11"]]}], -32602),
            ("eth_getLogs", [{"address": ["0x" + "11" * 20] * 1_001}], -32602),
            ("eth_getLogs", [{"blockHash": "0x" + "11" * 32, "fromBlock": "0x1"}], -32602),
            ("eth_getLogs", [{"blockHash": "0x" + "11" * 32}], -32000),
            ("eth_getLogs", [{"fromBlock": "0x2", "toBlock": "0x1"}], -32000),
            ("eth_sendRawTransaction", ["0xz"], -32602),
            ("touchstone_fund", ["0x12"], -32602),
        ],
    )
    def test_nonsense_is_told_apart(self, ledger, method, params, code):
        assert refusal(ledger, method, *params).code == code

    def test_numbers_beyond_everything_find_nothing(self, ledger):
        far = hex(2**200)
        assert ledger.ask("eth_getBlockByNumber", [far, False]) is None
        assert ledger.ask("eth_getLogs", [{"fromBlock": "0x0", "toBlock": far, "topics": [["0x" + "11" * 32]]}]) == []
        assert ledger.ask("eth_getLogs", [{"fromBlock": far, "toBlock": far}]) == []


class TestFaucet:
    def test_it_gives_ether_and_dollars(self, ledger, w3):
        ledger.fund(BEN.address, 3 * ETHER)
        ledger.give_dollars(BEN.address, 25 * 10**6)
        ledger.request("touchstone_fund", [BEN.address])
        dollars = w3.eth.contract(contracts.address("PracticeUSD"), abi=contracts.artefact("PracticeUSD")["abi"])
        assert w3.eth.get_balance(BEN.address) == 4 * ETHER
        assert dollars.functions.balanceOf(BEN.address).call() == 25 * 10**6

    def test_it_gives_no_more_than_it_may(self, ledger):
        with pytest.raises(ChainError) as caught:
            ledger.give_dollars(BEN.address, 10_001 * 10**6)
        assert caught.value.code is ChainTrouble.REVERTED
        for nonsense in (("0x12", 1), ("nobody", 1), (BEN.address, -1), (BEN.address, 2**256)):
            with pytest.raises(ChainError):
                ledger.give_dollars(*nonsense)
            with pytest.raises(ChainError):
                ledger.fund(*nonsense)
        with pytest.raises(ChainError) as caught:
            ledger.fund(BEN.address, 10**30)
        assert caught.value.code is ChainTrouble.NO_FUNDS


class TestWeb3:
    def test_errors_arrive_as_web3_has_them(self, w3):
        with pytest.raises(Web3RPCError, match="nonce too high"):
            w3.eth.send_raw_transaction(ANA.sign(5, BEN.address))

    def test_events_arrive(self, w3):
        name = "PublisherRegistry"
        registry = w3.eth.contract(contracts.address(name), abi=contracts.artefact(name)["abi"])
        call = registry.functions.create("Ana's Agency", "agency.example", BEN.address)
        built = call.build_transaction({"from": ANA.address, "nonce": 0, **FEES})
        sent = w3.eth.send_raw_transaction(ANA.account.sign_transaction(built).raw_transaction)
        receipt = w3.eth.wait_for_transaction_receipt(sent, timeout=5)
        (event,) = registry.events.PublisherCreated().process_receipt(receipt, errors=_discard())
        assert event["args"]["name"] == "Ana's Agency"
        assert registry.functions.publisherCount().call() == 1
        (same,) = registry.events.PublisherCreated().get_logs(from_block=0)
        assert same["args"] == event["args"]


def _discard():
    from web3.logs import DISCARD

    return DISCARD


def _logs(count):
    """A contract that emits one event with so many topics, which it is given."""
    return "".join(f"60{32 * place:02x}35" for place in reversed(range(count))) + f"5f5fa{count}00"


_CHOICE = st.one_of(st.none(), st.lists(st.integers(0, 2), max_size=2))
_FILTERS = st.fixed_dictionaries(
    {
        "span": st.tuples(st.integers(10, 60), st.integers(10, 60)).map(sorted),
        "addresses": st.lists(st.integers(0, 9), max_size=3),
        "topics": st.lists(_CHOICE, max_size=4),
    }
)


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A ledger with a log a block, and the contracts that made them."""
    made = open_ledger(tmp_path_factory.mktemp("logged"), Clock())
    made.fund(ANA.address, 100 * ETHER)
    places = [make(made, _logs(nonce % 5), nonce) for nonce in range(10)]
    for number in range(40):
        topics = [(number * 7 + place * 3 + number // 4) % 3 for place in range(number % 5)]
        send(made, ANA.sign(10 + number, places[number % 10], data=words(*topics)))
    yield made, places
    made.close()


class TestLogs:
    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(wanted=_FILTERS)
    def test_a_filter_lets_through_what_it_says(self, logged, wanted):
        ledger, places = logged
        first, last = wanted["span"]
        addresses = [places[i].lower() for i in wanted["addresses"]]
        topics = [one if one is None else [words(value) for value in one] for one in wanted["topics"]]
        asked = {"fromBlock": hex(first), "toBlock": hex(last), "topics": topics}
        found = ledger.ask("eth_getLogs", [asked | ({"address": addresses} if addresses else {})])
        everything = ledger.ask("eth_getLogs", [{"fromBlock": "0x0"}])

        def fits(log):
            return (
                first <= int(log["blockNumber"], 16) <= last
                and (not addresses or log["address"] in addresses)
                and all(
                    not choice or (place < len(log["topics"]) and log["topics"][place] in choice)
                    for place, choice in enumerate(topics)
                )
            )

        assert found == [log for log in everything if fits(log)]

    def test_a_block_can_be_named_by_its_hash(self, logged):
        ledger, _places = logged
        block = ledger.ask("eth_getBlockByNumber", ["latest", False])
        by_hash = ledger.ask("eth_getLogs", [{"blockHash": block["hash"]}])
        assert by_hash == ledger.ask("eth_getLogs", [{"fromBlock": "latest"}])
        assert [log["blockTimestamp"] for log in by_hash] == [block["timestamp"]]

    def test_too_many_are_refused_with_the_usual_number(self, ledger):
        where = make(ledger, LOGGER)
        for nonce in range(1, 6):
            send(ledger, ANA.sign(nonce, where, data=words(2_000), gas=5_000_000))
        assert len(ledger.ask("eth_getLogs", [{"fromBlock": "0x0", "address": where}])) == 10_000
        send(ledger, ANA.sign(6, where, data=words(1)))
        error = refusal(ledger, "eth_getLogs", {"fromBlock": "0x0", "address": where})
        assert (error.code, error.message) == (-32005, "query returned more than 10000 results")
        with pytest.raises(ChainError) as caught:
            ledger.ask("eth_getLogs", [{"fromBlock": "0x0", "address": where}])
        assert caught.value.code is ChainTrouble.TOO_MANY
