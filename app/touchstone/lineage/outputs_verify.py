"""Whether a model said something of a file: held to its list, to the root of that, and to the register.

A list proves nothing by itself, and neither does a proof: what counts is that its root was recorded, by whom and when,
and that it was not withdrawn. That is asked of the contract, which checks the proof once more by code of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.chain.errors import ChainError
from touchstone.chain.network import Network
from touchstone.lineage import output_proofs
from touchstone.lineage.installed import read_small
from touchstone.lineage.output_proofs import OutputProof
from touchstone.paths import Home
from touchstone.registry import output_lists
from touchstone.registry.model_types import Output, OutputList, RecordedOutput
from touchstone.registry.output_lists import OutputsError

if TYPE_CHECKING:
    from touchstone.chain.node import Node

Lists = Mapping[str, Sequence[Output]]  # by root


class Held(StrEnum):
    """What a proof comes to."""

    VERIFIED = "verified"  # by this program, and by the contract
    MIRRORED = "mirrored"  # by this program, against the copy of the register; nobody was asked
    NOT_IN_LIST = "not-in-list"
    NOT_RECORDED = "not-recorded"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"  # the contract does not confirm it
    DIFFERS = "differs"  # the register has other values for the list
    OTHER_NETWORK = "other-network"
    NO_LIST = "no-list"  # the list is not to be had, so that nothing can be proved
    NOT_ASKED = "not-asked"  # the register could not be asked


@dataclass(frozen=True, slots=True)
class Verified:
    """An output that is recorded, or claimed to be, and what its proof came to.

    `listed` is the list as the mirror has it, None where it knows of none; `trouble` is why the register was not asked.
    """

    output: Output
    index: int
    code: Held
    listed: OutputList | None = None
    proof: OutputProof | None = None
    trouble: ChainError | None = None

    @property
    def holds(self) -> bool:
        """Whether it is proved and stands, by a key that was allowed to record it."""
        return self.code in {Held.VERIFIED, Held.MIRRORED} and (self.listed is None or self.listed.counts)


def of_media(
    home: Home,
    network: Network,
    nodes: Sequence[Node] | None,
    recorded: Iterable[RecordedOutput],
    lists: Lists | None = None,
) -> list[Verified]:
    """Each recorded output held to its list and to the register; `nodes` None: to the mirror alone.

    `lists` are lists that are at hand, by their roots, besides those on this computer.
    """
    known: dict[str, Sequence[Output]] = dict(lists or {})
    found = []
    for one in recorded:
        root = one.list.root
        if root not in known:
            known[root] = contents(home, network, one.list)
        found.append(_of_recorded(network, nodes, one, known[root]))
    return found


def in_list(outputs: Sequence[Output], listed: Iterable[OutputList], media: str) -> list[RecordedOutput]:
    """What a list says of a file, for each time that it was recorded."""
    places = [index for index, one in enumerate(outputs) if one.media == media]
    return [RecordedOutput(outputs[index], index, one) for one in listed for index in places]


def of_proof(
    home: Home, network: Network, nodes: Sequence[Node] | None, proof: OutputProof, listed: OutputList | None
) -> Verified:
    """A proof, whoever wrote it, held to the register; `listed` is its list as the mirror has it, None for none."""
    output, index = proof.proof.output, proof.proof.index
    code, trouble = _held(home, network, nodes, proof, listed)
    return Verified(output, index, code, listed, proof, trouble)


def load(path: Path) -> tuple[str, bytes, list[Output]]:
    """A list in a file: its root, its bytes and the outputs in it.

    Raises:
        OutputsError: it is none.
        OSError: it cannot be read, or is more than a list can be.
    """
    data = read_small(path, output_lists.LARGEST)
    if data is None:
        raise OSError(path)
    outputs = output_lists.load(data)
    return output_lists.tree(outputs).root.hex(), data, outputs


def contents(home: Home, network: Network, listed: OutputList) -> Sequence[Output]:
    """The outputs under a recorded root, from its file here or from the mirror; () where they are in neither."""
    root = bytes.fromhex(listed.root)
    most = len(output_lists.HEADER) + listed.count * output_lists.LARGEST_LINE
    data = read_small(home.outputs / output_lists.file_name(root), most)
    try:
        if data is not None:
            hashed = bytes.fromhex(listed.list_hash)
            return output_lists.check(data, root=root, count=listed.count, hashed=hashed)
    except OutputsError:
        pass  # a file that was changed here says nothing about what was recorded
    from touchstone.registry.model_lookup import Models

    models = Models(home, network)
    try:
        return models.outputs_in(listed.root)
    finally:
        models.close()


def _of_recorded(
    network: Network, nodes: Sequence[Node] | None, one: RecordedOutput, outputs: Sequence[Output]
) -> Verified:
    if one.index >= len(outputs) or outputs[one.index] != one.output:
        return Verified(one.output, one.index, Held.NO_LIST, one.list)
    proof = output_proofs.of(network, one.list, output_lists.proof(outputs, one.index))
    code, trouble = _held_here(network, nodes, proof, one.list)
    return Verified(one.output, one.index, code, one.list, proof, trouble)


def _held(
    home: Home, network: Network, nodes: Sequence[Node] | None, proof: OutputProof, listed: OutputList | None
) -> tuple[Held, ChainError | None]:
    if not proof.fits:
        return Held.NOT_IN_LIST, None
    if (proof.chain_id, proof.registry.lower()) != (network.chain_id, network.models.lower()):
        return Held.OTHER_NETWORK, None
    if network.practice and not home.ledger.exists():
        return Held.NOT_RECORDED, None  # a look at it would begin one
    return _held_here(network, nodes, proof, listed)


def _held_here(
    network: Network, nodes: Sequence[Node] | None, proof: OutputProof, listed: OutputList | None
) -> tuple[Held, ChainError | None]:
    if not proof.fits:
        return Held.NOT_IN_LIST, None
    if listed is not None and (listed.count, listed.publisher, listed.list_hash) != (
        proof.count, proof.publisher, proof.list_hash,
    ):  # fmt: skip
        return Held.DIFFERS, None
    if nodes is None:
        if listed is None:
            return Held.NOT_RECORDED, None
        return Held.WITHDRAWN if listed.withdrawn else Held.MIRRORED, None
    try:
        return _asked(network, nodes, proof), None
    except ChainError as error:
        return Held.NOT_ASKED, error


def _asked(network: Network, nodes: Sequence[Node], proof: OutputProof) -> Held:
    from touchstone.registry import models

    state = models.outputs(nodes, network, proof.signer, proof.proof.root)
    if state is None:
        return Held.NOT_RECORDED
    if (state.publisher, state.count) != (proof.publisher, proof.count):
        return Held.DIFFERS
    if not state.stands:
        return Held.WITHDRAWN
    return Held.VERIFIED if models.verify_output(nodes, network, proof.signer, proof.proof) else Held.REFUSED
