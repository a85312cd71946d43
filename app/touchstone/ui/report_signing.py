"""Signs a report with one's own key before it is saved as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui.confirm import Question
from touchstone.ui.desk import Desk
from touchstone.ui.signing import Deed, Signing

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.ui.batch import Shown
    from touchstone.ui.identity import Who


class NoKeyError(Exception):
    """There is no key to sign with."""


class ReportSigning(QObject):
    """Asks on the sheet, signs, saves."""

    def __init__(self, desk: Desk, screen: QWidget) -> None:
        super().__init__(screen)
        self._desk = desk
        self._signing = Signing(desk, screen)

    def save(
        self, shown: Shown, target: Path, then: Callable[[], None], otherwise: Callable[[Exception | None], None]
    ) -> None:
        """Save a report, signed; `otherwise` hears None where the user said no."""
        desk = self._desk
        register = desk.register  # made here: threads must not make it

        def who() -> Who:
            from touchstone.ui.identity import who_is

            return who_is(desk)

        def go_on(found: Who) -> None:
            key, publisher = _signer(found)
            if key is None:
                otherwise(NoKeyError())
                return

            def work(deed: Deed) -> bool:
                from touchstone.export import signature, write

                if not deed.ask(question(found, key, publisher, locked=register.is_locked(key))):
                    return False

                def sign(document: Mapping[str, Any]) -> Mapping[str, Any]:
                    return signature.sign(document, deed.signer, found.network.chain_id, publisher)

                write.save(shown.report, shown.pictures, target, sign)
                return True

            self._signing.run(key, work, lambda saved: then() if saved else otherwise(None), otherwise)

        desk.background.run(who, go_on, otherwise)


def question(who: Who, key: Key, publisher: int, *, locked: bool) -> Question:
    """What is agreed to before a report is signed."""
    acts = _("publisher {number}").format(number=publisher) if publisher else _("no publisher: the key alone")
    return Question(
        title=_("Sign the report"),
        sentence=_("Whoever gets the file can see that this key signed it, and whether it was changed since."),
        rows=(
            (_("Signed by"), _("{name} ({address})").format(name=plain(key.name, 60), address=key.address)),
            (_("For"), _("{who} on {network}").format(who=acts, network=plain(who.network.name, 40))),
            (_("Cost"), _("nothing: nothing is sent anywhere")),
            (_("Can be undone"), _("no: a file that was handed on stays signed")),
        ),
        action=_("Sign and save"),
        key=plain(key.name, 60) if locked else "",
    )


def _signer(who: Who) -> tuple[Key | None, int]:
    """The key that signs, and the publisher that it acts for (0: none)."""
    for publisher in who.publishers:
        key = who.key_for(publisher)
        if key is not None:
            return key, publisher.number
    return (who.keys[0] if who.keys else None), 0
