"""Networks in words: what each is, what using it means, and what is agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.texts import _, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network


def kind(network: Network) -> str:
    """What a network is, in a few words."""
    if network.practice:
        return _("practice: on this computer, nobody else sees it")
    if network.shared:
        return _("a practice ledger that others share, play money")
    if not network.public:
        return _("on this computer")
    return _("public, money at stake, unaudited contracts") if network.mainnet else _("public, play money")


def court(network: Network) -> str:
    """Whether files can be flagged there."""
    if network.court:
        return _("with a court: {address}").format(address=plain(network.court, 42))
    return _("without a court")


def badge(network: Network) -> str:
    """What never to forget about the network in use, in so few words that they are always in view."""
    if network.mainnet:
        return _("Unaudited contracts, money at stake")
    if network.shared:
        return _("Shared for practice, play money")
    return _("Public, play money") if network.public else _("Only on this computer")


def named(network: Network) -> str:
    """A network by name, and what it is."""
    if network.practice:
        return _("practice, on this computer: nobody else sees it")
    return _("{name} ({kind})").format(name=plain(network.name, 40), kind=kind(network))


def consent(network: Network) -> str:
    """What is agreed to by opting in to a public network."""
    if network.shared:
        return _shared(network)
    said = [
        _(
            "{network} is a public network. Whoever runs its nodes ({nodes}) sees your internet address and what you"
            " ask."
        ).format(network=plain(network.name, 40), nodes=", ".join(plain(_host(url), 60) for url in network.urls)),
        _("What you register there everybody can see, for ever; nobody can take it back."),
        _("The register is copied to this computer as a whole, so that nodes do not learn which file you check."),
    ]
    if network.mainnet:
        said.append(unaudited())
    return " ".join(said)


def _shared(network: Network) -> str:
    """What is agreed to by using a practice ledger that another computer serves."""
    said = [
        _("{network} is a practice ledger that others share. Its money is play money, and it proves nothing.").format(
            network=plain(network.name, 40)
        ),
        _("Whoever runs it ({nodes}) sees your address and what you ask, and can rewrite it or begin it anew.").format(
            nodes=", ".join(plain(_host(url), 60) for url in network.urls)
        ),
        _("What you register there is seen by everybody who can reach it."),
    ]
    if any(url.startswith("http://") for url in network.urls):
        said.append(
            _("Nothing is encrypted on the way: who shares the network can read along, and change what is said.")
        )
    return " ".join(said)


def unaudited() -> str:
    """What mainnet says before anything else."""
    return _("Money of value is at stake, and the contracts are unaudited: nobody independent has examined them.")


def one_node(network: Network) -> str:
    """That answers rest on a single node, empty where there are two."""
    if network.practice or len(network.urls) != 1:
        return ""
    if network.shared:
        return _("Whoever runs that ledger can rewrite it.")
    return _("Only one node is set, so its answers cannot be compared with another's.")


def nodes(network: Network) -> str:
    """How many nodes there are to ask."""
    return ngettext("{count} node", "{count} nodes", len(network.urls)).format(count=len(network.urls))


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0]
