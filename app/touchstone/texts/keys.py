"""Keys in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key


def kind(key: Key) -> str:
    """Where a key lives, and whether it can be used."""
    if key.damaged:
        return _("no key file, or damaged")
    if key.url:
        return _("in the signer at {url}").format(url=plain(key.url, 100))
    return _("others can read its file, so it is not used") if key.exposed else _("here, encrypted")


def kept(key: Key) -> str:
    """What is said of a key that was made or taken in."""
    return _("The key {name} is kept here, encrypted: {address}").format(name=plain(key.name, 60), address=key.address)


def advice() -> str:
    """What to do right after."""
    return _("Nobody can recover its password for you. `touchstone backup create FILE` keeps a copy of it.")
