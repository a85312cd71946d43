"""What `touchstone model outputs verify` does: which recorded outputs there are of a file, and what each is worth."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm, outputs_shared
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, chain, outputs
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.lineage.outputs_verify import Verified
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import OutputList, RecordedOutput


def verify(arguments: argparse.Namespace, home: Home) -> int:
    """Verify; 0 where something is recorded and all of it that stands is proved."""
    if not arguments.file and arguments.proof is None:
        raise RefusedError(_("Name a file, or its SHA-256, or a proof with --proof."))
    network = confirm.network(arguments, home)
    if network.practice:
        from touchstone.registry import mirror

        mirror.sync(home, network)  # a file on this computer; nobody is asked
    with _nodes(arguments, home, network) as nodes:
        return _file(arguments, home, network, nodes) if arguments.file else _proof(arguments, home, network, nodes)


def _file(arguments: argparse.Namespace, home: Home, network: Network, nodes: Sequence[Node] | None) -> int:
    from touchstone.lineage import output_proofs, outputs_verify
    from touchstone.registry.model_lookup import Models
    from touchstone.store.files import write_atomically

    media = _media(arguments.file)
    manifest = outputs_shared.manifest_of(home, arguments.model) if arguments.model else ""
    signer = acting.address_of(arguments.signer).lower() if arguments.signer else ""
    models = Models(home, network)
    try:
        recorded, lists = _recorded(arguments, models, media)
        missing = sum(1 for one in models.output_lists() if one.state != 1)
        known = models.is_known() or network.practice
    finally:
        models.close()
    chosen = [
        one for one in recorded if manifest in {"", one.output.manifest} and signer in {"", one.list.signer.lower()}
    ]
    found = outputs_verify.of_media(home, network, nodes, chosen, lists)
    written = None
    if arguments.proof is not None:
        proofs = [one.proof for one in found if one.holds and one.proof is not None]
        if not proofs:
            raise RefusedError(_("There is nothing here that a proof could be written of."))
        write_atomically(arguments.proof, output_proofs.dumps(proofs[0]))
        if len(proofs) > 1:
            confirm.say(outputs.first_of(len(proofs)))
        written = arguments.proof
    if arguments.json:
        entries = [_data(one) for one in found]
        data = {"network": network.name, "media": media, "outputs": entries, "missing_lists": missing, "known": known}
        print(json.dumps({**data, "proof": None if written is None else str(written)}, indent=2))
    else:
        _print(home, found)
        if not found:
            print(outputs.no_outputs())
        if missing:
            confirm.say(outputs.missing_lists(missing))
        if not known:
            confirm.say(outputs.not_followed(network.name))
        if written is not None:
            confirm.say(outputs.proof_written(written))
    return 0 if found and any(one.holds for one in found) and not any(_failed(one) for one in found) else 1


def _failed(one: Verified) -> bool:
    """Whether something stands on the register and could not be proved."""
    return not one.holds and one.code != "withdrawn" and (one.listed is None or one.listed.counts)


def _proof(arguments: argparse.Namespace, home: Home, network: Network, nodes: Sequence[Node] | None) -> int:
    from touchstone.lineage import output_proofs, outputs_verify
    from touchstone.lineage.installed import read_small
    from touchstone.registry.model_lookup import Models

    path: Path = arguments.proof
    raw = read_small(path, output_proofs.LARGEST)
    try:
        proof = output_proofs.loads(raw or b"")
    except output_proofs.ProofError as error:
        raise RefusedError(outputs.bad_proof(path.name, str(error))) from error
    models = Models(home, network)
    try:
        root, signer = proof.proof.root.hex(), proof.signer.lower()
        lists = [one for one in models.lists_with(root) if one.signer.lower() == signer]
    finally:
        models.close()
    listed = lists[0] if lists else None
    found = outputs_verify.of_proof(home, network, nodes, proof, listed)
    if arguments.json:
        print(json.dumps({"network": network.name, "media": found.output.media, "outputs": [_data(found)]}, indent=2))
    else:
        print(_("File {sha256}").format(sha256=found.output.media))
        _print(home, [found])
    return 0 if found.holds else 1


def _recorded(
    arguments: argparse.Namespace, models: Models, media: str
) -> tuple[list[RecordedOutput], dict[str, Sequence[Any]]]:
    """What is recorded of a file, as the mirror knows it or as the list says that was named."""
    from touchstone.lineage import outputs_verify
    from touchstone.registry import output_lists
    from touchstone.registry.output_lists import OutputsError

    if arguments.list is None:
        return list(models.outputs_of(media)), {}
    try:
        root, data, found = outputs_verify.load(arguments.list)
    except OSError as error:
        raise RefusedError(_("{file}: {why}").format(
            file=plain(arguments.list, 200), why=outputs.list_trouble("unreadable"))
        ) from error  # fmt: skip
    listed = models.lists_with(root)
    if not listed:
        raise RefusedError(outputs.list_trouble("not-recorded"))
    good: list[OutputList] = []
    for one in listed:
        with contextlib.suppress(OutputsError):
            hashed = bytes.fromhex(one.list_hash)
            output_lists.check(data, root=bytes.fromhex(root), count=one.count, hashed=hashed)
            good.append(one)
    if not good:
        raise RefusedError(outputs.list_trouble("wrong-hash"))
    return outputs_verify.in_list(found, good, media), {root: found}


@contextlib.contextmanager
def _nodes(arguments: argparse.Namespace, home: Home, network: Network) -> Iterator[Sequence[Node] | None]:
    """The nodes of the network; None where nobody is to be asked, or has agreed to that."""
    from touchstone.chain.agree import open_nodes

    if arguments.offline:
        yield None
        return
    if not network.practice:
        confirm.say(outputs.asks(network.name))
    with contextlib.ExitStack() as stack:
        nodes = open_nodes(home, network)
        for node in nodes:
            stack.callback(node.close)
        yield nodes


def _media(named: str) -> str:
    from touchstone.check.opening import OpenedFile, OpenError
    from touchstone.texts import failures

    if outputs_shared.SHA256.fullmatch(named.lower()):
        return named.lower()
    try:
        with OpenedFile(Path(named)) as opened:
            return opened.sha256()
    except OpenError as error:
        why = failures.reason(error.failure)
        raise RefusedError(_("{file}: {why}").format(file=plain(named, 200), why=why)) from error


def _data(one: Verified) -> dict[str, Any]:
    listed, proof = one.listed, one.proof
    ahead = listed is not None and outputs.is_ahead(one.output.time, listed.recorded)
    return {
        **outputs_shared.output_data(one.output),
        "index": one.index,
        "result": str(one.code),
        "holds": one.holds,
        "proof_verified": proof is not None and proof.fits,
        "contract_verified": {"verified": True, "mirrored": None, "not-asked": None, "no-list": None}.get(
            str(one.code), False
        ),
        "trouble": None if one.trouble is None else chain.trouble(one.trouble),
        "list": None if listed is None else outputs_shared.list_data(listed),
        "recorded": None if listed is None else datetime.fromtimestamp(listed.recorded, UTC).isoformat(),
        "clock_ahead": ahead,
        "result_text": outputs.proved(str(one.code)),
    }


def _print(home: Home, found: Sequence[Verified]) -> None:
    from touchstone.lineage import installed

    names = {one.sha256: one.manifest.id for one in installed.models(home)}
    for one in found:
        said = one.output
        name = plain(names.get(said.manifest, ""), 64)
        model = (
            _("{name} (manifest {sha256})").format(name=name, sha256=middle(said.manifest)) if name else said.manifest
        )
        print(_("{model}: {said}").format(model=model, said=outputs.spoken(said)))
        if one.listed is not None:
            print("  " + outputs.by(one.listed))
        elif one.proof is not None:
            who = outputs.who(one.proof.publisher, "", "", one.proof.signer)
            print("  " + _("said to be recorded by {who}").format(who=who))
        print("  " + outputs.proved(str(one.code)))
        if one.trouble is not None:
            print("  " + chain.trouble(one.trouble))
        for words in _doubts(one):
            print("  ! " + words)


def _doubts(one: Verified) -> tuple[str, ...]:
    if one.listed is None:
        return ()
    return outputs.standing(one.listed, ahead=outputs.is_ahead(one.output.time, one.listed.recorded))
