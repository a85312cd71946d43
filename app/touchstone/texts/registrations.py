"""Answers that rest on the publisher register, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

_NAME = 80


def headline(code: str, params: Mapping[str, Any]) -> str:
    """The headline of such an answer; empty for every other."""
    on = formats.day(params.get("date") or "")
    pattern = (_own(code, on) if params.get("own") is True else "") or _of(code, on)
    publisher = plain(params.get("untrusted_publisher") or _("a publisher without a name"), _NAME)
    said = pattern.format(publisher=publisher, day=on)
    hours = params.get("stale_hours")
    return _with_age(said, hours) if said and type(hours) is int and hours > 0 else said


def meaning(code: str, params: Mapping[str, Any]) -> str:
    """What such a headline means; empty for every other."""
    own = _meanings_of_ones_own() if params.get("own") is True else {}
    return own.get(code) or _meanings().get(code) or ""


def _of(code: str, on: str) -> str:
    return {
        "withdrawn": _("Withdrawn by {publisher} on {day}") if on else _("Withdrawn by {publisher}"),
        "withdrawn-unverified": _("Withdrawn by the unverified publisher that registered it"),
        "registered": (
            _("Registered by {publisher} on {day}; not proof of authorship")
            if on
            else _("Registered by {publisher}; not proof of authorship")
        ),
        "registered-unverified": (
            _("Registered by an unverified publisher on {day}; not proof of authorship")
            if on
            else _("Registered by an unverified publisher; not proof of authorship")
        ),
        "recorded-ai": _("{publisher} recorded that a model made it"),
        "similar-registered": _("Looks like a file registered by {publisher}; it is not the same file"),
        "similar-registered-unverified": _(
            "Looks like a file that an unverified publisher registered; it is not the same file"
        ),
    }.get(code, "")


def _own(code: str, on: str) -> str:
    """Of what this user registered. Where a domain vouches for the publisher, that says more."""
    return {
        "withdrawn-unverified": (
            _("Withdrawn by you ({publisher}) on {day}") if on else _("Withdrawn by you ({publisher})")
        ),
        "registered-unverified": (
            _("Registered by you ({publisher}) on {day}; not proof of authorship")
            if on
            else _("Registered by you ({publisher}); not proof of authorship")
        ),
        "recorded-ai": _("You recorded that a model made it"),
        "similar-registered-unverified": _(
            "Looks like a file that you registered ({publisher}); it is not the same file"
        ),
    }.get(code, "")


def _meanings() -> Mapping[str, str]:
    return {
        "recorded-ai": _(
            "Whoever recorded it is known by a domain that vouches for them. It is their word about their own model's"
            " work, and cannot be taken back unnoticed."
        ),
        "withdrawn": _("The publisher that registered this file no longer stands by it."),
        "withdrawn-unverified": _(
            "Whoever registered this file no longer stands by it, and never showed who they are."
        ),
        "registered": _(
            "A publisher has put its name to exactly this file. Registering shows who claims it and since when, not who"
            " made it."
        ),
        "registered-unverified": _(
            "Somebody has claimed exactly this file, but has not shown who they are. Anybody can do that."
        ),
    }


def _meanings_of_ones_own() -> Mapping[str, str]:
    claimed = _("You registered this file yourself. That shows who claims it and since when, not who made it.")
    withdrawn = _("You registered this file yourself, and have withdrawn it since.")
    return {
        "recorded-ai": _("You recorded this yourself, on the register of models."),
        "registered": claimed,
        "registered-unverified": claimed,
        "withdrawn": withdrawn,
        "withdrawn-unverified": withdrawn,
    }


def _with_age(said: str, hours: int) -> str:
    age = ngettext(
        "the register's copy here is {hours} hour old", "the register's copy here is {hours} hours old", hours
    ).format(hours=formats.whole(hours))
    return _("{headline} ({age})").format(headline=said, age=age)
