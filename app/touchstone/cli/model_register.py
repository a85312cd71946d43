"""`touchstone model register|withdraw|activate|attest|offer|accept`: models on the register."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm, outputs_shared
from touchstone.cli.acting import Acting, RefusedError
from touchstone.paths import Home
from touchstone.texts import _, model_register
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.send import Mined
    from touchstone.lineage.registering import Parents, Ready
    from touchstone.registry.model_types import ModelEntry, Status

_LONGEST_URI = 512  # bytes
_MOST_ID = 2**32 - 1


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    register = _action(actions, "register", _("register a sealed model for your publisher"))
    _model(register, folder=True)
    register.add_argument("--uri", default="", metavar="URL", help=_("where its manifest and record can be found"))
    register.add_argument(
        "--parent", action="append", default=[], metavar="ID", help=_("the id of a model that it was made from")
    )
    withdraw = _action(actions, "withdraw", _("withdraw a model of yours, for ever"))
    _model(withdraw)
    withdraw.add_argument(
        "--deprecate", action="store_true", help=_("only say that it is not for new use; this can be undone")
    )
    _reason(withdraw)
    activate = _action(actions, "activate", _("call a model of yours active again that was deprecated"))
    _model(activate)
    attest = _action(actions, "attest", _("attest what you measured of a model"))
    _model(attest)
    attest.add_argument(
        "report", nargs="?", type=Path, metavar="EVALUATION.json", help=_("the report of `model evaluate --json`")
    )
    attest.add_argument("--uri", default="", metavar="URL", help=_("where the report can be found"))
    attest.add_argument("--withdraw", action="store_true", help=_("take back what your publisher attested"))
    _reason(attest)
    offer = _action(actions, "offer", _("offer a model of yours to another publisher"))
    _model(offer)
    offer.add_argument(
        "--to", type=int, required=True, metavar="N", help=_("the number of the publisher; 0 takes an offer back")
    )
    accept = _action(actions, "accept", _("take a model that was offered to you"))
    _model(accept)
    for one in (register, withdraw, activate, attest, offer, accept):
        acting.add_arguments(one)


def _action(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    return parser


def _model(parser: argparse.ArgumentParser, *, folder: bool = False) -> None:
    said = _("a detector here, or a folder with a model") if folder else _("its id on the register, or a detector here")
    parser.add_argument("model", metavar="ID|FOLDER", help=said)


def _reason(parser: argparse.ArgumentParser) -> None:
    reasons = outputs_shared.REASONS
    parser.add_argument(
        "--reason", choices=reasons, default="unstated", metavar="R", help=_("why: ") + ", ".join(reasons)
    )


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    work: Callable[[argparse.Namespace, Home], int] = {
        "register": _register,
        "withdraw": _withdraw,
        "activate": _activate,
        "attest": _attest,
        "offer": _offer,
        "accept": _accept,
    }[arguments.action]
    return acting.guarded(lambda: _guarded(lambda: work(arguments, home)))


def _guarded(work: Callable[[], int]) -> int:
    from touchstone.lineage.registering import RegisterError

    try:
        return work()
    except RegisterError as error:
        raise RefusedError(model_register.refused(error.code, error.params)) from error


# --- registering


def _register(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.cli.sign import stopping
    from touchstone.lineage import installed, registering
    from touchstone.registry import models

    _refuse_uri(arguments.uri)
    found = installed.find(home, arguments.model)
    with stopping() as cancel:
        ready = registering.ready(found.folder if found is not None else Path(arguments.model), cancel)
        with acting.acting(arguments, home, key_for_practice=True) as key:
            number = key.publisher()
            key.sync()
            model = models.id_of(number, ready.what.manifest)
            if models.model(key.nodes, key.network, model) is not None:
                said = model_register.already(ready.manifest.id, model, number)
                return _done(key, None, _data(ready, model, number), said)
            _refuse_without_role(key, number, ready.sealed.address, sealed=True)
            _refuse_without_role(key, number, key.signer.address, sealed=False)
            parents = _parents(key, ready, number)
            intent = models.register(key.network, number, registering.complete(ready, parents, arguments.uri))
            mined = _send(key, intent, f"model-register-{model}")
            said = model_register.registered(ready.manifest.id, model, number)
            data = {**_data(ready, model, number), "parents": [one.model for one in parents.entries]}
            return _done(key, mined, data, said)


def _parents(key: Acting, ready: Ready, number: int) -> Parents:
    """Its parents on the register; what somebody should know before is said."""
    from touchstone.lineage import registering
    from touchstone.registry.model_lookup import Models

    known = Models(key.home, key.network)
    try:
        named = [_id(text) for text in key.arguments.parent]
        parents = registering.parents_of(ready.record, known, named, number)
        others = known.by_manifest(ready.what.manifest)
    finally:
        known.close()
    for words in (*model_register.others(others), *model_register.unknown_parents(parents.unknown)):
        confirm.say("! " + words)
    return parents


def _refuse_without_role(key: Acting, number: int, address: str, *, sealed: bool) -> None:
    """Make sure that a key may register models for a publisher, and say how it is let to where not."""
    from touchstone.registry import publishers
    from touchstone.registry.publishers import Role

    if publishers.may(key.nodes, key.network, number, address, Role.MODEL):
        return
    state = publishers.signer(key.nodes, key.network, number, address)
    roles = Role.MODEL if state is None or state.revoked else Role.MODEL | state.roles
    named = ",".join(role.name.lower() for role in Role if role in roles and role.name)
    raise RefusedError(model_register.no_role(address, number, named, sealed=sealed))


def _data(ready: Ready, model: str, number: int) -> dict[str, Any]:
    what = ready.what
    return {
        "model": model,
        "publisher": number,
        "id": ready.manifest.id,
        "manifest": what.manifest,
        "weights": what.weights,
        "record": what.record,
        "data_root": what.data_root,
        "items": what.items,
        "evaluation": what.evaluation,
        "sealed_by": ready.sealed.address,
    }


# --- what is said of one that is registered


def _withdraw(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry.model_types import Status

    return _set_status(arguments, home, Status.DEPRECATED if arguments.deprecate else Status.REVOKED)


def _activate(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry.model_types import Status

    arguments.reason = "unstated"
    return _set_status(arguments, home, Status.ACTIVE)


def _set_status(arguments: argparse.Namespace, home: Home, status: Status) -> int:
    from touchstone.registry import models
    from touchstone.registry.model_types import ModelReason, Status

    reason = ModelReason(outputs_shared.REASONS.index(arguments.reason))
    with acting.acting(arguments, home) as key:
        entry = _own(key)
        if entry.status is status:
            raise RefusedError(model_register.has_status(int(status)))
        if entry.status is Status.REVOKED:
            raise RefusedError(model_register.is_withdrawn())
        mined = key.send(models.set_status(key.network, entry.model, status, reason))
        data = {"model": entry.model, "status": status.name.lower(), "reason": arguments.reason}
        return _done(key, mined, data, model_register.changed(entry.model, int(status), int(reason)))


def _attest(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.lineage import registering
    from touchstone.registry import models
    from touchstone.registry.model_types import ModelReason

    if (arguments.report is None) != arguments.withdraw:
        raise RefusedError(_("Name the report, or --withdraw to take back what was attested."))
    _refuse_uri(arguments.uri)
    with acting.acting(arguments, home) as key:
        number = key.publisher()
        entry = _one(key, _entries(key))
        before = models.attestation(key.nodes, key.network, entry.model, number)
        stands = before is not None and before.stands
        if arguments.withdraw:
            if not stands:
                raise RefusedError(model_register.nothing_attested())
            reason = ModelReason(outputs_shared.REASONS.index(arguments.reason))
            mined = key.send(models.withdraw_attestation(key.network, number, entry.model, reason))
            said = model_register.taken_back(entry.model)
            return _done(key, mined, {"model": entry.model, "publisher": number, "evaluation": None}, said)
        hashed = registering.evaluation(arguments.report, entry.weights)
        data = {"model": entry.model, "publisher": number, "evaluation": hashed}
        if before is not None and stands and before.evaluation == hashed:
            return _done(key, None, data, model_register.attested_already())
        mined = key.send(models.attest(key.network, number, entry.model, hashed, arguments.uri))
        return _done(key, mined, data, model_register.attested(entry.model, hashed))


def _offer(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import models

    if not 0 <= arguments.to <= _MOST_ID:
        raise RefusedError(_("There is no publisher {number} here.").format(number=arguments.to))
    with acting.acting(arguments, home) as key:
        entry = _own(key)
        mined = key.send(models.offer(key.network, entry.model, arguments.to))
        data = {"model": entry.model, "publisher": entry.owner, "to": arguments.to or None}
        return _done(key, mined, data, model_register.offered(entry.model, arguments.to))


def _accept(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import models

    with acting.acting(arguments, home) as key:
        numbers = _numbers(key)
        offered = [one for one in _entries(key) if one.pending_owner in numbers]
        if not offered:
            raise RefusedError(model_register.not_offered(arguments.model))
        entry = _one(key, offered)
        mined = key.send(models.accept(key.network, entry.model))
        data = {"model": entry.model, "publisher": entry.pending_owner}
        return _done(key, mined, data, model_register.accepted(entry.model, entry.pending_owner))


def _own(key: Acting) -> ModelEntry:
    """The model that was named, of a publisher that the key acts for."""
    numbers, found = _numbers(key), _entries(key)
    yours = [one for one in found if one.owner in numbers]
    if not yours:
        raise RefusedError(model_register.not_yours(key.arguments.model))
    return _one(key, yours)


def _numbers(key: Acting) -> set[int]:
    """The publishers that the key acts for, or the one that was named."""
    from touchstone.registry import own

    if key.arguments.publisher:
        return {key.arguments.publisher}
    return {one.number for one in own.publishers(key.home, key.network, [key.signer.address.lower()])}


def _entries(key: Acting) -> list[ModelEntry]:
    """What is registered of the model that was named: by its id, or under its manifest by whoever did.

    Raises:
        RefusedError: nothing is.
    """
    from touchstone.registry.model_lookup import Models

    key.sync()
    named = key.arguments.model
    known = Models(key.home, key.network)
    try:
        by_id = known.get(named.lower()) if outputs_shared.SHA256.fullmatch(named.lower()) else None
        found = [by_id] if by_id is not None else list(known.by_manifest(outputs_shared.manifest_of(key.home, named)))
    finally:
        known.close()
    if not found:
        raise RefusedError(model_register.not_registered(named))
    return found


def _one(key: Acting, found: list[ModelEntry]) -> ModelEntry:
    """The only one; of several the only one that counts, or that of the publisher that was named."""
    named = [one for one in found if one.owner == key.arguments.publisher]
    counting = [one for one in found if one.counts]
    for some in (found, named, counting):
        if len(some) == 1:
            return some[0]
    raise RefusedError(model_register.several(found))


# --- sending


def _send(key: Acting, intent: Intent, deed: str) -> Mined:
    """Send under a key in the journal of transactions: what was sent already is followed, not sent again."""
    prepared = key.sender.prepare(intent, key.signer.address)
    asked = confirm.confirming(key.arguments)
    return key.sender.send(
        prepared, key.signer, asked, on_step=lambda step, params: confirm.progress(str(step), params), key=deed
    )


def _done(key: Acting, mined: Mined | None, data: dict[str, Any], said: str) -> int:
    if mined is not None and key.network.practice:
        key.sync()
    if key.arguments.json:
        sent = {} if mined is None else {"transaction": mined.hash, "block": mined.block, "fee": str(mined.fee)}
        print(json.dumps({"network": key.network.name, **data, "already": mined is None, **sent}, indent=2))
    else:
        print(said)
    return 0


def _id(text: str) -> str:
    named = text.lower().removeprefix("0x")
    if not outputs_shared.SHA256.fullmatch(named):
        raise RefusedError(_("{text} is no id of a model.").format(text=plain(text, 80)))
    return named


def _refuse_uri(uri: str) -> None:
    if len(uri.encode("utf-8", "replace")) > _LONGEST_URI:
        raise RefusedError(_("An address has at most 512 bytes."))
