"""Flags that are broken off, sent twice, or cannot be paid for: by the calls below command line and window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.chain.nodes import Between, times_out
from tests.desk_court.bundles import report_on
from tests.desk_court.commands import PASSWORD, Run, document, flag
from tests.desk_court.test_bundle import code

from touchstone.chain import keystore
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.court import flagging
from touchstone.court.evidence import EvidenceStore
from touchstone.court.flagging import Charge, Wanted
from touchstone.paths import Home
from touchstone.registry import court
from touchstone.report import loads


class Desk:
    """A key at work, below the command line."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self.network = Networks.load(self.home).get("practice")
        self.nodes = open_nodes(self.home, self.network)
        self.signer = KeystoreSigner(keystore.find(self.home, "other"), ask=lambda: PASSWORD)
        path = folder / "in" / "ours.jpg"
        self.wanted = Wanted(path, loads(report_on(self.home, path)), Charge.MANIPULATED, "why")
        self.store = EvidenceStore(self.home)

    def prepare(self) -> flagging.Prepared:
        return flagging.prepare(self.home, self.network, self.nodes, self.wanted)

    def send(self, prepared: flagging.Prepared, *, broken_off: bool = False, lost: bool = False) -> None:
        from touchstone.chain.local import PracticeLedger
        from touchstone.registry import permits

        ledger = PracticeLedger(self.home.ledger)
        ledger.fund(self.signer.address, 10**18)
        ledger.give_dollars(self.signer.address, prepared.what.total)
        ledger.close()
        line = Between(self.nodes[0])
        sender = Sender(self.home, self.network, [line], poll=0.01, patience=0.3 if lost else 30.0)
        try:
            for intent, key in (
                (permits.approve(self.network, self.network.court, prepared.what.total), ""),
                (court.flag(self.network, prepared.what), prepared.deed),
            ):
                if lost and key:
                    line.on["eth_sendRawTransaction"] = times_out
                sender.send(sender.prepare(intent, self.signer.address), self.signer, lambda _p: True, key=key)
        finally:
            sender.close()
        if broken_off:
            raise KeyboardInterrupt


def test_a_flag_that_was_broken_off_leaves_no_evidence(folder: Path) -> None:
    desk = Desk(folder)
    prepared = desk.prepare()
    with pytest.raises(KeyboardInterrupt), flagging.sending(desk.home, desk.network, prepared):
        raise KeyboardInterrupt
    assert desk.store.items() == ()
    # One whose process was killed: its evidence goes with the next flag, once nobody can be asked about it any more.
    killed = desk.prepare()
    second = desk.prepare()
    assert desk.store.has(killed.what.evidence)
    notes = desk.home.evidence / "flags.json"
    old = json.loads(notes.read_bytes())
    for note in old.values():
        note["time"] -= 90_000
    notes.write_text(json.dumps(old))
    third = Wanted(desk.wanted.path, desk.wanted.report, Charge.GENERATED, "another reason")
    left = flagging.prepare(desk.home, desk.network, desk.nodes, third)
    assert desk.store.items() == (left.what.evidence,)
    assert code(lambda: flagging.sending(desk.home, desk.network, second).__enter__()) == "missing"


def test_a_flag_that_was_sent_keeps_its_evidence_whatever_ends_it(folder: Path) -> None:
    desk = Desk(folder)
    prepared = desk.prepare()
    with pytest.raises(KeyboardInterrupt), flagging.sending(desk.home, desk.network, prepared):
        desk.send(prepared, broken_off=True)
    assert desk.store.items() == (prepared.what.evidence,)
    assert court.last_case(desk.nodes, desk.network, prepared.what.media) == 1


def test_a_flag_whose_answer_was_lost_is_followed_by_the_same_command(run: Run, folder: Path) -> None:
    desk = Desk(folder)
    prepared = desk.prepare()
    with pytest.raises(ChainError) as caught, flagging.sending(desk.home, desk.network, prepared):
        desk.send(prepared, lost=True)
    assert caught.value.params["pending"]
    assert desk.store.items() == (prepared.what.evidence,)
    told = document(run(*flag(folder), key="other"))
    assert (told["case"], told["already"], told["evidence"]) == (1, True, prepared.what.evidence)
    assert desk.store.items() == (prepared.what.evidence,)
    assert court.count(desk.nodes, desk.network) == 1


def test_two_windows_flag_once(folder: Path) -> None:
    desk = Desk(folder)
    first = desk.prepare()
    desk.wanted = Wanted(desk.wanted.path, desk.wanted.report, Charge.MANIPULATED, "the same, in other words")
    second = desk.prepare()
    assert first.deed == second.deed
    assert first.what.evidence != second.what.evidence
    with flagging.sending(desk.home, desk.network, first):
        desk.send(first)
    with pytest.raises(Exception, match="reverted"), flagging.sending(desk.home, desk.network, second):
        desk.send(second)
    assert desk.store.items() == (first.what.evidence,)
    assert court.count(desk.nodes, desk.network) == 1


def test_a_flag_needs_the_money(folder: Path) -> None:
    desk = Desk(folder)
    asked = {"account": "0x" + "77" * 20}
    assert code(flagging.prepare, desk.home, desk.network, desk.nodes, desk.wanted, **asked) == "no-money"
    assert desk.store.items() == ()
