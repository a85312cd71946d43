"""The manifests of a store as a tree of sources, and what became of each.

What an ingredient's entry says about its own validation was written by whoever signed the file above it; the deltas are
what the reader itself found to differ. A failure counts from either side; trust only as far as the reader confirms it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.provenance import claims, codes
from touchstone.provenance.codes import Codes, part

NODES_AT_MOST = 64
FAILED_AT_MOST = 16
NODE_CODES_AT_MOST = 8
_DEEPEST = 12
_MOST_MANIFESTS = 2000
_MOST_INGREDIENTS = 5000
_RELATIONS = {"parentOf": "parent", "componentOf": "component", "inputTo": "input"}

Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a store, under one list of anchors."""

    name: str
    data: Mapping[str, Any]
    active: Codes
    deltas: Mapping[str, Codes]  # by label of the manifest they speak about

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> View:
        """The view that the SDK's JSON gives."""
        results = data.get("validation_results")
        deltas: dict[str, Codes] = {}
        listed = part(results, "ingredientDeltas")
        for delta in listed if isinstance(listed, list) else []:
            for label, found in _by_label(part(delta, "validationDeltas")):
                deltas[label] = deltas.get(label, Codes()) | found
        return cls(name, data, Codes.of(part(results, "activeManifest")), deltas)


@dataclass(frozen=True, slots=True)
class Source:
    """One ingredient entry: where it stands, what it says, and the manifest it leads to, if any."""

    parent: int
    entry: Mapping[str, Any]
    label: str
    depth: int


@dataclass(slots=True)
class Store:
    """A manifest store as read, with every view of it."""

    views: list[View]
    manifests: Mapping[str, Manifest] = field(init=False)
    active_label: str = field(init=False)
    reachable: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        data = self.views[0].data
        listed = data.get("manifests")
        self.manifests = {
            str(label): manifest
            for label, manifest in (listed.items() if isinstance(listed, Mapping) else ())
            if isinstance(manifest, Mapping)
        }
        self.active_label = str(data.get("active_manifest") or "")
        self.reachable = list(self._reach())

    @property
    def active(self) -> Manifest:
        """The manifest that speaks for the file."""
        return self.manifests.get(self.active_label, {})

    def ingredients(self) -> Iterator[Mapping[str, Any]]:
        """Every ingredient entry of every manifest that the active one leads to, each manifest once."""
        left = _MOST_INGREDIENTS
        for label in self.reachable:
            for entry in _entries(self.manifests[label]):
                if left == 0:
                    return
                left -= 1
                yield entry

    def codes_of(self, entry: Mapping[str, Any]) -> Codes:
        """What is known about an ingredient: as recorded by the signer above it, and as found now."""
        found = _recorded(entry)
        label = str(entry.get("active_manifest") or "")
        for view in self.views:
            found |= Codes(failure=view.deltas.get(label, Codes()).failure)
        return found

    def failures(self) -> frozenset[str]:
        """Every failure in the history, at any depth."""
        found = frozenset(c for c in self.views[0].active.failure if c.startswith("ingredient."))
        for entry in self.ingredients():
            found |= codes.failed_source(_recorded(entry).failure)
        for delta in self.views[0].deltas.values():
            found |= codes.failed_source(delta.failure)
        return found

    def trusts(self, view: View, label: str, entry: Mapping[str, Any] | None = None) -> bool:
        """Whether the signer of a manifest chains to an anchor of a view's list.

        The reader leaves out of the deltas what the entry above already records, so recorded trust holds where this
        reader does not contradict it, and only there.
        """
        if label == self.active_label:
            return "signingCredential.trusted" in view.active.success
        delta = view.deltas.get(label, Codes())
        if "signingCredential.untrusted" in delta.failure:
            return False
        if "signingCredential.trusted" in delta.success:
            return True
        recorded = _recorded(entry or {})
        return "signingCredential.trusted" in recorded.success and "signingCredential.untrusted" not in recorded.failure

    def sources(self) -> tuple[list[Source], int]:
        """The tree of sources, parents first, and how many were left out of it."""
        found: list[Source] = [Source(-1, {}, self.active_label, 0)]
        left_out = 0
        for index, source in enumerate(found):  # grows while it is walked: breadth first
            entries = _entries(self.manifests.get(source.label, {})) if source.depth < _DEEPEST else []
            for entry in entries:
                if len(found) == NODES_AT_MOST:
                    left_out += 1
                    continue
                label = str(entry.get("active_manifest") or "")
                found.append(Source(index, entry, label if label in self.manifests else "", source.depth + 1))
        return found, left_out

    def _reach(self) -> Iterator[str]:
        seen, todo = {self.active_label}, [self.active_label]
        while todo and len(seen) <= _MOST_MANIFESTS:
            label = todo.pop()
            if label not in self.manifests:
                continue
            yield label
            for entry in _entries(self.manifests[label]):
                following = str(entry.get("active_manifest") or "")
                if following not in seen:
                    seen.add(following)
                    todo.append(following)


def relation(entry: Mapping[str, Any]) -> str:
    """How an ingredient was used: `parent`, `component`, `input` or `other`."""
    return _RELATIONS.get(str(entry.get("relationship")), "other")


def declared_ai(store: Store) -> tuple[str, str, str]:
    """`(declares_ai, extent, where)` over every manifest that the active one leads to.

    `extent` is `wholly`, `part` or `none`; `where` is `this` (the file's own manifest), `source` or `none`.
    """
    own = claims.AI.intersection(claims.signals(store.active))
    if own:
        return "yes", "part" if "generated-part" in own else "wholly", "this"
    line = set(_line_of_parents(store))
    extent = "none"
    for label in store.reachable:
        found = claims.AI.intersection(claims.signals(store.manifests[label]))
        if found:
            whole = label in line and "generated-part" not in found
            extent = "wholly" if whole and extent != "part" else "part"
    if extent != "none":
        return "yes", extent, "source"
    stated = any(claims.states_source(store.manifests[label]) for label in store.reachable)
    return "no" if stated else "unknown", "none", "none"


def _line_of_parents(store: Store) -> Iterator[str]:
    seen: set[str] = set()
    label = store.active_label
    while label and label not in seen:
        seen.add(label)
        yield label
        parents = [e for e in _entries(store.manifests.get(label, {})) if relation(e) == "parent"]
        label = str(parents[0].get("active_manifest") or "") if len(parents) == 1 else ""


def _entries(manifest: Manifest) -> list[Mapping[str, Any]]:
    listed = manifest.get("ingredients")
    return [e for e in listed if isinstance(e, Mapping)] if isinstance(listed, list) else []


def _recorded(entry: Mapping[str, Any]) -> Codes:
    results = entry.get("validation_results")
    found = Codes.of(part(results, "activeManifest"))
    below: frozenset[str] = frozenset()
    listed = part(results, "ingredientDeltas")
    for delta in listed if isinstance(listed, list) else []:
        below |= Codes.of(part(delta, "validationDeltas")).failure
    older = codes.failures_of_statuses(entry.get("validation_status"))
    return found | Codes(failure=below | older)


def _by_label(groups: object) -> Iterator[tuple[str, Codes]]:
    for name in Codes.__slots__:
        for code, url in codes.entries(part(groups, name)):
            yield codes.label_of(url), Codes(**{name: frozenset({code})})
