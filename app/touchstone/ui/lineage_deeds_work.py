"""What is done with a model's lineage, in threads: registering, withdrawing, exporting the audit bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts import lineage_deeds as words
from touchstone.texts.plain import plain
from touchstone.ui import lineage_work
from touchstone.ui.lineage_who import Name, names
from touchstone.ui.lineage_work import Looked, Subject
from touchstone.ui.models_work import Task
from touchstone.ui.signing import Deed, transact, was_refused

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.lineage.audit_types import Place
    from touchstone.ui.desk import Desk


class NoRoleError(Exception):
    """A key may not sign for the models of the publisher; `sealed` where it is the one that sealed the model."""

    def __init__(self, address: str, *, sealed: bool) -> None:
        super().__init__(address)
        self.address, self.sealed = address, sealed


def who(desk: Desk) -> tuple[Name, ...]:
    """The publishers that the user can register models for. Raises ChainError, StoreError."""
    from touchstone.ui.identity import who_is

    return names(who_is(desk))


def register(desk: Desk, deed: Deed, subject: Subject, name: Name, uri: str) -> None:
    """Register a model in the name of a publisher.

    Raises:
        NoRoleError: a key may not.
        RegisterError: it is not fit to be registered.
        ChainError, StoreError: it was not sent, or does not count.
    """
    from touchstone.lineage import registering
    from touchstone.registry import models, publishers
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.publishers import Role

    deed.tell(_("Reading the files of the model"))
    found = registering.ready(subject.folder, deed.stopped)
    for address, sealed in ((found.sealed.address, True), (name.key.address, False)):
        if not publishers.may(desk.register.nodes(), desk.register.network(), name.publisher, address, Role.MODEL):
            raise NoRoleError(address, sealed=sealed)

    def build(network: Network) -> list[Intent]:
        copy = Models(desk.home, network)
        try:
            parents = registering.parents_of(found.record, copy, publisher=name.publisher)
        finally:
            copy.close()
        return [models.register(network, name.publisher, registering.complete(found, parents, uri))]

    transact(desk, deed, build, name.called)


def set_status(desk: Desk, deed: Deed, model: str, status: int, reason: int) -> None:
    """Advise against a model, or withdraw it for good. Raises ChainError."""
    from touchstone.registry import models
    from touchstone.registry.model_types import ModelReason, Status

    transact(desk, deed, lambda network: [models.set_status(network, model, Status(status), ModelReason(reason))])


def export(desk: Desk, looked: Looked, path: Path, task: Task) -> Path:
    """Write the audit bundle of a model, whole or not at all; where.

    Raises:
        AuditError, AuditStoppedError: it was not written.
    """
    from touchstone.lineage import bundle
    from touchstone.texts import lineage

    target = path if path.suffix else path.with_suffix(".zip")

    def tell(place: Place, share: float | None) -> None:
        task.step(_("Packing: {what}").format(what=lineage.doing(place)), round((share or 0) * 1000), 1000)

    bundle.export(
        looked.subject.folder,
        target,
        bundle.Wanted(lineage.readme(looked.audit)),
        home=desk.home,
        network=desk.register.network(),
        cancel=task.stopped,
        on_step=tell,
    )
    return target


def bundle_name(subject: Subject, folder: str) -> str:
    """A name for the bundle."""
    return str(Path(folder or Path.home(), f"{plain(subject.id, 60)}-audit.zip"))


def why(error: Exception) -> str:
    """Why it came to nothing; "" where somebody stopped it or said no."""
    from touchstone.lineage.registering import RegisterError
    from touchstone.texts import model_register

    if was_refused(error):
        return ""
    if isinstance(error, NoRoleError):
        return words.no_role(error.address, sealed=error.sealed)
    if isinstance(error, RegisterError):
        return "" if error.code == "stopped" else model_register.refused(error.code, error.params)
    return lineage_work.why(error)
