"""Nodes over HTTP that answer in every way but the right one."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chain.nodes import Scripted, error, say

from touchstone.chain import quantity, rpc_errors
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    script = Scripted()
    yield script
    script.close()


@pytest.fixture
def node(server: Scripted) -> Iterator[HttpNode]:
    server.answers.clear()
    server.raw.clear()
    made = HttpNode(server.url, seconds=1.0, largest=100_000)
    yield made
    made.close()


def failure(call: Callable[[], object]) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def raw(server: Scripted, body: bytes, status: int = 200, **headers: str) -> None:
    server.raw["m"] = lambda handler, _question: say(handler, body, status, **headers)


def test_a_question_and_its_answer(server: Scripted, node: HttpNode) -> None:
    server.answers["eth_getBalance"] = lambda params: [params, "0x1"]
    assert node.request("eth_getBalance", ["0xab", "latest"]) == [["0xab", "latest"], "0x1"]


def test_one_connection_serves_many_questions(server: Scripted, node: HttpNode) -> None:
    ports: set[int] = set()

    def answer(handler: http.server.BaseHTTPRequestHandler, question: Any) -> None:
        ports.add(handler.client_address[1])
        say(handler, json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": 1}).encode())

    server.raw["m"] = answer
    assert [node.request("m", []) for _ in range(5)] == [1] * 5
    assert len(ports) == 1


def test_a_connection_that_the_node_has_closed_is_opened_again(server: Scripted, node: HttpNode) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler, question: Any) -> None:
        say(handler, json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": 1}).encode())
        handler.close_connection = True  # without having said so

    server.raw["m"] = answer
    assert node.request("m", []) == 1
    time.sleep(0.05)
    assert node.request("m", []) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><body>Access denied</body></html>", ChainTrouble.NOT_JSON),
        (b"", ChainTrouble.NOT_JSON),
        (b"\xff\xfe\x00", ChainTrouble.NOT_JSON),
        (b'{"jsonrpc": "2.0", "id": 1, "result": ', ChainTrouble.NOT_JSON),
        (b"[" * 100_000, ChainTrouble.NOT_JSON),
        (b'{"jsonrpc": "2.0", "id": 1, "result": ' + b"9" * 5000 + b"}", ChainTrouble.NOT_JSON),
        (b'{"jsonrpc": "2.0", "id": 1, "result": NaN}', ChainTrouble.NOT_JSON),
        (b"[]", ChainTrouble.PROTOCOL),
        (b"null", ChainTrouble.NOT_JSON),
        (b'"0x1"', ChainTrouble.PROTOCOL),
        (b'{"id": 1, "result": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": 99, "result": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": "1", "result": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": true, "result": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": null, "result": 1}', ChainTrouble.PROTOCOL),
        (b'{"jsonrpc": "2.0", "id": 1, "error": "no"}', ChainTrouble.PROTOCOL),
    ],
)
def test_no_answer_to_the_question(server: Scripted, node: HttpNode, body: bytes, code: ChainTrouble) -> None:
    raw(server, body)
    assert failure(lambda: node.request("m", [])).code is code


def test_a_web_page_is_quoted_under_untrusted_only(server: Scripted, node: HttpNode) -> None:
    raw(server, b"<script>alert(1)</script>" * 100)
    found = failure(lambda: node.request("m", []))
    assert found.code is ChainTrouble.NOT_JSON
    assert set(found.params) == {"untrusted_message"}
    assert len(found.params["untrusted_message"]) <= 200


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, ChainTrouble.PROTOCOL),
        (307, ChainTrouble.PROTOCOL),
        (401, ChainTrouble.REFUSED),
        (403, ChainTrouble.REFUSED),
        (404, ChainTrouble.PROTOCOL),
        (413, ChainTrouble.TOO_LARGE),
        (429, ChainTrouble.RATE_LIMITED),
        (500, ChainTrouble.UNREACHABLE),
        (503, ChainTrouble.UNREACHABLE),
    ],
)
def test_a_status_that_is_no_answer(server: Scripted, node: HttpNode, status: int, code: ChainTrouble) -> None:
    raw(server, b"<html>", status, Location=server.url + "/elsewhere")
    before = len(server.asked)
    assert failure(lambda: node.request("m", [])).code is code
    assert len(server.asked) == before + 1, "it followed a redirection, or asked again"


@pytest.mark.parametrize(("header", "after"), [("7", 7), ("soon", 0), ("9" * 30, 0)])
def test_when_to_ask_again(server: Scripted, node: HttpNode, header: str, after: int) -> None:
    raw(server, b"", 429, Retry_After=header)
    assert failure(lambda: node.request("m", [])).params["after"] == after


def test_an_error_in_json_counts_whatever_the_status(server: Scripted, node: HttpNode) -> None:
    raw(
        server,
        json.dumps({"error": {"code": -32005, "message": "query returned more than 10000 results"}}).encode(),
        400,
    )
    assert failure(lambda: node.request("m", [])).code is ChainTrouble.TOO_MANY


def test_no_more_than_the_limit(server: Scripted, node: HttpNode) -> None:
    server.answers["m"] = "0" * 100_001
    assert failure(lambda: node.request("m", [])).code is ChainTrouble.TOO_LARGE
    server.answers["m"] = "0" * 90_000
    assert len(node.request("m", [])) == 90_000


def test_an_endless_answer_stops_at_the_limit(server: Scripted, node: HttpNode) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler, _question: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(4096))

    server.raw["m"] = answer
    assert failure(lambda: node.request("m", [])).code is ChainTrouble.TOO_LARGE


@pytest.mark.parametrize("wait", [0.0, 0.2])
def test_a_slow_node_is_left_in_time(server: Scripted, wait: float) -> None:
    """Whether it says nothing, or a byte now and then."""

    def answer(handler: http.server.BaseHTTPRequestHandler, _question: Any) -> None:
        if not wait:
            time.sleep(3)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(15):
            handler.wfile.write(b" ")
            time.sleep(wait)

    server.raw["m"] = answer
    node = HttpNode(server.url, seconds=0.5)
    began = time.monotonic()
    assert failure(lambda: node.request("m", [])).code is ChainTrouble.TIMEOUT
    assert time.monotonic() - began < 1.5
    node.close()


def test_an_answer_that_is_cut_off(server: Scripted, node: HttpNode) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler, _question: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"jsonrpc"')
        handler.close_connection = True

    server.raw["m"] = answer
    assert failure(lambda: node.request("m", [])).code is ChainTrouble.UNREACHABLE


def test_what_is_no_http(node: HttpNode) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        other = HttpNode(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds=2)
        assert failure(lambda: other.request("m", [])).code is ChainTrouble.UNREACHABLE
        other.close()
        thread.join()


def test_nobody_there_says_that_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        node = HttpNode(f"http://127.0.0.1:{free.getsockname()[1]}", seconds=1)
        found = failure(lambda: node.request("m", []))
    assert found.code is ChainTrouble.UNREACHABLE
    assert found.params["nothing_sent"] is True


@pytest.mark.parametrize(
    "url",
    [
        "http://node.example/",
        "http://192.168.1.2:8545",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https://me:secret@node.example/",
        "https://node.example:0/",
        "https://no de.example/",
        "https://nöde.example/",
        "https://node.example:99999999/",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_https_or_this_computer(url: str) -> None:
    found = failure(lambda: HttpNode(url))
    assert found.code is ChainTrouble.BAD_NETWORK


def test_names_do_not_show_access_keys() -> None:
    node = HttpNode("https://node.example/v2/SECRETKEY?token=ANOTHER")
    assert "SECRET" not in repr(node) + node.label
    assert node.label == "node.example"


# Words of nodes and providers, as they were in 2026.
@pytest.mark.parametrize(
    ("number", "message", "code"),
    [
        (-32005, "query returned more than 10000 results", ChainTrouble.TOO_MANY),
        (
            -32602,
            "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
            ChainTrouble.TOO_MANY,
        ),
        (-32000, "block range is too large", ChainTrouble.TOO_MANY),
        (-32000, "exceed maximum block range: 50000", ChainTrouble.TOO_MANY),
        (-32600, "You can make eth_getLogs requests with up to a 500 block range.", ChainTrouble.TOO_MANY),
        (-32614, "eth_getLogs is limited to a 10,000 range", ChainTrouble.TOO_MANY),
        (-32062, "Block range is too wide (maximum 1000)", ChainTrouble.TOO_MANY),
        (-32008, "Response is too big", ChainTrouble.FAILED),
        (-32000, "logs matched by query exceeds limit of 10000", ChainTrouble.TOO_MANY),
        (-32005, "daily request count exceeded, request rate limited", ChainTrouble.RATE_LIMITED),
        (-32005, "limit exceeded", ChainTrouble.RATE_LIMITED),
        (-32016, "over rate limit", ChainTrouble.RATE_LIMITED),
        (429, "Your app has exceeded its compute units per second capacity.", ChainTrouble.RATE_LIMITED),
        (-32000, "missing trie node 4f21 (path ) state 0x4f21 is not available", ChainTrouble.PRUNED),
        (-32000, "history has been pruned for this block", ChainTrouble.PRUNED),
        (4444, "Pruned history unavailable", ChainTrouble.PRUNED),
        (-32000, "required historical state unavailable (reexec=128)", ChainTrouble.PRUNED),
        (-32801, "historical backend error", ChainTrouble.PRUNED),
        (3, "execution reverted: rate limit", ChainTrouble.REVERTED),
        (-32000, "execution reverted: nonce too low", ChainTrouble.REVERTED),
        (-32015, "VM execution error.", ChainTrouble.REVERTED),
        (-32000, "nonce too low: next nonce 5, tx nonce 3", ChainTrouble.NONCE),
        (-32003, "nonce too high", ChainTrouble.NONCE),
        (-32010, "OldNonce", ChainTrouble.NONCE),
        (-32000, "already known", ChainTrouble.ALREADY_KNOWN),
        (-32000, "replacement transaction underpriced", ChainTrouble.UNDERPRICED),
        (-32000, "max fee per gas less than block base fee: address 0x", ChainTrouble.UNDERPRICED),
        (-32000, "insufficient funds for gas * price + value", ChainTrouble.NO_FUNDS),
        (4001, "User rejected the request.", ChainTrouble.REJECTED),
        (-32000, "user denied transaction signature", ChainTrouble.REJECTED),
        (-32601, "the method eth_x does not exist/is not available", ChainTrouble.UNSUPPORTED),
        (-32000, "something nobody has heard of", ChainTrouble.FAILED),
    ],
)
def test_the_words_of_nodes(server: Scripted, node: HttpNode, number: int, message: str, code: ChainTrouble) -> None:
    server.answers["m"] = error(number, message)
    found = failure(lambda: node.request("m", []))
    assert found.code is code
    assert found.params["untrusted_message"] == message


@pytest.mark.parametrize("data", ["0x08c379a0", {"data": "0x08c379a0"}, "Reverted 0x08c379a0"])
def test_revert_data_at_any_depth(server: Scripted, node: HttpNode, data: Any) -> None:
    server.answers["m"] = error(3, "execution reverted", data)
    assert failure(lambda: node.request("m", [])).params["data"] == "0x08c379a0"


@given(
    st.dictionaries(st.text(max_size=8), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
)
def test_any_error_ends_in_a_code(found: dict[str, Any]) -> None:
    assert isinstance(rpc_errors.error_of(found), ChainError)


@given(st.none() | st.booleans() | st.integers() | st.text(max_size=80) | st.lists(st.integers(), max_size=2))
def test_a_quantity_is_one_or_refused(value: Any) -> None:
    for read in (quantity.number, quantity.data):
        try:
            read(value)
        except ChainError as refused:
            assert refused.code is ChainTrouble.PROTOCOL  # noqa: PT017 - hypothesis needs the other branch too


@given(st.integers(0, 2**256 - 1))
def test_a_quantity_comes_back(value: int) -> None:
    assert quantity.number(hex(value)) == value
    if value >= 2**64:
        assert failure(lambda: quantity.number(hex(value), 64)).code is ChainTrouble.PROTOCOL


def test_threads_share_a_node(server: Scripted, node: HttpNode) -> None:
    server.answers["m"] = lambda params: params[0]
    found: list[int] = []
    threads = [threading.Thread(target=lambda n=n: found.append(node.request("m", [n]))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(20))
