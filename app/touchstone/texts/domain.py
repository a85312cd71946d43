"""Domains of publishers in words: what to publish, what was found, and names that look like others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from touchstone.texts import _, formats
from touchstone.texts.plain import plain


class _State(Protocol):
    """`touchstone.registry.domain_proofs.DomainState`."""

    @property
    def domain(self) -> str: ...

    @property
    def standing(self) -> object: ...

    @property
    def checked(self) -> str: ...

    @property
    def way(self) -> str: ...

    @property
    def failure(self) -> str: ...


class _Doubt(Protocol):
    """`touchstone.registry.confusable.Doubt`."""

    @property
    def code(self) -> str: ...

    @property
    def params(self) -> Mapping[str, Any]: ...


def state(found: _State) -> str:
    """What is known of a domain, as a sentence."""
    domain, day = plain(found.domain, 100), formats.day(found.checked)
    match str(found.standing):
        case "verified":
            said = _("{domain} vouches for this publisher: {way}, seen on {day}.")
            return said.format(domain=domain, way=way(found.way), day=day)
        case "stale":
            return _("{domain} vouched for this publisher on {day}. That is too long ago, or for another key.").format(
                domain=domain, day=day
            )
        case "failed":
            said = _("{domain} does not vouch for this publisher: {why} (looked on {day}).")
            return said.format(domain=domain, why=failure(found.failure), day=day)
    return _("Nobody has looked whether {domain} vouches for this publisher.").format(domain=domain)


def way(code: object) -> str:
    """Where a domain says so."""
    return {"dns": _("by a DNS record"), "did": _("by a file on its site")}.get(str(code), _("somehow"))


def failure(code: object) -> str:
    """Why a domain does not vouch, as part of a sentence."""
    return {
        "not-claimed": _("the publisher does not claim it on the register"),
        "no-record": _("neither a DNS record nor a file says so"),
        "other-publisher": _("what stands there names another publisher, network or key"),
        "malformed": _("the file on its site cannot be read as what it should be"),
        "unreachable": _("it could not be reached"),
    }.get(str(code), _("it could not be found out"))


def bad_domain(text: str) -> str:
    """What was named is no domain."""
    return _("{text} is not a domain, such as agency.example.").format(text=plain(text, 100))


def to_publish(zone_line: str, address: str) -> str:
    """How to prove a domain; the document follows."""
    return _(
        "Do one of these two, or both.\n\nPut this record into the domain's DNS:\n\n    {line}\n\nOr put this file at"
        " {address}:"
    ).format(line=plain(zone_line, 400), address=plain(address, 300))


def afterwards() -> str:
    """What comes after publishing."""
    return _("Then run: touchstone publisher domain check")


def asks(domain: str) -> str:
    """What looking tells others."""
    return _("Asking the name system and {domain} itself. Both learn that somebody here looks.").format(
        domain=plain(domain, 100)
    )


def doubt(found: _Doubt) -> str:
    """What a reader should know about a name."""
    params = found.params
    match found.code:
        case "mixed-scripts":
            names = ", ".join(plain(name, 30) for name in params.get("scripts", ()))
            return _("The name mixes letters of different scripts: {names}.").format(names=names)
        case "invisible":
            return _("The name has characters that cannot be seen.")
        case "looks-like":
            said = _("It can be taken for “{name}”, which is publisher {number}.")
            return said.format(name=plain(params.get("untrusted_name", ""), 80), number=params.get("publisher"))
        case "international":
            return _("In ASCII the domain is {domain}.").format(domain=plain(params.get("ascii", ""), 260))
    return _("There is something odd about the name.")
