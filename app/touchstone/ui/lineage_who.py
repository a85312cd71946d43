"""In whose name something is put on the register of models: a publisher of the user's, or a key alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts.plain import middle, plain
from touchstone.ui.fields import Choice

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.registry.own import OwnPublisher
    from touchstone.ui.identity import Who

_SHOWN = 24  # characters of a name, at least


@dataclass(frozen=True, slots=True)
class Name:
    """A publisher by its number and name, 0 and "" for a key in its own name; and the key that signs."""

    publisher: int
    said: str
    key: Key
    called: str = ""


def names(who: Who, *, alone: bool = False) -> tuple[Name, ...]:
    """The names that the user can act in for models; with `alone`, also each key in its own name."""
    found = [
        Name(publisher.number, _publisher(publisher), key, publisher.name)
        for publisher in who.publishers
        if (key := key_for(who, publisher)) is not None
    ]
    if alone:
        said = _("the key {key} alone, {address}")
        keys = [(key, said.format(key=plain(key.name, 40), address=middle(key.address, 6))) for key in who.keys]
        found += [Name(0, words, key) for key, words in keys]
    return tuple(found)


def key_for(who: Who, publisher: OwnPublisher) -> Key | None:
    """A key that may sign for a publisher's models, as far as the register's copy tells; None for none."""
    from touchstone.registry.publishers import Role

    of = {key.address: key for key in who.keys}
    may = [address for address, one in publisher.signers.items() if one.roles & Role.MODEL and not one.revoked]
    return next((of[address] for address in may if address in of), None)


def _publisher(publisher: OwnPublisher) -> str:
    said = _("{name} · publisher {number}")
    return said.format(name=plain(publisher.name, 60), number=publisher.number)


class NameChoice(Choice):
    """A drop-down list of names. What was chosen stays so when they are read again."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("In the name of"))
        # A name is of anybody's making: it must not make the window wider.
        self.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_SHOWN)

    def offer(self, found: tuple[Name, ...]) -> None:
        """Offer these."""
        before = self.chosen()
        self.blockSignals(True)  # noqa: FBT003 - Qt's
        self.clear()
        for one in found:
            self.addItem(one.said, one)
        places = [place for place, one in enumerate(found) if before is not None and _same(one, before)]
        self.setCurrentIndex(places[0] if places else 0 if found else -1)
        self.blockSignals(False)  # noqa: FBT003 - Qt's

    def chosen(self) -> Name | None:
        """The one that is chosen."""
        found = self.currentData()
        return found if isinstance(found, Name) else None


def _same(one: Name, other: Name) -> bool:
    return (one.publisher, one.key.address) == (other.publisher, other.key.address)
