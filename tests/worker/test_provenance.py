"""The credentials witness on files made and signed here, through the real worker process."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests import making
from tests.making import CAPTURED, GENERATED, OPENED, Authority, Ingredient, Leaf, changed, sign
from tests.stamping import StampAuthority

from touchstone.check import credentials
from touchstone.check.credentials import CredentialsReply
from touchstone.check.opening import anonymous_file
from touchstone.check.sandbox import Pool
from touchstone.provenance import handler
from touchstone.report import Finding, Status
from touchstone.trust.lists import Slot, TrustSnapshot
from touchstone.worker.job import Job


@dataclass(frozen=True)
class World:
    """Authorities on each list, a signer under each, and the pool that knows them."""

    authorities: Mapping[str, Authority]
    leaves: Mapping[str, Leaf]
    pool: Pool
    lists: TrustSnapshot = field(default_factory=TrustSnapshot)

    def ask(
        self, data: bytes, mime: str = "image/jpeg", *, sidecar: bytes | None = None, sample: bool = False
    ) -> CredentialsReply:
        with ExitStack() as stack:
            files = [stack.enter_context(anonymous_file(d)) for d in (data, sidecar) if d is not None]
            request = credentials.request(mime, sidecar=sidecar is not None, sample=sample)
            reply = self.pool.run(request, [f.fileno() for f in files])
        return credentials.parse(reply.body, reply.blobs)

    def finding(self, data: bytes, mime: str = "image/jpeg", **options: Any) -> Finding:
        return credentials.finding(self.ask(data, mime, **options), lists=self.lists)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    names = ("official", "interim", "yours", "samples", "nobody")
    authorities = {name: Authority.create(f"Root {name}") for name in names}
    leaves = {name: authorities[name].leaf(f"Maker {name}", f"Desk {name}") for name in names}
    snapshot = TrustSnapshot(anchors={slot: authorities[slot].pem for slot in Slot})
    pool = Pool("provenance", credentials.setup(snapshot, authorities["samples"].pem))
    yield World(authorities, leaves, pool, snapshot)
    pool.close()


MEDIA = {
    "image/jpeg": making.jpeg,
    "image/png": making.png,
    "image/webp": making.webp,
    "audio/wav": making.wav,
    "video/mp4": making.mp4,
}


@pytest.mark.parametrize("mime", MEDIA)
def test_a_file_without_credentials_has_none(world: World, mime: str) -> None:
    finding = world.finding(MEDIA[mime](), mime)
    assert (finding.status, finding.code) == (Status.DONE, "none")
    assert finding.details["integrity"] == "none"


@pytest.mark.parametrize("mime", MEDIA)
def test_signed_then_one_byte_changed(world: World, mime: str) -> None:
    signed, _store = sign(MEDIA[mime](), mime, world.leaves["official"])
    finding = world.finding(signed, mime)
    assert finding.code == "signed"
    assert finding.details["issuer"] == "official"
    assert finding.params["issuer_name"] == "Maker official"
    assert finding.params["issuer_product"] == "Desk official"

    where = 0.98 if mime == "audio/wav" else 0.9
    finding = world.finding(_changed_media(MEDIA[mime](), mime, world.leaves["official"], where), mime)
    assert finding.code == "changed"
    assert finding.details["integrity"] == "changed"
    assert finding.params["issuer_name"] == "Maker official"  # chain and claim signature still verify


def _changed_media(data: bytes, mime: str, leaf: Leaf, where: float) -> bytes:
    """Signed, then changed in the part that is not the manifest."""
    signed, store = sign(data, mime, leaf)
    start = signed.find(store[:64])
    if start < 0:  # in pieces, as in JPEG: its picture data comes last
        return changed(signed, where)
    tail = len(signed) - (start + len(store))
    at = (start + len(store) + tail - 40) if tail > 80 else start - 80
    return signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]


@pytest.mark.parametrize("name", ["official", "interim", "yours"])
def test_each_list_vouches_for_its_own_and_is_named(world: World, name: str) -> None:
    signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves[name])
    finding = world.finding(signed)
    assert (finding.code, finding.params["list"], finding.source) == ("signed", name, name)


def test_a_signer_on_no_list_is_unknown_and_its_name_is_its_own_say(world: World) -> None:
    signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves["nobody"])
    finding = world.finding(signed)
    assert finding.code == "signed-unknown"
    assert finding.details["integrity"] == "intact"
    assert finding.details["issuer_name"] == ""
    assert finding.details["untrusted_issuer_name"] == "Maker nobody"
    assert "issuer_name" not in finding.params


def test_the_samples_list_counts_for_samples_alone(world: World) -> None:
    signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves["samples"])
    assert world.finding(signed).details["issuer"] == "unknown"
    assert world.finding(signed, sample=True).details["issuer"] == "samples"
    official, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"])
    assert world.finding(official, sample=True).details["issuer"] == "official"


def test_the_first_list_is_named_where_several_vouch() -> None:
    root = Authority.create("Shared Root")
    snapshot = TrustSnapshot(anchors={Slot.OFFICIAL: root.pem, Slot.INTERIM: root.pem, Slot.YOURS: root.pem})
    signed, _store = sign(making.jpeg(), "image/jpeg", root.leaf())
    for _again in range(4):  # the SDK would pick one at random, were they in one context
        assert _directly(snapshot, signed)["issuer"] == "official"


def test_an_authority_for_time_stamps_does_not_vouch_for_signers() -> None:
    root, other = Authority.create("Stamp Root"), Authority.create("Other Root")
    signed, _store = sign(making.jpeg(), "image/jpeg", root.leaf())
    snapshot = TrustSnapshot(anchors={Slot.OFFICIAL: other.pem}, time_stamps=root.pem)
    assert _directly(snapshot, signed)["issuer"] == "unknown"
    control = TrustSnapshot(anchors={Slot.OFFICIAL: root.pem}, time_stamps=root.pem)
    assert _directly(control, signed)["issuer"] == "official"


def _directly(snapshot: TrustSnapshot, data: bytes, mime: str = "image/jpeg") -> dict[str, Any]:
    handler.setup(credentials.setup(snapshot, None))
    request = credentials.request(mime, sidecar=False, sample=False)
    reading: dict[str, Any] = handler.handle(Job(request, [io.BytesIO(data)])).body["readings"][0]
    return reading


def test_setting_up_starts_no_thread() -> None:
    before = sorted(os.listdir("/proc/self/task"))
    _directly(TrustSnapshot(anchors={Slot.YOURS: Authority.create().pem}), making.jpeg())
    assert sorted(os.listdir("/proc/self/task")) == before


@pytest.fixture(scope="module")
def run_out(world: World) -> dict[str, Any]:
    """Files signed with certificates that have run out since, without a time stamp and with one; and as they were."""
    clock = Authority.create("Stamp Root")
    soon = (-1, 2 / (365 * 24 * 3600))
    made: dict[str, Any] = {"clock": clock}
    with StampAuthority.under(clock).serving() as url:
        for name, stamps in (("plain", None), ("stamped", url)):
            leaf = world.authorities["interim"].leaf("Old", years=soon)
            made[name], _store = sign(making.jpeg(), "image/jpeg", leaf, stamps=stamps)
    made["before"] = world.finding(made["plain"]).code
    time.sleep(3.2)  # the reader compares whole seconds, the last one included
    return made


def test_a_certificate_that_ran_out_without_a_time_stamp(world: World, run_out: dict[str, Any]) -> None:
    assert run_out["before"] == "signed"
    finding = world.finding(run_out["plain"])
    assert finding.code == "signed-expired"
    assert finding.details["integrity"] == "intact"  # nobody changed it: only the certificate ran out
    assert (finding.details["stamp"], finding.details["time_stamp"]) == ("none", "")
    assert world.finding(changed(run_out["plain"])).code == "changed-unknown"


def test_a_time_stamp_by_nobody_known_does_not_help(world: World, run_out: dict[str, Any]) -> None:
    finding = world.finding(run_out["stamped"])
    assert finding.code == "signed-expired"
    assert (finding.details["stamp"], finding.details["time_stamp"]) == ("untrusted", "")
    assert "signed_at" not in finding.params


def test_a_trusted_time_stamp_outlives_the_certificate(world: World, run_out: dict[str, Any]) -> None:
    snapshot = replace(world.lists, time_stamps=run_out["clock"].pem)
    reading = _directly(snapshot, run_out["stamped"])
    assert (reading["issuer"], reading["stamp"]) == ("interim", "trusted")
    assert reading["stamp_time"].startswith(f"{making.now():%Y-%m-%d}")


def test_time_stamp_authorities_do_not_vouch_for_signers_that_ran_out(world: World, run_out: dict[str, Any]) -> None:
    roots = run_out["clock"].pem + world.authorities["interim"].pem
    snapshot = TrustSnapshot(anchors={Slot.OFFICIAL: world.authorities["official"].pem}, time_stamps=roots)
    assert _directly(snapshot, run_out["stamped"])["issuer"] == "unknown"
    both = replace(snapshot, anchors={Slot.INTERIM: world.authorities["interim"].pem})
    assert _directly(both, run_out["stamped"])["issuer"] == "interim"


def test_when_a_file_was_signed_is_said_where_an_authority_on_the_list_says_it(world: World) -> None:
    clock = Authority.create("Stamp Root")
    with StampAuthority.under(clock).serving() as url:
        signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], stamps=url)
    known = _directly(replace(world.lists, time_stamps=clock.pem), signed)
    assert (known["issuer"], known["stamp"]) == ("official", "trusted")
    assert _directly(world.lists, signed)["stamp"] == "untrusted"


def test_a_changed_file_signed_once_more_does_not_pass(world: World) -> None:
    first, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], title="first.jpg")
    tampered = changed(first)
    laundered, _store = sign(
        making.jpeg(2), "image/jpeg", world.leaves["yours"], actions=[OPENED], ingredients=[Ingredient(tampered)]
    )
    finding = world.finding(laundered)
    assert finding.code == "source-failed"
    assert finding.details["integrity"] == "intact"
    assert finding.details["history"] == "ingredient-failed"
    (failed,) = finding.details["failed_ingredients"]
    assert "assertion.dataHash.mismatch" in failed["codes"]
    assert finding.details["ingredients"][failed["node"]]["integrity"] == "changed"


def test_a_failed_source_is_found_at_any_depth(world: World) -> None:
    data = changed(sign(making.jpeg(), "image/jpeg", world.leaves["official"])[0])
    for depth in range(3):
        data, _store = sign(
            making.jpeg(depth), "image/jpeg", world.leaves["official"], actions=[OPENED], ingredients=[Ingredient(data)]
        )
    finding = world.finding(data)
    assert finding.code == "source-failed"
    nodes = finding.details["ingredients"]
    assert [n["integrity"] for n in nodes] == ["intact", "intact", "intact", "changed"]
    assert [n["parent"] for n in nodes] == [-1, 0, 1, 2]


def test_the_tree_of_sources(world: World) -> None:
    plain = Ingredient(making.png(3), "image/png", "plain.png", "componentOf")
    traced, _store = sign(making.jpeg(1), "image/jpeg", world.leaves["yours"], thumbnail=making.jpeg(9, (32, 24)))
    signed, _store = sign(
        making.jpeg(2),
        "image/jpeg",
        world.leaves["official"],
        title="montage.jpg",
        actions=[OPENED, {"action": "c2pa.cropped"}],
        ingredients=[Ingredient(traced, title="traced.jpg"), plain],
    )
    reply = world.ask(signed)
    finding = credentials.finding(reply)
    nodes = {n["untrusted_title"]: n for n in finding.details["ingredients"]}
    assert finding.details["history"] == "complete"
    assert (finding.details["sources"], finding.details["sources_without"]) == (2, 1)
    assert nodes["montage.jpg"]["relation"] == "this"
    assert (nodes["traced.jpg"]["relation"], nodes["traced.jpg"]["issuer"]) == ("parent", "yours")
    assert (nodes["plain.png"]["relation"], nodes["plain.png"]["integrity"]) == ("component", "none")
    assert nodes["plain.png"]["issuer"] == "none"
    picture = nodes["traced.jpg"]["picture"]
    assert reply.thumbnails[picture].startswith(b"\xff\xd8")
    assert finding.details["signals"] == ["opened", "cropped"]


def test_what_a_source_records_about_itself_is_not_believed(world: World) -> None:
    """The signer above may write `trusted` about a source that no list of ours knows."""
    source, _store = sign(making.jpeg(1), "image/jpeg", world.leaves["nobody"])
    signed, _store = sign(
        making.jpeg(2),
        "image/jpeg",
        world.leaves["official"],
        actions=[OPENED],
        ingredients=[Ingredient(source)],
        trusting=world.authorities["nobody"].pem,
    )
    nodes = world.finding(signed).details["ingredients"]
    assert [n["issuer"] for n in nodes] == ["official", "unknown"]


@pytest.mark.parametrize(
    ("actions", "signals", "said"),
    [
        ([CAPTURED], ["created", "captured"], ("no", "none", "none")),
        ([GENERATED], ["created", "generated-wholly"], ("yes", "wholly", "this")),
        (
            [CAPTURED, {"action": "c2pa.edited", "digitalSourceType": making.COMPOSITE_AI}],
            ["created", "captured", "edited", "generated-part"],
            ("yes", "part", "this"),
        ),
        ([{"action": "c2pa.created", "digitalSourceType": making.DIGITAL_SOURCE + "screenCapture"}],
         ["created", "screen-capture"], ("no", "none", "none")),
        ([CAPTURED, {"action": "org.example.secret"}], ["created", "captured", "other-edit"], ("no", "none", "none")),
    ],
)  # fmt: skip
def test_what_the_signer_says(world: World, actions: list[Any], signals: list[str], said: tuple[str, ...]) -> None:
    signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], actions=actions)
    details = world.finding(signed).details
    assert details["signals"] == signals
    assert (details["declares_ai"], details["declares_ai_extent"], details["declares_ai_where"]) == said


@pytest.mark.parametrize(("relation", "extent"), [("parentOf", "wholly"), ("componentOf", "part")])
def test_ai_declared_by_a_source(world: World, relation: str, extent: str) -> None:
    source, _store = sign(making.jpeg(1), "image/jpeg", world.leaves["official"], actions=[GENERATED])
    action = OPENED if relation == "parentOf" else CAPTURED
    signed, _store = sign(
        making.jpeg(2),
        "image/jpeg",
        world.leaves["official"],
        actions=[action],
        ingredients=[Ingredient(source, relationship=relation)],
    )
    details = world.finding(signed).details
    assert (details["declares_ai"], details["declares_ai_extent"], details["declares_ai_where"]) == (
        "yes",
        extent,
        "source",
    )


def test_credentials_kept_elsewhere_are_not_fetched(world: World) -> None:
    address = "https://credentials.example/one.c2pa"
    data, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], remote=address, embed=False)
    finding = world.finding(data)
    assert (finding.code, finding.params["untrusted_host"]) == ("elsewhere", "credentials.example")
    assert finding.details["untrusted_remote"] == address


def test_a_sidecar_speaks_for_a_file_that_carries_nothing(world: World) -> None:
    data, store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], embed=False)
    assert world.finding(data).code == "none"
    finding = world.finding(data, sidecar=store)
    assert (finding.code, finding.details["from"]) == ("signed", "sidecar")
    assert "other" not in finding.details
    assert world.finding(changed(data), sidecar=store).code == "changed"


def test_an_embedded_store_and_a_sidecar_that_disagree(world: World) -> None:
    embedded, own = sign(making.jpeg(), "image/jpeg", world.leaves["official"])
    _data, foreign = sign(making.jpeg(), "image/jpeg", world.leaves["yours"], embed=False)
    finding = world.finding(embedded, sidecar=foreign)
    assert (finding.code, finding.details["from"], finding.details["issuer"]) == ("signed", "embedded", "official")
    other = finding.details["other"]
    assert (other["from"], other["integrity"], other["issuer"]) == ("sidecar", "changed", "yours")
    assert finding.details["disagree"] is True
    agreeing = world.finding(embedded, sidecar=own)
    assert agreeing.details["disagree"] is False


@pytest.mark.parametrize("store", [b"", b"rubbish", os.urandom(2000)])
def test_a_sidecar_that_is_none_is_broken(world: World, store: bytes) -> None:
    assert world.finding(making.jpeg(), sidecar=store).details["integrity"] == "broken"


@pytest.mark.parametrize("mime", ["image/bmp", "video/x-matroska", "font/ttf", "application/octet-stream", ""])
def test_kinds_that_the_reader_does_not_know(world: World, mime: str) -> None:
    finding = world.finding(b"BM" + bytes(100), mime)
    assert (finding.status, finding.code) == (Status.NOT_CHECKED, "format-not-supported")


def test_a_store_alone_asks_for_its_media(world: World) -> None:
    _data, store = sign(making.jpeg(), "image/jpeg", world.leaves["official"])
    finding = world.finding(store, "application/c2pa")
    assert (finding.status, finding.code) == (Status.NOT_CHECKED, "sidecar-alone")


def test_a_piece_of_a_stream_is_not_called_broken(world: World) -> None:
    piece = b"\0\0\0\x18styp" + b"msdh" * 4 + b"\0\0\0\x08mdat"
    assert world.finding(piece, "video/mp4").code == "format-not-supported"


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "video/mp4"])
def test_a_file_that_cannot_be_read_is_not_called_signed_or_changed(world: World, mime: str) -> None:
    assert world.finding(os.urandom(5000), mime).code in {"file-unreadable", "none"}
    signed, _store = sign(MEDIA[mime](), mime, world.leaves["official"])
    cut = world.finding(signed[: len(signed) // 2], mime)
    assert cut.code in {"changed", "changed-unknown", "broken", "file-unreadable", "none"}


def test_a_hostile_manifest_stays_within_a_frame(world: World) -> None:
    """Seventy sources with titles that grow twelvefold in JSON, and pictures larger than are taken."""
    title = "\U0001f9ea" * 5000
    huge = making.noise(1100, 1100)
    signed, _store = sign(
        making.jpeg(),
        "image/jpeg",
        world.leaves["nobody"],
        title=title,
        generator={"name": title, "version": title},
        thumbnail=huge,
        actions=[CAPTURED],
        ingredients=[
            Ingredient(making.jpeg(1, (16, 16)), title=title, relationship="componentOf") for _ in range(70)
        ],
    )  # fmt: skip
    assert len(huge) > 1024 * 1024
    reply = world.ask(signed)
    details = credentials.finding(reply).details
    assert details["sources"] == 70
    assert len(details["ingredients"]) + details["ingredients_left_out"] == 71
    assert all(len(n["untrusted_title"]) <= 200 for n in details["ingredients"])
    assert len(json.dumps(details)) < 80_000
    assert not reply.thumbnails


def test_strings_of_the_signer_come_through_as_they_are_and_marked(world: World) -> None:
    title = '<a href="https://x.example">\u202egnp.exe</a>\n'
    signed, _store = sign(making.jpeg(), "image/jpeg", world.leaves["official"], title=title)
    (node,) = world.finding(signed).details["ingredients"]
    assert node["untrusted_title"] == title


def test_no_lists_at_all(tmp_path: Path) -> None:
    from touchstone.trust.lists import TrustStore

    signed, _store = sign(making.jpeg(), "image/jpeg", Authority.create().leaf())
    assert _directly(TrustStore(tmp_path).snapshot(), signed)["issuer"] == "unknown"
