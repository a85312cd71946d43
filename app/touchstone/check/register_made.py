"""Who recorded, on the register of models, that a model made a file; and whose word a check rests on. Pure.

Anybody may record that of any file, and would then have a say in everybody's checks. So it decides only where this
computer knows who says so: a publisher whose domain vouches for it, or this user. Whatever others say is listed.

Keys of an entry: `publisher` (0: in the signer's own name), `untrusted_publisher`, `domain_verified`, `own_key`,
`signer`, `manifest` (of the model), `recorded`, `said` (ISO 8601), `block`, `tx`, `root`, `index`, `counts`,
`withdrawn` (ISO 8601 or null), `same_publisher` (whoever registered the file, where a check rests on that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.check.register_claims import moment
from touchstone.registry.model_types import Decision, OutputList, RecordedOutput

MOST = 20  # entries that are listed
_LONGEST = 200  # characters of what a publisher wrote


@dataclass(frozen=True, slots=True)
class Around:
    """What this computer knows beside the register.

    `addresses` are its own, lower-case hex with 0x; `vouched` says whether a domain vouches for whoever recorded a
    list; `practice` is a ledger of one's own or one for practice.
    """

    addresses: frozenset[str]
    vouched: Callable[[OutputList], bool]
    practice: bool = False


def listed(outputs: Iterable[RecordedOutput], around: Around, registrant: int = 0) -> list[dict[str, Any]]:
    """The entries that say that a model made the file, the one that a check rests on first.

    `registrant` is the publisher on whose registration of the file a check rests, 0 for none.
    """
    made = [_entry(one, around, registrant) for one in outputs if one.output.decision is Decision.MADE]
    return sorted(made, key=lambda e: (not decides(e, practice=around.practice), e["recorded"], e["block"]))[:MOST]


def decides(entry: Mapping[str, Any], *, practice: bool) -> bool:
    """Whether an entry counts towards the answer."""
    known = entry["own_key"] or (entry["domain_verified"] and not practice)
    return bool(entry["counts"] and known and not entry["withdrawn"])


def _entry(one: RecordedOutput, around: Around, registrant: int) -> dict[str, Any]:
    held = one.list
    verified = bool(held.domain) and around.vouched(held)
    name = held.domain if verified else held.name or held.domain
    return {
        "publisher": held.publisher,
        "untrusted_publisher": name[:_LONGEST],
        "domain_verified": verified,
        "own_key": held.signer in around.addresses,
        "signer": held.signer,
        "manifest": one.output.manifest,
        "recorded": moment(held.recorded),
        "said": moment(one.output.time),
        "block": held.block,
        "tx": held.tx,
        "root": held.root,
        "index": one.index,
        "counts": held.counts,
        "withdrawn": moment(held.withdrawn) or None,
        "same_publisher": bool(held.publisher) and held.publisher == registrant,
    }
