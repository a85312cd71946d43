import http.client
import json
import socket
import threading
import time

import pytest
from tests.chain.ledger_making import BEGUN, ETHER, Person, open_ledger
from web3 import Web3

from touchstone.chain import serve
from touchstone.chain.network import PRACTICE_CHAIN_ID
from touchstone.chain.serve import LedgerServer

ANA = Person("ana")


@pytest.fixture
def ledger(tmp_path):
    made = open_ledger(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=[False], ids=["loopback"])
def server(ledger, request):
    serving = LedgerServer(ledger, 0, lan=request.param)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving
    serving.shutdown()
    serving.server_close()
    thread.join()


over_lan = pytest.mark.parametrize("server", [True], indirect=True, ids=["lan"])


def post(server, body, **headers):
    """Status and answer; `body` as it is where it is bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        connection.request("POST", "/", sent, named)
        answer = connection.getresponse()
        read = answer.read()
        return answer.status, json.loads(read) if read else None
    finally:
        connection.close()


def ask(method, *params, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


class TestAnswers:
    def test_web3_works_through_it(self, server, ledger):
        w3 = Web3(Web3.HTTPProvider(server.urls[0]))
        w3.provider.make_request("touchstone_fund", [ANA.address, hex(ETHER)])
        sent = w3.eth.send_raw_transaction(ANA.sign(0, "0x" + "11" * 20, value=1, gas=21_000))
        assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
        assert w3.eth.chain_id == PRACTICE_CHAIN_ID
        assert ledger.status().block == w3.eth.block_number == BEGUN + 2

    def test_batches_and_notifications(self, server):
        note = {"jsonrpc": "2.0", "method": "eth_chainId"}
        status, answers = post(server, [ask("eth_chainId", number=7), note, ask("eth_nothing", number="x"), 3])
        assert status == 200
        assert [one["id"] for one in answers] == [7, "x", None]
        assert answers[0]["result"] == hex(PRACTICE_CHAIN_ID)
        assert [one["error"]["code"] for one in answers[1:]] == [-32601, -32600]
        assert post(server, note) == (204, None)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"{", -32700),
            (b"\xff\xfe", -32700),
            (b"[" * 100_000, -32700),
            ([], -32600),
            ([ask("eth_chainId")] * 101, -32600),
            ("eth_chainId", -32600),
            ({"id": 1}, -32600),
            ({"id": {}, "method": "eth_chainId"}, -32600),
            ({"id": 1, "method": "eth_chainId", "params": {}}, -32602),
            (ask("eth_getBalance", "0x1"), -32602),
        ],
        ids=range(10),
    )
    def test_nonsense(self, server, body, code):
        status, answer = post(server, body)
        assert (status, answer["error"]["code"]) == (200, code)

    @pytest.mark.parametrize(
        "method",
        ["personal_unlockAccount", "personal_sendTransaction", "eth_sendTransaction", "eth_sign", "eth_signTransaction",
         "eth_signTypedData_v4", "personal_importRawKey", "admin_addPeer", "debug_setHead"],
    )  # fmt: skip
    def test_nothing_unlocks_or_signs(self, server, method):
        assert post(server, ask(method, "0x0", "x"))[1]["error"]["code"] == -32601

    def test_reverts_carry_their_data(self, server):
        from touchstone.chain import contracts

        dollars = contracts.address("PracticeUSD")
        data = "0x" + contracts.encode("PracticeUSD", "mint", ANA.address, 10**12).hex()
        error = post(server, ask("eth_call", {"to": dollars, "data": data}, "latest"))[1]["error"]
        assert error["code"] == 3
        assert error["data"].startswith("0x")

    def test_trouble_with_the_file_is_no_crash(self, server, ledger):
        ledger.status()
        ledger._opened.file._connection.execute("DELETE FROM node")
        error = post(server, ask("eth_getBalance", ANA.address))[1]["error"]
        assert error == {"code": -32603, "message": "practice ledger: damaged"}


class TestStrangers:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "evil.example"},
            {"Host": "evil.example:8545"},
            {"Host": "127.0.0.1.evil.example"},
            {"Host": "192.168.1.5"},
            {"Host": ""},
            {"Host": "[::1"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://localhost.evil.example"},
            {"Origin": "null"},
            {"Origin": "file://"},
        ],
        ids=str,
    )
    def test_other_hosts_and_pages_from_elsewhere_are_refused(self, server, headers):
        assert post(server, ask("eth_chainId"), **headers)[0] == 403

    @pytest.mark.parametrize(
        "headers", [{"Host": "localhost"}, {"Host": "[::1]:1"}, {"Origin": "http://localhost:3000"}]
    )
    def test_this_computer_is_answered(self, server, headers):
        assert post(server, ask("eth_chainId"), **headers)[0] == 200

    @over_lan
    def test_the_network_may_call_it_by_address_only(self, server):
        assert post(server, ask("eth_chainId"), Host=f"192.168.1.5:{server.port}")[0] == 200
        assert post(server, ask("eth_chainId"), Host=socket.gethostname())[0] == 200
        assert post(server, ask("eth_chainId"), Host="evil.example")[0] == 403
        assert post(server, ask("eth_chainId"), Origin="http://192.168.1.5")[0] == 403

    @over_lan
    def test_time_is_moved_on_this_computer_only(self, server, ledger):
        before = ledger.status()
        assert post(server, ask("touchstone_skip", 5))[1]["error"]["code"] == -32601
        assert ledger.status() == before

    def test_on_loopback_it_may_be_moved(self, server):
        assert post(server, ask("touchstone_skip", 86_400))[1]["result"]

    def test_forms_of_web_pages_are_refused(self, server):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            assert post(server, ask("eth_chainId"), Content_Type=kind)[0] == 415

    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "HEAD"])
    def test_other_methods_are_not_there(self, server, method):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request(method, "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 501
        assert answer.getheader("Access-Control-Allow-Origin") is None
        connection.close()


class TestBounds:
    def test_bodies_have_a_bound(self, server):
        assert raw(server, f"Content-Length: {serve.LARGEST_BODY + 1}").startswith(b"HTTP/1.1 413")

    @pytest.mark.parametrize("length", ["-1", "x", "", "9" * 30, "1e3"])
    def test_lengths_that_are_none(self, server, length):
        assert raw(server, f"Content-Length: {length}").startswith((b"HTTP/1.1 411", b"HTTP/1.1 413"))

    def test_a_length_must_be_given(self, server):
        assert raw(server, "X: y").startswith(b"HTTP/1.1 411")
        assert raw(server, "Transfer-Encoding: chunked").startswith(b"HTTP/1.1 411")

    def test_who_sends_slowly_is_hung_up_on(self, server, monkeypatch):
        monkeypatch.setattr(serve, "_SECONDS", 0.4)
        monkeypatch.setattr(serve._Handler, "timeout", 0.3)
        start = time.monotonic()
        assert raw(server, "Content-Length: 100") == b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as dripping:
            dripping.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            dripping.sendall(b"Content-Length: 100\r\n\r\n")
            with pytest.raises(OSError, match=r"[Rr]eset|[Pp]ipe|abort"):
                drip(dripping)
        assert time.monotonic() - start < 4
        assert post(server, ask("eth_chainId"))[0] == 200

    def test_there_is_a_limit_to_how_many_are_served_at_once(self, server):
        taken = [server.slots.acquire(blocking=False) for _ in range(32)]
        assert all(taken)
        assert post(server, ask("eth_chainId"))[0] == 503
        for _ in taken:
            server.slots.release()
        assert post(server, ask("eth_chainId"))[0] == 200

    def test_many_at_once(self, server):
        said = []
        threads = [
            threading.Thread(target=lambda: said.append(post(server, ask("eth_blockNumber")))) for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [status for status, _answer in said] == [200] * 20


def drip(line):
    for _ in range(50):
        time.sleep(0.1)
        line.sendall(b" ")


def raw(server, header):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(
            f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{header}\r\n\r\n".encode()
        )
        return line.recv(100)


def test_a_port_that_is_taken_is_said(ledger, server):
    with pytest.raises(OSError, match="in use"):
        LedgerServer(ledger, server.port)


def test_loopback_is_not_the_network(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.urls == (f"http://127.0.0.1:{server.port}",)
