"""The court as a new user meets it, by commands: flag, seal, open, an appeal that turns a ruling, and all money out.

Among simulated reviewers on the practice ledger, in a home that begins empty.
"""

import hashlib
import json

import pytest
from PIL import Image
from tests.court.practising import faults
from tests.practice import Key

from touchstone.chain import contracts
from touchstone.chain.agree import agreed_call
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry import court

STAKE = (
    5_000_000_000  # millionths: among 4,800 dollars of simulated people that is drawn in all but one of 10,000 panels
)
FORTNIGHT = 14 * 86_400
BURNED = "0x000000000000000000000000000000000000dEaD"


class Court:
    """Commands of one user, each of which has to succeed."""

    def __init__(self, desk, folder):
        self.desk, self.password = desk, folder / "password"
        self.password.write_text("a long enough password\n")
        self.password.chmod(0o600)

    def ask(self, *arguments):
        """What a command that sends nothing answers."""
        ran = self.desk.run(*map(str, arguments), "--json")
        assert ran.code == 0, ran.stderr
        return json.loads(ran.stdout)

    def do(self, *arguments):
        """What a command that signs answers."""
        return self.ask(*arguments, "--password-file", self.password, "--yes")

    def skip(self, case, phase):
        skipped = self.ask("case", "skip", case)
        assert skipped["phase"] == phase, skipped
        return skipped

    def flag(self, path, reason):
        return self.do("case", "flag", path, "--choice", "manipulated", "--reason", reason)["case"]

    def answer(self, path):
        return self.ask("check", path)["answer"]


@pytest.fixture
def user(desk, tmp_path):
    return Court(desk, tmp_path)


def test_from_a_flag_to_the_last_coin(user, desk, tmp_path):
    samples = tmp_path / "samples"
    assert desk.run("samples", samples).code == 0
    changed, original = samples / "02-signed-then-changed.jpg", samples / "01-signed.jpg"
    assert user.answer(changed) == "doubtful"

    # A reviewer among practice reviewers.
    user.do("stake", "add", STAKE // 10**6, "--join", "people")
    first = user.flag(changed, "Something was pasted into it.")
    drawn = user.skip(first, "commit")
    assert drawn["seconds"] >= FORTNIGHT - 3600  # nobody's stake counted before
    assert drawn["simulated"]["sealed"] > 0
    refused = desk.run("case", "skip", str(first))
    assert refused.code == 1
    assert "Seal first" in refused.stderr
    user.do("case", "seal", first, "--vote", "altered")
    user.skip(first, "reveal")
    user.do("case", "open", first)
    user.skip(first, "appealable")
    user.skip(first, "final")
    user.do("case", "settle", first)
    assert user.answer(changed) == "refuted"

    # An appeal that turns a ruling: only the original shows that the second file was altered.
    user.do("stake", "leave")
    stripped = altered(changed, tmp_path / "passed-on.jpg")
    second = user.flag(stripped, "It was altered before it was passed on.")
    user.skip(second, "commit")
    user.skip(second, "reveal")
    user.skip(second, "appealable")
    assert user.answer(stripped) != "refuted"
    user.do("case", "evidence", second, "--add", original, "--reason", "This is how it was signed.")
    user.do("case", "appeal", second, "--against", "--amount", "1000")
    user.skip(second, "commit")
    user.skip(second, "reveal")
    user.skip(second, "final")
    assert user.answer(stripped) == "refuted"
    ledger = PracticeLedger(Home(desk.home).ledger)
    try:
        assert rulings(ledger, second) == ("not-altered", "edited")
        everything_out(user, ledger, second)
        balances = every_balance(ledger)
        held = {name: balances.pop(contracts.address(name).lower(), 0) for name in ("ReviewerPool", "FactCheckCourt")}
        assert held == {"ReviewerPool": 0, "FactCheckCourt": 0}
        assert sum(balances.values()) == dollars(ledger, "totalSupply") > 0
    finally:
        ledger.close()


def altered(changed, path):
    """The changed sample without its credentials, saved so that few simulated reviewers err about it."""
    for quality in range(95, 40, -1):
        Image.open(changed).save(path, quality=quality)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if max(faults(digest, round_) for round_ in (0, 1)) <= 2:
            return path
    raise AssertionError("many err about each of them")


def rulings(ledger, case):
    network = Networks.load(Home(ledger.path.parent)).get("practice")
    found = [court.round_([ledger.node()], network, case, number).ruling for number in (0, 1)]
    return tuple(one.name.lower().replace("_", "-") for one in found)


def everything_out(user, ledger, case):
    """Whoever has anything in the court or the pool takes it out: the user, the simulated ones, and who has no key."""
    user.do("case", "settle", case)
    user.do("case", "withdraw")
    user.do("stake", "remove", user.ask("stake", "show")["staked"]["amount"])
    user.ask("reviewer", "practice", "leave")
    user.ask("ledger", "skip", FORTNIGHT + 3600)
    user.do("stake", "withdraw")
    user.ask("reviewer", "practice", "leave")
    anybody = Key(ledger)
    network = Networks.load(Home(ledger.path.parent)).get("practice")
    for owed in (BURNED, contracts.address("PracticeSteward")):
        if court.credit([ledger.node()], network, owed):
            anybody.send("FactCheckCourt", "withdraw", owed)


def dollars(ledger, function, *arguments):
    call = contracts.encode("PracticeUSD", function, *arguments)
    return contracts.decode(
        "PracticeUSD", function, agreed_call([ledger.node()], contracts.address("PracticeUSD"), call).value
    )


def every_balance(ledger):
    """What everybody has who ever got any."""
    topic = "0x" + contracts.topic("PracticeUSD", "Transfer").hex()
    asked = {"fromBlock": "0x0", "toBlock": "latest", "address": contracts.address("PracticeUSD"), "topics": [topic]}
    logs = ledger.node().request("eth_getLogs", [asked])
    holders = {"0x" + log["topics"][2][-40:].lower() for log in logs}
    return {one: dollars(ledger, "balanceOf", one) for one in holders}
