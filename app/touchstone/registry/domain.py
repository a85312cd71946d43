"""Whether a domain vouches for a publisher that claims it: what to publish there, and finding it there.

The publisher claims the domain on the register; the domain names the publisher and its controller in a DNS record or
in `/.well-known/did.json`. Only both together count, and only for a while. Looking asks the name system, or the
domain's own server; it is done when the user asks for it, never in a check, which reads what was found
(`touchstone.registry.domain_proofs`).

DNS: `_touchstone.DOMAIN. TXT "touchstone=eip155:CHAIN:REGISTRY:PUBLISHER:CONTROLLER"`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from touchstone.chain.keccak import keccak256
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.paths import Home
from touchstone.registry import domain_proofs, publishers
from touchstone.registry.domain_proofs import DomainFailure, DomainState, Proof, Way, verified
from touchstone.registry.publishers import PublisherState
from touchstone.trust import https
from touchstone.trust.https import FetchError, FetchFailure

if TYPE_CHECKING:
    from dns.resolver import Resolver

__all__ = ["DomainError", "DomainFailure", "DomainState", "Proof", "Statement", "check", "normalised", "verified"]

HOST = "_touchstone"
PATH = "/.well-known/did.json"
LONGEST = 253
_SECONDS = 10.0
_LARGEST_DOCUMENT = 256 * 1024
_MOST_RECORDS = 100
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?")
_MOST_METHODS = 200

Fetch = Callable[[str, int, float], bytes]


class DomainError(ValueError):
    """This is no domain that a publisher could claim."""


class Wanted(StrEnum):
    """What came of one way of looking."""

    FOUND = "found"
    ABSENT = "absent"
    OTHER = "other"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a domain has to say to vouch for a publisher. `controller` is an address, `domain` normalised."""

    network: Network
    publisher: int
    controller: str
    domain: str

    @property
    def account(self) -> str:
        """The controller as CAIP-10."""
        return f"eip155:{self.network.chain_id}:{self.controller}"

    @property
    def place(self) -> str:
        """The publisher's place on the register."""
        return f"eip155:{self.network.chain_id}:{self.network.publishers}:{self.publisher}"

    @property
    def host(self) -> str:
        """The name of the DNS record."""
        return f"{HOST}.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the DNS record."""
        return f"touchstone={self.place}:{self.controller}"

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file."""
        return f'{self.host}. 3600 IN TXT "{self.record}"'

    @property
    def address(self) -> str:
        """Where the document goes."""
        return f"https://{self.domain}{PATH}"

    def document(self) -> dict[str, Any]:
        """The did:web document (https://w3c-ccg.github.io/did-method-web/), for a domain that has none yet."""
        did = f"did:web:{self.domain}"
        key = f"{did}#touchstone-{self.network.chain_id}-{self.publisher}"
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/secp256k1recovery-2020/v2"],
            "id": did,
            "verificationMethod": [
                {
                    "id": key,
                    "type": "EcdsaSecp256k1RecoveryMethod2020",
                    "controller": did,
                    "blockchainAccountId": self.account,
                }
            ],
            "assertionMethod": [key],
            "service": [{"id": f"{key}-publisher", "type": "TouchstonePublisher", "serviceEndpoint": self.place}],
        }


def normalised(text: str) -> str:
    """A domain as it is claimed and looked up: A-labels, lower case, without a dot at the end.

    Raises:
        DomainError: it is none, or an address, or a name without a dot.
    """
    import idna

    try:
        name = idna.encode(text.strip().rstrip("."), uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise DomainError(text) from error
    labels = name.split(".")
    if len(labels) < 2 or len(name) > LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        raise DomainError(text)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    raise DomainError(text)


def check(
    home: Home,
    network: Network,
    nodes: Sequence[Node],
    publisher: int,
    domain: str,
    *,
    resolver: Resolver | None = None,
    fetch: Fetch = https.fetch,
) -> DomainState:
    """Ask the register, the name system and, where that does not do, the domain's server; and keep what was found.

    `domain` is as the register has it. What could not be reached takes no earlier proof away before that is old.

    Raises:
        ChainError: the register could not be asked.
        OSError: what was found cannot be kept.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    state = publishers.state(nodes, network, publisher)
    failure, way = DomainFailure.NOT_CLAIMED, None
    controller = state.controller if state is not None else ""
    if state is not None and _claims(state, domain):
        failure, way = _look(Statement(network, publisher, controller, domain), resolver, fetch)
    found = Proof(now, controller.lower(), way, failure if way is None else None)
    return domain_proofs.keep(home, network, publisher, domain, found)


def _claims(state: PublisherState, domain: str) -> bool:
    try:
        sound = normalised(domain) == domain
    except DomainError:
        return False
    return sound and state.domain_hash == keccak256(domain.encode()).hex()


def _look(statement: Statement, resolver: Resolver | None, fetch: Fetch) -> tuple[DomainFailure, Way | None]:
    by_name = in_dns(statement, resolver)
    if by_name is Wanted.FOUND:
        return DomainFailure.NO_RECORD, Way.DNS
    by_file = in_document(statement, fetch)
    if by_file is Wanted.FOUND:
        return DomainFailure.NO_RECORD, Way.DID
    both = {by_name, by_file}
    for seen, failure in (
        (Wanted.OTHER, DomainFailure.OTHER_PUBLISHER),
        (Wanted.MALFORMED, DomainFailure.MALFORMED),
    ):
        if seen in both:
            return failure, None
    return (DomainFailure.UNREACHABLE if Wanted.UNREACHABLE in both else DomainFailure.NO_RECORD), None


def in_dns(statement: Statement, resolver: Resolver | None = None) -> Wanted:
    """Whether the DNS record names the publisher. Opens sockets."""
    import dns.exception
    import dns.resolver

    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(statement.host, "TXT", lifetime=_SECONDS, search=False, raise_on_no_answer=True)
        texts = [b"".join(record.strings).decode("ascii", "replace") for record in list(answer)[:_MOST_RECORDS]]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Wanted.ABSENT
    except (dns.exception.DNSException, OSError, ValueError):
        return Wanted.UNREACHABLE
    ours = [text.strip() for text in texts if text.strip().lower().startswith("touchstone=")]
    if any(text.lower() == statement.record.lower() for text in ours):
        return Wanted.FOUND
    return Wanted.OTHER if ours else Wanted.ABSENT


def in_document(statement: Statement, fetch: Fetch = https.fetch) -> Wanted:
    """Whether the domain's did:web document names the publisher. Opens sockets."""
    try:
        raw = fetch(statement.address, _LARGEST_DOCUMENT, _SECONDS)
    except FetchError as error:
        refused = error.failure is FetchFailure.REFUSED and error.status in {404, 410}
        return Wanted.ABSENT if refused else Wanted.UNREACHABLE
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return Wanted.MALFORMED
    if not isinstance(document, Mapping) or document.get("id") != f"did:web:{statement.domain}":
        return Wanted.MALFORMED
    accounts = {str(m.get("blockchainAccountId", "")).lower() for m in _members(document, "verificationMethod")}
    services = [s for s in _members(document, "service") if s.get("type") == "TouchstonePublisher"]
    places = {str(s.get("serviceEndpoint", "")).lower() for s in services}
    if statement.account.lower() in accounts and statement.place.lower() in places:
        return Wanted.FOUND
    return Wanted.OTHER if services else Wanted.ABSENT


def _members(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = document.get(name)
    return [m for m in listed[:_MOST_METHODS] if isinstance(m, Mapping)] if isinstance(listed, list) else []
