"""Collect every translatable string of the application into `resources/translations/touchstone.pot`.

Run `python packaging/extract_texts.py` after texts have changed, or with `--check` to see whether the file is current.
It reads the source with Python's own parser and needs nothing else. A call of `_` or `ngettext` whose text is not a
plain literal is an error: it would never be found in a catalogue.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "app" / "touchstone"
CATALOGUE = ROOT / "resources" / "translations" / "touchstone.pot"

_HEADER = """\
# Translations of Touchstone.
# Copy this file to <language>/LC_MESSAGES/touchstone.po, translate it, and compile it with msgfmt.
# Names in braces are filled in and must stay as they are.
msgid ""
msgstr ""
"Project-Id-Version: touchstone\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


@dataclass(frozen=True, order=True)
class Text:
    """One translatable string; `plural` is empty where it has one form."""

    singular: str
    plural: str
    place: str


class NotLiteralError(ValueError):
    """A text is put together instead of written down."""


def texts(source: Path = SOURCE) -> list[Text]:
    """Every translatable string of the modules below `source`, with the module it stands in.

    Raises:
        NotLiteralError: one of them is not a plain literal.
    """
    found: list[Text] = []
    for path in sorted(source.rglob("*.py")):
        place = path.relative_to(source).as_posix()
        found += _calls(ast.parse(path.read_text(encoding="utf-8"), str(path)), place)
    return found


def _calls(tree: ast.AST, place: str) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "_" and len(node.args) == 1:
            yield Text(_literal(node.args[0], place), "", place)
        elif node.func.id == "ngettext":
            yield Text(_literal(node.args[0], place), _literal(node.args[1], place), place)


def _literal(node: ast.expr, place: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise NotLiteralError(f"{place}:{node.lineno}: not a plain literal")


def catalogue(found: list[Text]) -> str:
    """The template: each string once, in order, with the modules that use it."""
    places: dict[tuple[str, str], set[str]] = {}
    for text in found:
        places.setdefault((text.singular, text.plural), set()).add(text.place)
    entries = [_HEADER]
    for (singular, plural), used in sorted(places.items()):
        lines = [f"#: {place}" for place in sorted(used)]
        lines += ["#, python-brace-format"] if "{" in singular else []
        lines.append(f"msgid {_quoted(singular)}")
        lines += [f"msgid_plural {_quoted(plural)}", 'msgstr[0] ""', 'msgstr[1] ""'] if plural else ['msgstr ""']
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> int:
    """Write the catalogue, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the file is not current")
    arguments = parser.parse_args()
    made = catalogue(texts())
    if arguments.check:
        current = CATALOGUE.read_text(encoding="utf-8") if CATALOGUE.is_file() else ""
        if current != made:
            print("touchstone.pot is not current: run python packaging/extract_texts.py", file=sys.stderr)
        return int(current != made)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
