"""Whatever is asked, the answer is a result or an error that has a code; and the file stays whole."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chain.ledger_consistent import assert_whole
from tests.chain.ledger_making import ETHER, KEEPER, Clock, Person, created, deployed, open_ledger, send, words

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.serve import LedgerServer

ANA = Person("ana")
_HEX = st.one_of(
    st.integers(0, 2**70).map(hex),
    st.binary(max_size=70).map(lambda b: "0x" + b.hex()),
    st.sampled_from(["latest", "pending", "earliest", "0x", "", "0x0", "0x1", "0x4", ANA.address, "0x" + "00" * 32]),
    st.sampled_from([contracts.address("PracticeUSD"), contracts.address("MediaRegistry")]),
    st.text(max_size=5),
)
_KEYS = st.sampled_from(
    ["from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data", "input", "accessList",
     "address", "topics", "fromBlock", "toBlock", "blockHash", "blockNumber", "storageKeys"]
)  # fmt: skip
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), _HEX),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=5)),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    made = open_ledger(tmp_path_factory.mktemp("fuzz"), Clock())
    made.fund(ANA.address, 100 * ETHER)
    send(made, ANA.sign(0, data=deployed(KEEPER), gas=300_000))
    yield made
    made.close()
    assert_whole(made.path)


@pytest.fixture(scope="module")
def server(ledger):
    serving = LedgerServer(ledger, 0)
    yield serving
    serving.server_close()


class TestNonsense:
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_every_method_takes_anything(self, ledger, data):
        methods = sorted(ledger._ready().rpc.methods)
        method = data.draw(st.sampled_from(methods))
        params = data.draw(st.one_of(st.lists(_JSON, max_size=4), st.lists(_HEX, max_size=3)))
        with contextlib.suppress(RpcError):
            ledger.request(method, params)
        with contextlib.suppress(ChainError):
            ledger.ask(method, params)

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(call=st.dictionaries(_KEYS, _HEX, max_size=6), method=st.sampled_from(["eth_call", "eth_estimateGas"]))
    def test_calls_take_anything(self, ledger, call, method):
        with contextlib.suppress(RpcError):
            ledger.request(method, [call, "latest"])

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(code=st.binary(max_size=60), data=st.binary(max_size=40))
    def test_any_code_runs_or_fails(self, ledger, code, data):
        with contextlib.suppress(RpcError):
            ledger.request("eth_call", [{"data": "0x" + code.hex(), "gas": hex(200_000)}, "latest"])
        with contextlib.suppress(RpcError):
            ledger.request("eth_estimateGas", [{"data": "0x" + (code + data).hex(), "gas": hex(200_000)}])

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(at=st.integers(0, 400), value=st.integers(0, 255), more=st.binary(max_size=3), cut=st.integers(0, 3))
    def test_transactions_that_were_meddled_with_are_refused(self, ledger, at, value, more, cut):
        nonce = int(ledger.ask("eth_getTransactionCount", [ANA.address, "latest"]), 16)
        accesses = [{"address": ANA.address, "storageKeys": ["0x" + "01" * 32]}]
        raw = bytearray.fromhex(ANA.sign(nonce, created(ANA.address, 0), data=words(1, 2), accessList=accesses)[2:])
        whole = bytes(raw)
        raw[at % len(raw)] = value
        meddled = bytes(raw[: len(raw) - cut]) + more
        if meddled != whole:
            with pytest.raises(RpcError):
                ledger.request("eth_sendRawTransaction", ["0x" + meddled.hex()])

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(asked=_JSON)
    def test_the_server_answers_anything(self, server, asked):
        server.answer(asked)
        server.answer({"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": asked})
