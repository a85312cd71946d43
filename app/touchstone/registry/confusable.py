"""Names that look like other names: scripts mixed within one, characters nobody sees, letters that pass for others.

A skeleton is what is left of a name once every character stands for all that look like it; two names with the same
skeleton can be taken for each other. The method is that of Unicode Technical Standard 39, section 4; the table is a
small one of our own, for the letters that names of publishers and domains are written with.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry.lookup_types import identity_of, mirror_path
from touchstone.store.database import StoreError, trouble_in
from touchstone.store.register_store import open_reader

_MOST = 100_000  # publishers looked through

# What each letter on the right of a colon looks like is on its left.
_LOOKS = (
    "a:аɑαａ", "b:ЬьƄв", "c:сϲⅽ", "d:ԁⅾժ", "e:еҽ℮", "f:ƒſ", "g:ɡց", "h:һհн", "i:іıɩι", "j:јϳյ", "k:кκқĸ",
    "l:ӏⅼ|ǀן1Iі", "m:мⅿ", "n:пոη", "o:оοօσ0ӧ", "p:рρ", "q:ԛզ", "r:г", "s:ѕꜱ", "t:тτ", "u:υսц", "v:ѵνⅴ",
    "w:ԝѡω", "x:хχⅹ", "y:уүγ", "z:ᴢ", "-:‐‑‒–—−ー", ".:。．｡", "_:ˍ",
)  # fmt: skip
# Pairs that read as one letter in many a typeface.
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
)
_TABLE = {ord(char): part[0] for part in _LOOKS for char in part[2:]}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a name that a reader should know: a code and its parameters (`touchstone.texts.domain`).

    `mixed-scripts` {scripts}, `invisible` {}, `looks-like` {publisher, untrusted_name}, `international` {ascii}.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def skeleton(text: str) -> str:
    """What a name looks like; names with the same skeleton pass for each other."""
    seen = unicodedata.normalize("NFKD", text.casefold().translate(_TABLE))
    bare = "".join(c for c in seen if not unicodedata.combining(c) and not _invisible(c)).translate(_TABLE)
    for pair, one in _PAIRS:
        bare = bare.replace(pair, one)
    return "".join(c for c in bare.replace("i", "l") if not c.isspace())


def scripts(text: str) -> frozenset[str]:
    """The scripts that the letters of a text belong to, by the names that Unicode has for them."""
    return frozenset(unicodedata.name(c, "UNKNOWN").split(" ")[0] for c in text if c.isalpha())


def is_mixed(text: str) -> bool:
    """Whether a text mixes scripts that no language writes together."""
    used = scripts(text)
    return len(used) > 1 and not any(used <= together for together in _TOGETHER)


def doubts(text: str, others: Iterable[tuple[int, str]] = ()) -> tuple[Doubt, ...]:
    """What to say about a name or a domain; `others` are numbers and names of publishers it could be taken for."""
    found: list[Doubt] = []
    words = text.replace(".", " ").split()
    mixed = sorted({name.lower() for word in words if is_mixed(word) for name in scripts(word)})
    if mixed:
        found.append(Doubt("mixed-scripts", {"scripts": mixed}))
    if any(_invisible(c) for c in text):
        found.append(Doubt("invisible"))
    own = skeleton(text)
    found += [
        Doubt("looks-like", {"publisher": number, "untrusted_name": other})
        for number, other in others
        if other != text and own and skeleton(other) == own
    ]
    if not text.isascii() and "." in text:
        found.append(Doubt("international", {"ascii": ascii_of(text)}))
    return tuple(found)


def ascii_of(domain: str) -> str:
    """A domain as the name system has it (A-labels); as it came where it is none."""
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain.encode("ascii", "backslashreplace").decode()


def shown(domain: str) -> str:
    """A domain as it may be shown: in its own letters where these can be told from others, else in ASCII."""
    import idna

    if "xn--" not in domain.casefold():
        return domain if domain.isascii() else ascii_of(domain)
    try:
        own = idna.decode(domain)
    except idna.IDNAError:
        return domain
    foreign = [label for label in own.split(".") if not label.isascii()]
    passes_for_ascii = any(label.casefold().translate(_TABLE).isascii() for label in foreign)
    return domain if passes_for_ascii or any(map(is_mixed, own.split("."))) else own


@dataclass(frozen=True, slots=True)
class Known:
    """A publisher that the mirror knows; its name and domain are as they were written. `controller` is 0x hex."""

    number: int
    untrusted_name: str
    untrusted_domain: str
    controller: str


def known(home: Home, network: Network) -> tuple[Known, ...]:
    """The publishers that the mirror knows, by number.

    Raises:
        StoreError: the mirror cannot be read.
    """
    try:
        connection = open_reader(mirror_path(home, network))
        if connection is None:
            return ()
        try:
            if connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone() != identity_of(network):
                return ()
            rows = connection.execute(
                "SELECT id, name, domain, controller FROM publisher ORDER BY id LIMIT ?", (_MOST,)
            ).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(trouble_in(error)) from error
    return tuple(Known(number, name, domain, "0x" + controller.hex()) for number, name, domain, controller in rows)


def about(name: str, domain: str, others: Iterable[Known], but: int = 0) -> tuple[Doubt, ...]:
    """What to say about a publisher's name and domain, given the others there are; `but` is its own number."""
    people = [one for one in others if one.number != but]
    found = doubts(name, [(one.number, one.untrusted_name) for one in people])
    if domain:
        found += doubts(shown_unicode(domain), [(one.number, one.untrusted_domain) for one in people])
    return tuple(found)


def shown_unicode(domain: str) -> str:
    """A domain in its own letters, however misleading; as it came where it is none."""
    import idna

    try:
        return idna.decode(domain) if "xn--" in domain.casefold() else domain
    except idna.IDNAError:
        return domain


def _invisible(char: str) -> bool:
    """Control and format characters, and spaces other than the one everybody types."""
    kind = unicodedata.category(char)
    return kind in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} or (kind == "Zs" and char != " ")
