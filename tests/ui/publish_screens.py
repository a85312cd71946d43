"""The screens that concern the register, each with something on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QElapsedTimer
from PySide6.QtWidgets import QWidget

from touchstone.chain.keystore import Key
from touchstone.chain.networks import Networks
from touchstone.registry.own import OwnPublisher, Registered
from touchstone.registry.signers import Signer
from touchstone.ui.confirm import ConfirmSheet, Question
from touchstone.ui.identity import Who
from touchstone.ui.navigation import Place
from touchstone.ui.publish import FILES, PUBLISHER, REGISTERED, TRANSACTIONS, PublishScreen
from touchstone.ui.publish_model import Credentials, Known, Stage
from touchstone.ui.settings import SettingsScreen
from touchstone.ui.style import Tone
from touchstone.ui.transactions_model import Row
from touchstone.ui.window import MainWindow

SCREENS = (
    "settings-forms",
    "publish-teach",
    "publish-drop",
    "publish-files",
    "publish-nothing",
    "publish-identity",
    "publish-forms",
    "publish-registered",
    "publish-withdraw",
    "publish-no-transactions",
    "publish-transactions",
    "publish-sheet",
)
LONG = "the-picture-desk-of-an-agency-with-a-rather-long-name-20260312-143055-0001.jpg"
ADDRESS, OTHER = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23", "0x1111111111111111111111111111111111111111"


def show(window: MainWindow, screen: str) -> QWidget:
    """Put a screen into the state in which it is looked at; returns what to look at."""
    if screen == "settings-forms":
        _settings_forms(window)
        return window
    window.go(Place.PUBLISH)
    (found,) = window.findChildren(PublishScreen)
    _until(lambda: found.identity.who is not None)
    if screen == "publish-sheet":
        return _sheet(window)
    {
        "publish-teach": _teach,
        "publish-drop": lambda screen: screen.go(FILES),
        "publish-files": _files,
        "publish-nothing": _nothing,
        "publish-identity": lambda screen: screen.go(PUBLISHER),
        "publish-forms": _identity_forms,
        "publish-registered": _registered,
        "publish-withdraw": _withdraw,
        "publish-no-transactions": lambda screen: screen.go(TRANSACTIONS),
        "publish-transactions": _transactions,
    }[screen](found)
    return window


def _until(condition) -> None:
    clock = QElapsedTimer()
    clock.start()
    while not condition() and clock.elapsed() < 10_000:
        QCoreApplication.processEvents()


def _who(window) -> Who:
    network = Networks.load(window._desk.home).get("practice")
    signers = {
        ADDRESS: Signer(15, 1_760_000_000),
        OTHER: Signer(3, 1_760_000_000, valid_to=1_770_000_000, revoked=1_765_000_000, compromised=1_764_000_000),
    }
    name = "Agence X, photographers and correspondents since 1871"
    publisher = OwnPublisher(1, name, "agence-x.example", ADDRESS, OTHER, 1_760_000_000, signers, True, (ADDRESS,))
    return Who(network, (Key(ADDRESS, "newsroom", Path("/keys/newsroom.json")),), (publisher,))


def _teach(screen: PublishScreen) -> None:
    screen.go(PUBLISHER)
    screen.identity.form.notice.say("Give the publisher a name.")


def _nothing(screen: PublishScreen) -> None:
    screen.identity._show(_who(screen.window()))
    screen.go(REGISTERED)


def _withdraw(screen: PublishScreen) -> None:
    screen.registered.table.setCurrentIndex(screen.registered.model.index(0, 0))
    screen.registered.withdraw_button.click()


def _files(screen: PublishScreen) -> None:
    files = screen.files
    entries = files.model.add([Path("/pictures", f"{number}-{LONG}") for number in range(6)])
    states = list(zip(Stage, [*Known, Known.NONE], [*Credentials, *Credentials], strict=True))
    for number, (entry, (stage, known, credentials)) in enumerate(zip(entries, states, strict=True)):
        entry.sha256, entry.stage, entry.known, entry.credentials = f"{number + 7:064x}", stage, known, credentials
    entries[-1].problem = "The file could not be opened: there is no permission to read it."
    files.model.touched(entries)
    files.options.sign.setChecked(True)
    files.options.signer.setCurrentIndex(files.options.signer.count() - 1)
    files.working.show_step("Signing: 3 of 6", 3, 6)
    files.show_cost(
        "1 transaction: about 0.000074 practice ETH, at most 0.000177 practice ETH.\n\n" + 5 * "Public for ever. "
    )
    files.notice.say("12 files were registered. 3 were left out; their rows say why.", action="Open the receipts")
    files.unfinished.say("Publishing that was begun on 12 March 2026, 14:05 UTC is not finished.", action="Continue")
    files.refresh()
    screen.go(FILES)


def _identity_forms(screen: PublishScreen) -> None:
    screen.go(PUBLISHER)
    identity = screen.identity
    identity.card.rename.click()
    identity.card.recover.click()
    identity.domain.claim_button.click()
    identity.domain.steps.open()
    identity.domain.check_button.click()
    identity.signers.add_button.click()
    identity.signers.stolen.begin(OTHER)


def _registered(screen: PublishScreen) -> None:
    found = [
        Registered(f"{n:064x}", 1_764_000_000 + n, n, 1, "ab" * 32 if n % 2 else "", n if n % 2 else -1, n)
        for n in range(1, 9)
    ]
    found[3] = Registered("cd" * 32, 1_764_000_000, 3, 1, "", -1, 3, revoked=1_765_000_000, reason=5)
    screen.registered.model.show_rows(found, {found[0].sha256: Path("/pictures", LONG)})
    screen.go(REGISTERED)


def _transactions(screen: PublishScreen) -> None:
    states = ("asked", "signed", "sent", "mined", "final", "reverted", "dropped", "cancelled", "failed")
    said = "Publisher 1 (Agence X, photographers) registers a batch of 12 files under 8eb74d42…61ae139a."
    fee, moment = "at most 0.000177 practice ETH", "2026-03-12T14:05:00+00:00"
    briefly, cost, hash_ = "Register a batch: " + said, "≤ 0.000177 practice ETH", "0x" + "ab" * 32
    rows = [
        Row(n, said, briefly, state, "base-sepolia", moment, hash_, ADDRESS, fee, cost, n, state == "sent")
        for n, state in enumerate(states, 1)
    ]
    page = screen.transactions
    screen.go(TRANSACTIONS)
    page._generation += 1  # what is being read is not shown
    page._show(rows)
    page.table.setCurrentIndex(page.model.index(page.model.row_of(3), 0))
    page.notice.say("On its way: " + said)
    page.working.show_step("On its way: waiting for a block")
    screen.tell_of_transactions("A transaction that was under way has come to an end. Done: " + said, Tone.INK)


def _sheet(window: MainWindow) -> QWidget:
    rows = (
        ("Network", "practice, on this computer: nobody else sees it"),
        ("Signed by", ADDRESS),
        ("Cost", "about 0.000074 practice ETH, at most 0.000177 practice ETH"),
        ("Public for ever", "the file's SHA-256, its fingerprint, that your address did it"),
        ("Can be undone", "no: it can be withdrawn, not erased"),
    )
    said = "Publisher 1 (Agence X) registers a batch of 12 files under 8eb74d42…61ae139a."
    warning = "Hashes and fingerprints stay public. Whoever has a similar picture can find it by them."
    sheet = ConfirmSheet(Question("Register a batch", said, rows, "Sign and send", (warning,), key="newsroom"), window)
    sheet.open()
    sheet.refuse("The password is wrong.")
    return sheet


def _settings_forms(window: MainWindow) -> None:
    window.go(Place.SETTINGS)
    (screen,) = window.findChildren(SettingsScreen)
    register = screen.register
    _until(lambda: bool(register.networks.choices))
    register.networks.choose("base")
    register.networks.form.begin()
    register.keys.form.begin(importing=True)
    register.ledger.notice.say("Ledger time was moved forward by 1 day.", action="Show in folder")
    register.mirror.working.show_step("Reading blocks: 12 of 40", 12, 40)
    register.backup.form.begin(Path("/pictures", LONG), restoring=False)
