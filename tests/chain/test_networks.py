"""The networks that are built in, and those of a user's file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.chain import contracts, networks
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.networks import Networks, is_loopback, own, usable_url
from touchstone.paths import Home
from touchstone.texts import networks as words


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def refused(call: object) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()  # type: ignore[operator]
    return caught.value


def test_what_is_built_in(home: Home) -> None:
    known = Networks.load(home)
    assert [(n.name, n.chain_id) for n in known.by_name.values()] == [
        ("practice", 7_031_337),
        ("base-sepolia", 84532),
        ("base", 8453),
    ]
    practice, sepolia, base = known.by_name.values()
    assert practice.practice
    assert not practice.public
    assert sepolia.public
    assert base.mainnet
    assert not sepolia.mainnet
    assert not any(n.consented for n in known.by_name.values())
    assert len(base.urls) == len(sepolia.urls) == 2
    assert not home.root.exists(), "reading must not write"


def test_contracts_stand_at_the_same_addresses_everywhere(home: Home) -> None:
    for network in Networks.load(home).by_name.values():
        assert network.media == contracts.address("MediaRegistry")
        assert network.models == contracts.address("ModelRegistry")
        assert network.code[network.publishers] == contracts.code_hash("PublisherRegistry")
        assert network.code[network.models] == contracts.code_hash("ModelRegistry")
    mine = own("mine", 1234, ("https://a.example",))
    assert mine.models == contracts.address("ModelRegistry")
    assert set(mine.code) == {mine.publishers, mine.media, mine.models}


def test_an_unknown_one(home: Home) -> None:
    assert refused(lambda: Networks.load(home).get("nowhere")).code is ChainTrouble.UNKNOWN_NETWORK


def test_one_of_your_own(home: Home) -> None:
    networks.add(home, own("mine", 1234, ("https://a.example/x", "https://b.example")))
    found = Networks.load(home).get("mine")
    assert found.chain_id == 1234
    assert found.urls == ("https://a.example/x", "https://b.example")
    assert found.public
    assert found.mainnet, "money counts as real unless somebody said otherwise"
    assert found.stablecoin == ""
    assert home.networks.stat().st_mode & 0o777 == 0o600
    assert networks.remove(home, "mine")
    assert not networks.remove(home, "mine")
    assert "mine" not in Networks.load(home).by_name


def test_one_on_this_computer_is_neither_public_nor_real(home: Home) -> None:
    networks.add(home, own("anvil", 31337, ("http://127.0.0.1:8545",)))
    found = Networks.load(home).get("anvil")
    assert not found.public
    assert not found.mainnet
    assert found.confirmations == 1
    assert words.one_node(found)


def test_other_nodes_for_one_that_is_built_in(home: Home) -> None:
    built_in = Networks.load(home).get("base")
    import dataclasses

    networks.add(home, dataclasses.replace(built_in, urls=("https://mine.example",)))
    found = Networks.load(home).get("base")
    assert found.urls == ("https://mine.example",)
    assert found.mainnet
    assert found.chain_id == 8453
    networks.remove(home, "base")
    assert Networks.load(home).get("base") == built_in


@pytest.mark.parametrize(
    ("name", "chain_id", "urls", "what"),
    [
        ("Practice!", 5, ("https://a.example",), "name"),
        ("practice", 5, ("https://a.example",), "name"),
        ("", 5, ("https://a.example",), "name"),
        ("x" * 41, 5, ("https://a.example",), "name"),
        ("mine", 0, ("https://a.example",), "chain-id"),
        ("mine", -1, ("https://a.example",), "chain-id"),
        ("mine", 2**60, ("https://a.example",), "chain-id"),
        ("mine", 8453, ("https://a.example",), "chain-id"),
        ("mine", 7_031_337, ("https://a.example",), "chain-id"),
        ("mine", 5, (), "count"),
        ("mine", 5, ("https://a.example", "https://a.example"), "count"),
        ("mine", 5, ("http://a.example",), "url"),
        ("mine", 5, ("http://192.168.0.7:8545",), "url"),
    ],
)
def test_one_that_makes_no_sense(home: Home, name: str, chain_id: int, urls: tuple[str, ...], what: str) -> None:
    found = refused(lambda: networks.add(home, own(name, chain_id, urls)))
    assert found.code is ChainTrouble.BAD_NETWORK
    assert found.params["what"] == what
    assert not home.networks.exists()


def test_consent_is_kept_with_its_date_and_taken_back(home: Home) -> None:
    networks.consent(home, "base", given=True)
    known = Networks.load(home)
    assert known.get("base").consented
    assert known.consents["base"].startswith("20")
    assert not known.get("base-sepolia").consented
    networks.consent(home, "base", given=False)
    assert not Networks.load(home).get("base").consented


def test_consent_is_for_the_network_as_it_was(home: Home) -> None:
    networks.add(home, own("mine", 1234, ("https://a.example",)))
    networks.consent(home, "mine", given=True)
    networks.add(home, own("mine", 1234, ("https://other.example",)))
    assert not Networks.load(home).get("mine").consented
    networks.consent(home, "mine", given=True)
    text = home.networks.read_text().replace("chain_id = 1234\nurls", "chain_id = 1235\nurls")
    home.networks.write_text(text)
    assert not Networks.load(home).get("mine").consented


def test_mainnet_says_that_nobody_audited_it(home: Home) -> None:
    known = Networks.load(home)
    assert "unaudited" in words.consent(known.get("base"))
    assert "unaudited" in words.kind(known.get("base"))
    assert "unaudited" not in words.consent(known.get("base-sepolia"))
    assert "mainnet.base.org" in words.consent(known.get("base"))


@pytest.mark.parametrize("text", ["not toml at all [", "[networks", "\xff", "x = " + "[" * 5000])
def test_a_damaged_file_is_kept_aside_by_the_next_change(home: Home, text: str) -> None:
    home.root.mkdir()
    home.networks.write_bytes(text.encode("latin-1"))
    assert Networks.load(home).damaged
    assert "base" in Networks.load(home).by_name
    networks.consent(home, "base", given=True)
    assert Networks.load(home).get("base").consented
    assert next(home.root.glob("networks.toml.damaged*")).read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize(
    "entry",
    [
        "networks = 7",
        "[networks]\nmine = 7",
        "[networks.mine]\nchain_id = 5",
        "[networks.mine]\nchain_id = 'x'\nurls = ['https://a.example']",
        "[networks.mine]\nchain_id = 5\nurls = ['http://a.example']",
        "[networks.practice]\nchain_id = 5\nurls = ['https://a.example']",
        "[networks.base]\nchain_id = 8453\nurls = ['http://evil.example']",
        "[consents]\nbase = true",
        "[consents.base]\nchain_id = 1\ngiven = 'x'",
    ],
)
def test_entries_that_make_no_sense_are_left_out(home: Home, entry: str) -> None:
    home.root.mkdir()
    home.networks.write_text(entry)
    known = Networks.load(home)
    assert set(known.by_name) == {"practice", "base-sepolia", "base"}
    assert not any(n.consented for n in known.by_name.values())
    assert known.get("practice").urls == ()
    assert all(usable_url(url) for url in known.get("base").urls)


def test_two_processes_do_not_undo_each_other(home: Home) -> None:
    threads = [
        threading.Thread(target=networks.add, args=(home, own(f"n{i}", 100 + i, ("https://a.example",))))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {f"n{i}" for i in range(8)} < set(Networks.load(home).by_name)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8545/", True),
        ("http://localhost:8545", True),
        ("http://localhost.example", False),
        ("http://0.0.0.0:1", False),
        ("http://10.0.0.1", False),
        ("http://[::ffff:10.0.0.1]", False),
    ],
)
def test_this_computer(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
    assert usable_url(url) is loopback


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_address_is_usable_or_not(url: str) -> None:
    assert usable_url(url) in {True, False}
