"""Which registered model an account of the automated reviewers joins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.paths import Home


def registered(home: Home, network: Network, model: str) -> str:
    """The id under which an installed detector stands on the register and is in use; "" where it does not.

    On a practice ledger the detectors that ship are registered first, where they are not yet.

    Raises:
        ModelError, ModelsError, OSError: it, or the mirror, cannot be read.
    """
    from touchstone.check.models import ModelStore
    from touchstone.check.models_first_start import register_shipped
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import Status

    store = ModelStore(home)
    if network.practice:
        register_shipped(home, network, store)
    one = next((one for one in store.installed() if one.manifest.id == model), None)
    if one is None:
        return ""
    models = Models(home, network)
    try:
        entries = models.by_manifest(store.hashes(one).manifest)
        return next((entry.model for entry in entries if entry.status is Status.ACTIVE), "")
    finally:
        models.close()
