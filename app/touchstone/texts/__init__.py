"""Codes become sentences here, and only here: everything a person reads goes through gettext.

Use `_("...")` and `ngettext("...", "...", n)` with plain literals and `.format(...)` afterwards, never an f-string.
Whatever came from a file, a node or a contract goes through `plain` before it is put into a sentence.
"""

from __future__ import annotations

import gettext as _gettext

from touchstone import paths

_catalogue: _gettext.NullTranslations = _gettext.NullTranslations()


def use_language(languages: list[str] | None = None) -> None:
    """Translate into the first of `languages` that has a catalogue (the environment's languages where None)."""
    global _catalogue  # noqa: PLW0603 - one process speaks one language
    _catalogue = _gettext.translation("touchstone", paths.resources() / "translations", languages, fallback=True)


def _(message: str) -> str:
    """The message in the user's language."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message in the user's language, in the form for `n`."""
    return _catalogue.ngettext(singular, plural, n)


def language() -> str:
    """The language in use, as a BCP 47 tag: that of the catalogue, English where there is none."""
    return _catalogue.info().get("language", "en").replace("_", "-")


def direction() -> str:
    """Which way the language in use runs: `ltr` or `rtl`."""
    return "rtl" if language().split("-")[0] in {"ar", "fa", "he", "ur", "yi"} else "ltr"
