"""Evidence on a desk: kept, fetched from hostile places, hidden, and never shown unverified."""

from __future__ import annotations

import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from tests.desk_court.bundles import contents, made, picture, sha256
from tests.desk_court.test_bundle import code, stating, zipped
from tests.unit.test_trust_https import Site, says

from touchstone.court import bundle as bundles
from touchstone.court import evidence_fetch
from touchstone.court import statement as statements
from touchstone.court.evidence import Access, EvidenceStore
from touchstone.court.statement import EvidenceError
from touchstone.paths import Home

B = "b" * 64


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(home: Home) -> EvidenceStore:
    return EvidenceStore(home)


def at(site: Site, **more: object) -> Access:
    fetch = partial(evidence_fetch.over_https, allowed=lambda _address: True, tls=site.client)
    return Access(fetch=fetch, **more)  # type: ignore[arg-type]


def left(home: Home) -> list[str]:
    return sorted(one.name for one in home.evidence.iterdir()) if home.evidence.exists() else []


# --- keeping


def test_what_was_made_is_kept_and_can_be_given_away(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    item = store.make(contents(tmp_path / "in"))
    assert store.has(item)
    assert store.items() == (item,)
    bundle = store.get(item)
    assert bundle is not None
    assert bundle.media is not None
    assert bundle.media.read_bytes() == (tmp_path / "in" / "harbour.jpg").read_bytes()
    assert bundle.choice == "edited"
    told = store.export(item, tmp_path / "out.zip")
    assert told.item == item
    other = EvidenceStore(Home(tmp_path / "other"))
    assert other.get(item) is None
    assert other.add(told.path, item=item) == item
    assert other.export(item, tmp_path / "again.zip").path.read_bytes() == told.path.read_bytes()
    assert left(home) == [item]


def test_the_same_evidence_is_kept_once(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    assert store.make(contents(tmp_path / "in")) == store.make(contents(tmp_path / "in"))
    assert len(left(home)) == 1


def test_a_changed_copy_is_never_shown_and_is_put_right_by_another(
    tmp_path: Path, home: Home, store: EvidenceStore
) -> None:
    found = made(tmp_path / "in")
    store.add(found.path)
    bundle = store.get(found.item)
    assert bundle is not None
    assert bundle.media is not None
    bundle.media.write_bytes(b"another")
    assert code(store.get, found.item) == "damaged"
    assert code(store.export, found.item, tmp_path / "out.zip") == "damaged"
    uri = found.path.as_uri()
    assert store.fetch(found.item, [uri], access=Access(any_file=True)).media == bundle.media
    assert sha256(bundle.media) == sha256(tmp_path / "in" / "harbour.jpg")
    assert left(home) == [found.item]


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    item = store.make(contents(tmp_path / "in"))
    path = home.evidence / item / "files" / "1.txt"
    path.unlink()
    path.symlink_to(tmp_path / "in" / "note.txt")
    assert code(store.get, item) == "damaged"


def test_odd_items_are_not_here(store: EvidenceStore) -> None:
    for item in ("", "..", "A" * 64, "a" * 63, "../" + "a" * 61, "a" * 64):
        assert store.get(item) is None
        assert not store.has(item)
        store.remove(item)


def test_two_at_once_keep_one_copy(tmp_path: Path, home: Home) -> None:
    found = made(tmp_path / "in")
    failed: list[EvidenceError] = []

    def take() -> None:
        try:
            EvidenceStore(home).add(found.path, item=found.item)
        except EvidenceError as error:
            failed.append(error)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert left(home) == [found.item]
    assert EvidenceStore(home).get(found.item) is not None


# --- fetching


def test_fetched_over_https_and_kept(tmp_path: Path, site: Site, home: Home, store: EvidenceStore) -> None:
    found = made(tmp_path / "in")
    site.answers["/e.zip"] = says(found.path.read_bytes())
    told: list[int] = []
    bundle = store.fetch(found.item, [site.url("/e.zip")], access=at(site), on_progress=told.append)
    assert bundle.item == found.item
    assert told[-1] == found.bytes
    assert left(home) == [found.item]
    del site.answers["/e.zip"]
    assert store.fetch(found.item, [site.url("/e.zip")], access=at(site)).item == found.item  # it is here


def test_fetched_through_a_gateway_that_was_named(tmp_path: Path, site: Site, store: EvidenceStore) -> None:
    found = made(tmp_path / "in")
    name = "bafybei" + "a" * 52
    site.answers[f"/ipfs/{name}"] = says(found.path.read_bytes())
    assert code(store.fetch, found.item, [f"ipfs://{name}"], access=at(site)) == "no-gateway"
    for wrong in (f"ipfs://{name}/../../x", "ipfs://", "ipfs://short"):
        assert code(store.fetch, found.item, [wrong], access=at(site, gateway=site.url(""))) == "no-address"
    assert store.fetch(found.item, [f"ipfs://{name}"], access=at(site, gateway=site.url("/"))).item == found.item


def test_the_next_address_is_tried(tmp_path: Path, site: Site, home: Home, store: EvidenceStore) -> None:
    found, other = made(tmp_path / "in"), made(tmp_path / "other", reason="something else")
    site.answers["/gone"] = says(b"", 404)
    site.answers["/page"] = says(b"<html>", 200)
    site.answers["/other"] = says(other.path.read_bytes())
    site.answers["/cut"] = says(found.path.read_bytes()[:-7], announced=found.bytes)
    site.answers["/short"] = says(found.path.read_bytes()[:-7])
    site.answers["/flipped"] = says(found.path.read_bytes().replace(b"seen on", b"seen ON"))
    wrong = {
        "/gone": "failed", "/page": "not-a-bundle", "/other": "other-item", "/cut": "failed", "/short": "not-a-bundle",
        "/flipped": "not-a-bundle",
    }  # fmt: skip
    for path, expected in wrong.items():
        assert code(store.fetch, found.item, [site.url(path)], access=at(site)) == expected, path
        assert left(home) == []
    site.answers["/good"] = says(found.path.read_bytes())
    uris = ["", "gopher://x", *map(site.url, [*wrong, "/good"])]
    assert store.fetch(found.item, uris, access=at(site)).item == found.item


def test_a_bundle_whose_file_is_another_one_is_refused(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    raw, item = stating(files=[{"name": "m", "sha256": B, "bytes": 4, "role": "evidence"}])
    from touchstone.lineage import archive

    path = tmp_path / "e.zip"
    with path.open("wb") as file:
        archive.write(file, {"files/0": b"1234", "statement.json": raw})
    assert code(store.fetch, item, [path.as_uri()], access=Access(any_file=True)) == "other-bytes"
    hostile = zipped(tmp_path / "h.zip", [("../../escaped", b"1234"), ("statement.json", raw)])
    assert code(store.fetch, item, [hostile.as_uri()], access=Access(any_file=True)) == "not-a-bundle"
    assert left(home) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["e.zip", "h.zip", "home"]


def test_addresses_of_this_computer_and_its_network_are_refused(site: Site, store: EvidenceStore) -> None:
    with pytest.raises(EvidenceError) as caught:
        store.fetch(B, [site.url("/e.zip")])
    assert caught.value.code == "failed"
    assert caught.value.params["why"] == "private-address"
    assert caught.value.params["untrusted_host"] == "localhost"


def test_no_more_is_fetched_than_was_asked_for(tmp_path: Path, site: Site, home: Home, store: EvidenceStore) -> None:
    found = made(tmp_path / "in")
    site.answers["/e.zip"] = says(found.path.read_bytes())
    site.answers["/endless"] = endless
    most = found.bytes - 1
    with pytest.raises(EvidenceError) as caught:
        store.fetch(found.item, [site.url("/e.zip")], access=at(site), most=most)
    assert (caught.value.code, caught.value.params) == ("too-large", {"most": most})
    assert code(store.fetch, found.item, [site.url("/endless")], access=at(site), most=2**20) == "too-large"
    uri = found.path.as_uri()
    assert code(store.fetch, found.item, [uri], access=Access(any_file=True), most=most) == "too-large"
    assert left(home) == []


def test_fetching_can_be_stopped(site: Site, home: Home, store: EvidenceStore) -> None:
    site.answers["/endless"] = endless
    cancel = threading.Event()
    began = time.monotonic()
    threading.Timer(0.2, cancel.set).start()
    assert code(store.fetch, B, [site.url("/endless"), site.url("/x")], access=at(site), cancel=cancel) == "stopped"
    assert time.monotonic() - began < 5
    assert left(home) == []


def endless(handler: object) -> None:
    handler.send_response(200)  # type: ignore[attr-defined]
    handler.end_headers()  # type: ignore[attr-defined]
    for _ in range(64):
        handler.wfile.write(bytes(2**20))  # type: ignore[attr-defined]
        time.sleep(0.05)


def test_files_count_where_they_may(tmp_path: Path, store: EvidenceStore) -> None:
    found = made(tmp_path / "in")
    uri = found.path.as_uri()
    assert code(store.fetch, found.item, [uri]) == "not-allowed"
    assert code(store.fetch, found.item, [uri], access=Access(folders=(tmp_path / "elsewhere",))) == "not-allowed"
    assert code(store.fetch, found.item, ["https://example.org"], access=Access(web=False)) == "not-allowed"
    anywhere = Access(any_file=True)
    for other in ("file:///dev/zero", tmp_path.as_uri(), (tmp_path / "gone").as_uri()):
        assert code(store.fetch, found.item, [other], access=anywhere) == "missing"
    assert code(store.fetch, found.item, ["file://server/share/e.zip"], access=anywhere) == "no-address"
    assert code(store.fetch, found.item, []) == "no-address"
    assert store.fetch(found.item, [uri], access=Access(folders=(tmp_path / "in",))).item == found.item


# --- hiding


def test_what_is_hidden_is_gone_and_not_fetched_again(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    found = made(tmp_path / "in")
    same_note = made(tmp_path / "again", reason="another reason")
    unlike = made(tmp_path / "third", reason="a third", files=())
    for one in (found, same_note, unlike):
        store.add(one.path)
    store.hide(found.item)
    assert store.hidden(found.item)
    assert store.get(found.item) is None
    assert not store.has(found.item)
    assert not store.has(same_note.item)  # it has the same note in it
    assert store.get(unlike.item) is not None  # the file that the case is about was not what was hidden
    for one in (found, same_note):
        assert code(store.add, one.path) == "hidden"
        assert code(store.fetch, one.item, [one.path.as_uri()], access=Access(any_file=True)) == "hidden"
    note = (tmp_path / "in" / "note.txt").read_bytes()
    assert not [p for p in home.root.rglob("*") if p.is_file() and note in p.read_bytes()]
    other = EvidenceStore(home)  # as another process sees it
    assert other.all_hidden() == (found.item,)
    other.unhide(found.item)
    assert store.fetch(found.item, [found.path.as_uri()], access=Access(any_file=True)).item == found.item
    assert store.add(same_note.path) == same_note.item


def test_the_file_itself_can_be_hidden_wherever_it_is(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    one, two = made(tmp_path / "in"), made(tmp_path / "other", reason="a second", files=())
    store.add(one.path)
    store.add(two.path)
    store.hide(one.item, media=True)
    assert store.items() == ()
    assert code(store.add, two.path) == "hidden"
    assert left(home) == ["hidden.json", "hidden.lock"]


def test_what_was_never_here_can_be_hidden(store: EvidenceStore) -> None:
    store.hide(B)
    assert store.hidden(B)
    assert code(store.fetch, B, ["https://example.org"]) == "hidden"
    assert code(store.hide, "../x") == "not-an-item"


def test_where_the_list_of_what_is_hidden_is_damaged_nothing_is_shown(
    tmp_path: Path, home: Home, store: EvidenceStore
) -> None:
    item = store.make(contents(tmp_path / "in"))
    (home.evidence / "hidden.json").write_text("{")
    assert code(store.get, item) == "hidden-damaged"
    assert code(store.hide, item) == "hidden-damaged"
    assert (home.evidence / "hidden.json").read_text() == "{"


def test_drafts_of_a_process_that_was_ended_go_in_time(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    import os

    home.evidence.mkdir(parents=True)
    for name, age in ((".fetched-old", 90_000), (".fetched-new", 60)):
        (home.evidence / name).touch()
        os.utime(home.evidence / name, (time.time() - age,) * 2)
    assert code(store.fetch, B, []) == "no-address"
    assert left(home) == [".fetched-new"]


def test_every_code_has_a_sentence() -> None:
    import re

    from touchstone.texts import evidence as words

    codes = set(re.findall(r"`([a-z-]+)`(?: \{|,|\.|;| )", EvidenceError.__doc__ or ""))
    assert len(codes) > 25
    unknown = words.problem("", {})
    for name in sorted(codes):
        if name != "why":
            assert words.problem(name, {"most": 5, "number": 1, "why": "tls"}) != unknown, name


def test_media_of_a_case_is_found_in_any_of_its_items(tmp_path: Path, store: EvidenceStore) -> None:
    from tests.desk_court.cases import case_about

    media = picture(tmp_path / "in")
    flag = store.make(contents(tmp_path / "in", media=None, sha256=sha256(media)))
    case = case_about(sha256(media), flag)
    assert store.media_of(case) is None
    more = store.make(contents(tmp_path / "in", reason="here it is"))
    assert store.media_of(case) is None
    found = store.media_of(case, [more])
    assert found is not None
    assert sha256(found) == case.media
    assert statements.parse((found.parents[1] / "statement.json").read_bytes()).reason == "here it is"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are not on Windows")
def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path, home: Home, store: EvidenceStore) -> None:
    import resource

    found = made(tmp_path / "in")
    more = contents(tmp_path / "in")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))
    try:
        assert code(store.make, more) == "no-room"
        assert code(store.add, found.path) == "no-room"
        assert code(bundles.make, tmp_path / "out.zip", more) == "no-room"
        assert code(store.fetch, found.item, [found.path.as_uri()], access=Access(any_file=True)) == "no-room"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert left(home) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "in"]
