"""The networks one can choose: three that are built in, and those of `networks.toml`.

That file also says which public networks the user opted in to, and when. A damaged one is kept aside by the next
change; until then only the built-in networks are there, and none of them has consent.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.network import PRACTICE, PRACTICE_CHAIN_ID, SHARED_CHAIN_ID, Network
from touchstone.paths import Home
from touchstone.store.files import Trouble, free_name, locked, trouble_of, write_atomically

_LARGEST = 256 * 1024  # bytes
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_MOST_URLS = 8
_LONGEST_URL = 500
_LARGEST_CHAIN_ID = 2**53 - 1  # what JSON and TOML carry everywhere
# Addresses that lead no further than one's own network: RFC 1918, RFC 4193, and link-local ones.
_NEARBY = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)

PUBLISHERS, MEDIA, MODELS, STABLECOIN = "PublisherRegistry", "MediaRegistry", "ModelRegistry", "PracticeUSD"
POOL, COURT = "ReviewerPool", "FactCheckCourt"
OF_COURT = (POOL, COURT, "CourtBench", "FutureBlockHash", "Open")  # what has to be ours for a court to be


@dataclass(frozen=True, slots=True)
class Networks:
    """Every network by name, built-in ones first. `damaged` is whether the user's file could not be used."""

    by_name: Mapping[str, Network]
    consents: Mapping[str, str] = dataclasses.field(default_factory=dict)  # name: ISO 8601 moment
    damaged: bool = False

    @classmethod
    def load(cls, home: Home) -> Networks:
        """The networks of `home`. Never raises; entries that make no sense are left out."""
        try:
            document = _read(home)
        except (OSError, ValueError):
            return cls(_built_in(), damaged=True)
        return _from_document(document)

    def get(self, name: str) -> Network:
        """The network of that name.

        Raises:
            ChainError: UNKNOWN_NETWORK {untrusted_name}.
        """
        if name not in self.by_name:
            raise ChainError(ChainTrouble.UNKNOWN_NETWORK, untrusted_name=name)
        return self.by_name[name]


def add(home: Home, network: Network) -> None:
    """Write down a network of the user's own, or other nodes for a built-in one.

    Raises:
        ChainError: BAD_NETWORK {what: name | chain-id | shared | url | address | count} or what the disk refuses.
    """
    _check(network)
    if _another_shared(network, Networks.load(home).by_name):
        raise ChainError(ChainTrouble.BAD_NETWORK, what="shared")
    entry: dict[str, Any] = {"chain_id": network.chain_id, "urls": list(network.urls)}
    if network.name not in _built_in():
        entry |= {
            key: getattr(network, key) for key in ("mainnet", "confirmations", "start_block", "explorer", "stablecoin")
        }

    def change(document: dict[str, Any]) -> None:
        before = document.get("networks", {}).get(network.name, {})
        if before and before != entry:  # consent was for the network as it was
            document.get("consents", {}).pop(network.name, None)
        document.setdefault("networks", {})[network.name] = entry

    _change(home, change)


def remove(home: Home, name: str) -> bool:
    """Forget a network of the user's own, or the nodes set for a built-in one; whether there was anything to forget.

    Raises:
        ChainError: what the disk refuses.
    """
    found: list[Any] = []

    def change(document: dict[str, Any]) -> None:
        found.append(document.get("networks", {}).pop(name, None))
        document.get("consents", {}).pop(name, None)

    _change(home, change)
    return found[0] is not None


def consent(home: Home, name: str, *, given: bool) -> None:
    """Write down that the user opted in to a public network, with the moment, or no longer does.

    Raises:
        ChainError: UNKNOWN_NETWORK, or what the disk refuses.
    """
    network = Networks.load(home).get(name)

    def change(document: dict[str, Any]) -> None:
        consents = document.setdefault("consents", {})
        consents.pop(name, None)
        if given:
            consents[name] = {
                "chain_id": network.chain_id,
                "given": datetime.now(UTC).isoformat(timespec="seconds"),
            }

    _change(home, change)


def is_loopback(url: str) -> bool:
    """Whether a URL names this computer by an address or as `localhost`."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_nearby(url: str) -> bool:
    """Whether a URL names a computer of one's own network, by an address that is private to it."""
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return any(address.version == net.version and address in net for net in _NEARBY)


def usable_url(url: str, *, shared: bool = False) -> bool:
    """Whether a node may be asked at `url`: https, or http on this computer; for a `shared` practice ledger nearby too.

    Over http whoever is in between reads along and may change what is said, which play money alone is worth.
    """
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        return False
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False
    here = is_loopback(url) or (shared and is_nearby(url))
    return named and (parts.scheme == "https" or (parts.scheme == "http" and here))


def own(name: str, chain_id: int, urls: tuple[str, ...], *, mainnet: bool = True, **more: Any) -> Network:
    """A network of the user's own: public unless every node is on this computer, and then without real money.

    A practice ledger that others share never has real money, and our dollar is pinned on it.
    """
    local, shared = all(is_loopback(url) for url in urls), chain_id == SHARED_CHAIN_ID
    mainnet = mainnet and not local and not shared
    more.setdefault("stablecoin", "" if mainnet else contracts.address(STABLECOIN))
    more.setdefault("confirmations", 1 if local or shared else 12)
    # The court of practice stakes the practice dollar, and nobody has put one on a public network.
    judged = (local or shared) and more["stablecoin"].lower() == contracts.address(STABLECOIN).lower()
    return Network(
        name=name,
        chain_id=chain_id,
        publishers=contracts.address(PUBLISHERS),
        media=contracts.address(MEDIA),
        urls=urls,
        public=not local,
        mainnet=mainnet,
        code=_code(PUBLISHERS, MEDIA, MODELS, *((STABLECOIN,) if shared else ()), *(OF_COURT if judged else ())),
        models=contracts.address(MODELS),
        pool=contracts.address(POOL) if judged else "",
        court=contracts.address(COURT) if judged else "",
        **more,
    )


