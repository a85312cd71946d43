"""What a look-up found, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.texts import _, formats, intents, ngettext
from touchstone.texts.mirror import moment
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.registry.lookup_types import Claim, Similar

_NAME = 80


def nothing() -> str:
    """There is neither this file nor one that looks like it."""
    return _("Nobody has registered this file, or one that looks like it.")


def nothing_exact() -> str:
    """A SHA-256 alone was asked for, and is not there."""
    return _("Nobody has registered a file with this SHA-256.")


def claim(found: Claim, *, verified: bool) -> list[str]:
    """A claim, a line each. `verified` is whether the domain vouches for its publisher."""
    lines = [
        _("{who} registered it on {moment}, in block {block}").format(
            who=_who(found, verified=verified), moment=moment(found.registered), block=formats.whole(found.block)
        )
    ]
    if not found.counts:
        lines.append(_("counts for nothing: the key that signed it was compromised by then"))
    if found.revoked and found.revoked_counts:
        lines.append(_withdrawn(found))
    elif found.revoked:
        lines.append(_("a withdrawal was signed with a key that was compromised by then; it counts for nothing"))
    if found.root:
        lines.append(_("number {index} of the batch {root}").format(index=found.index, root=middle(found.root)))
    if not found.final:
        lines.append(_("not final yet"))
    if found.uri and not found.root:
        lines.append(_("see {address}").format(address=plain(found.uri)))
    return lines


def alike(found: Similar) -> str:
    """A file that looks like the one asked about."""
    bits = ngettext("{count} of 256 bits differs", "{count} of 256 bits differ", found.distance)
    said = _("{file}: {bits}").format(file=found.sha256, bits=bits.format(count=found.distance))
    if found.votes > 1:
        frames = ngettext("{count} frame looks like it", "{count} frames look like it", found.votes)
        said += ", " + frames.format(count=found.votes)
    return said


def _who(found: Claim, *, verified: bool) -> str:
    if verified:
        return plain(found.domain, _NAME)
    named = ", ".join(plain(part, _NAME) for part in (found.name, found.domain) if part) or _("no name")
    return _("An unverified publisher ({name})").format(name=named)


def _withdrawn(found: Claim) -> str:
    reason = intents.reasons().get(found.reason, _("a reason that is not known here"))
    said = _("withdrawn on {moment} ({reason})").format(moment=moment(found.revoked), reason=reason)
    if found.replacement:
        said += ", " + _("in its place: {file}").format(file=found.replacement)
    return said
