"""Where `--report` puts its files."""

from __future__ import annotations

import os
from pathlib import Path

from touchstone.check.run import Checked
from touchstone.cli.output import complain
from touchstone.export import write
from touchstone.texts import _, chain, exports

FORMATS = (".json", ".html", ".pdf")
_LONGEST = 80  # bytes of a file's name that a report is named after: three each if none is text, and room for a number


class Reports:
    """The target of `--report`: a file for one checked file, a folder for several (an HTML page for each)."""

    def __init__(self, target: Path | None, *, several: bool, sign: write.SignDocument | None = None) -> None:
        """Look at the target before any work is done. `sign` signs a report in JSON.

        Raises:
            ExportError: nothing can be written there.
        """
        self._target, self._several, self._sign = target, several, sign
        self._taken: set[str] = set()
        if target is None:
            return
        if several:
            write.make_folder(target)
        else:
            write.refuse_unwritable(target)

    def write(self, checked: Checked) -> bool:
        """Write one report; False, and a complaint, where that fails."""
        if self._target is None:
            return True
        target = self._target / self._free_name(checked.path.name) if self._several else self._target
        try:
            write.save(checked.report, checked.pictures, target, self._sign)
        except write.ExportError as error:
            complain(exports.failure(error, target))
            return False
        except Exception as error:
            if self._sign is None:
                raise
            complain(_not_signed(error))
            return False
        return True

    def _free_name(self, name: str) -> str:
        """A file name for the report on `name` that no other report of this run has."""
        stem, number = os.fsencode(name)[:_LONGEST].decode("utf-8", "replace"), 1
        candidate = f"{stem}.html"
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{stem}-{number}.html"
        self._taken.add(candidate.casefold())
        return candidate


def _not_signed(error: Exception) -> str:
    """Why a report was not signed, and so not written."""
    from touchstone.chain.errors import ChainError
    from touchstone.export.signature import NotSignableError

    if isinstance(error, ChainError):
        return chain.trouble(error)
    if isinstance(error, NotSignableError):
        return _("The report holds a number that cannot be signed.")
    raise error