def _code(*names: str) -> dict[str, str]:
    return {contracts.address(name): contracts.code_hash(name) for name in names}


def _built_in() -> dict[str, Network]:
    publishers, media, models = (contracts.address(name) for name in (PUBLISHERS, MEDIA, MODELS))
    ours = _code(PUBLISHERS, MEDIA, MODELS)
    networks = (
        Network(
            PRACTICE,
            PRACTICE_CHAIN_ID,
            publishers,
            media,
            contracts.address(STABLECOIN),
            practice=True,
            public=False,
            confirmations=1,
            code=_code(PUBLISHERS, MEDIA, MODELS, STABLECOIN, *OF_COURT),
            models=models,
            pool=contracts.address(POOL),
            court=contracts.address(COURT),
        ),
        Network(
            "base-sepolia",
            84532,
            publishers,
            media,
            "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
            ("https://sepolia.base.org", "https://base-sepolia-rpc.publicnode.com"),
            explorer="https://sepolia.basescan.org",
            code=ours,
            models=models,
        ),
        Network(
            "base",
            8453,
            publishers,
            media,
            "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
            ("https://mainnet.base.org", "https://base-rpc.publicnode.com"),
            mainnet=True,
            explorer="https://basescan.org",
            code=ours,
            models=models,
        ),
    )
    return {network.name: network for network in networks}


def _from_document(document: Mapping[str, Any]) -> Networks:
    by_name = _built_in()
    for name, entry in _table(document, "networks").items():
        network = _parsed(name, entry, by_name.get(name))
        if network is not None and not _another_shared(network, by_name):
            by_name[name] = network
    consents: dict[str, str] = {}
    for name, given in _table(document, "consents").items():
        known = by_name.get(name)
        if known is not None and isinstance(given, dict) and given.get("chain_id") == known.chain_id:
            consents[name] = str(given.get("given", ""))
            by_name[name] = dataclasses.replace(known, consented=True)
    return Networks(by_name, consents)


def _another_shared(network: Network, by_name: Mapping[str, Network]) -> bool:
    """Whether there is a shared practice ledger under another name: what was sent is kept by chain id alone."""
    return network.shared and any(one.shared and one.name != network.name for one in by_name.values())


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _parsed(name: str, entry: Any, built_in: Network | None) -> Network | None:
    """One entry, None where it makes no sense. Of a built-in network only the nodes can be changed."""
    try:
        urls = tuple(str(url) for url in entry["urls"])
        if built_in is not None:
            network = dataclasses.replace(built_in, urls=urls)
        else:
            network = own(
                name,
                int(entry["chain_id"]),
                urls,
                mainnet=entry.get("mainnet") is not False,
                confirmations=max(1, min(int(entry.get("confirmations", 12)), 10_000)),
                start_block=max(0, int(entry.get("start_block", 0))),
                explorer=str(entry.get("explorer", "")),
                **({"stablecoin": str(entry["stablecoin"])} if "stablecoin" in entry else {}),
            )
        _check(network)
    except (KeyError, TypeError, ValueError, ChainError):
        return None
    return network


def _check(network: Network) -> None:
    known = {n.chain_id: n.name for n in _built_in().values()}
    wrong = {
        "name": not _NAME.fullmatch(network.name) or network.name == PRACTICE,
        "chain-id": not 0 < network.chain_id <= _LARGEST_CHAIN_ID
        or known.get(network.chain_id, network.name) != network.name,
        "count": not 0 < len(network.urls) <= _MOST_URLS or len(set(network.urls)) != len(network.urls),
        "url": not all(usable_url(url, shared=network.shared) for url in network.urls)
        or bool(network.explorer and not network.explorer.startswith("https://")),
        "address": bool(network.stablecoin and not _ADDRESS.fullmatch(network.stablecoin)),
    }
    for what, bad in wrong.items():
        if bad:
            raise ChainError(ChainTrouble.BAD_NETWORK, what=what)


def _read(home: Home) -> dict[str, Any]:
    """The user's file, empty where there is none; ValueError where it is not TOML of a sensible size."""
    import tomllib

    try:
        with home.networks.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    if len(raw) > _LARGEST:
        raise ValueError("too large")
    try:
        return tomllib.loads(raw.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


_CODES = {Trouble.FULL: ChainTrouble.FULL, Trouble.READ_ONLY: ChainTrouble.READ_ONLY, Trouble.BUSY: ChainTrouble.BUSY}


def chain_error(error: OSError) -> ChainError:
    """What a disk refused, as an error of the chain."""
    return ChainError(_CODES.get(trouble_of(error), ChainTrouble.FAILED))


def _change(home: Home, change: Any) -> None:
    import tomli_w

    try:
        with locked(home.networks.with_name("networks.lock")):
            try:
                document = _read(home)
            except ValueError:
                home.networks.rename(free_name(home.networks, "damaged"))
                document = {}
            for table in ("networks", "consents"):
                document[table] = dict(_table(document, table))
            change(document)
            write_atomically(home.networks, tomli_w.dumps(document).encode())
    except OSError as error:
        raise chain_error(error) from error
