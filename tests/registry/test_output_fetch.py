"""Lists of outputs: from where they may come, what is wrong with them, what bounds hold, what look-ups then find."""

import dataclasses
import sqlite3
import threading

import pytest
from tests.registry.scripted import NETWORK, OTHER, SIGNER, Chain, ScriptedNode, created, digest, modelled

from touchstone.chain import event_types as e
from touchstone.paths import Home
from touchstone.registry import leaves, lists, output_entries, output_fetch, output_lists
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, sync
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Decision, Output

MODEL = modelled("a")
FILES = [digest("file", n) for n in range(5)]
OUTPUTS = [
    Output(MODEL.manifest.hex(), file.hex(), "global", 1000 * n or None, Decision(n % 4), n)
    for n, file in enumerate(FILES)
]
DATA = output_lists.dump(OUTPUTS)
ROOT = output_lists.tree(OUTPUTS).root
MOST = len(output_lists.HEADER) + 5 * output_lists.LARGEST_LINE


def recorded(uri="https://a.example/list", publisher=1, signer=SIGNER, data=DATA, **changes):
    whole = {"root": ROOT, "outputs": 5, "list_hash": output_lists.list_hash(data)}
    return e.OutputsRecorded(**(whole | {"publisher": publisher, "signer": signer, "uri": uri} | changes))


def list_of(*outputs):
    """The event that records a list of these, and its bytes."""
    data = output_lists.dump(outputs)
    root = output_lists.tree(outputs).root
    return recorded(f"https://a.example/{root.hex()}", data=data, root=root, outputs=len(outputs)), data


class World:
    def __init__(self, folder):
        self.home = Home(folder / "home")
        self.lists = folder / "lists"
        self.lists.mkdir()
        self.home.outputs.mkdir(parents=True)
        self.chain = Chain()
        self.chain.add(*created(1), *created(2, "Two", "two.example"), MODEL)
        self.fetched = []
        self.answer = lambda _url: DATA

    def fetch(self, url, most, _seconds):
        self.fetched.append((url, most))
        return self.answer(url)

    def sync(self, *events, **access):
        if events:
            self.chain.add(*events)
        return sync(
            self.home,
            NETWORK,
            [ScriptedNode(self.chain, final=2)],
            access=Access(fetch=self.fetch, **access),
        )

    def said(self, file=FILES[1]):
        models = Models(self.home, NETWORK)
        try:
            return models.outputs_of(file.hex())
        finally:
            models.close()

    def states(self):
        models = Models(self.home, NETWORK)
        try:
            return [(one.state, one.why) for one in reversed(models.output_lists())]
        finally:
            models.close()


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


class TestFetching:
    def test_outputs_are_found_with_their_place_in_the_list(self, world):
        state = world.sync(recorded(), web=True)
        assert (state.count, state.missing, state.missing_outputs) == (0, 0, 0)
        (one,) = world.said()
        assert (one.output, one.index, one.list.root, one.list.publisher) == (OUTPUTS[1], 1, ROOT.hex(), 1)
        assert world.fetched == [("https://a.example/list", MOST)]

    def test_a_list_that_may_not_be_fetched_is_said(self, world):
        state = world.sync(recorded())
        assert state.missing_outputs == 1
        assert world.states() == [(lists.PENDING, "not-allowed")]
        assert world.said() == ()
        assert world.sync(web=True).missing_outputs == 0

    def test_ones_own_list_needs_no_address(self, world):
        (world.home.outputs / output_lists.file_name(ROOT)).write_bytes(DATA)
        assert world.sync(recorded("")).missing_outputs == 0
        assert world.fetched == []
        assert world.said()

    def test_a_folder_that_was_named_comes_before_the_address(self, world):
        (world.lists / output_lists.file_name(ROOT)).write_bytes(DATA)
        assert world.sync(recorded(), folders=(world.lists,), web=True).missing_outputs == 0
        assert world.fetched == []

    def test_two_who_record_one_list_keep_it_once_and_are_both_said(self, world):
        world.sync(recorded(), recorded("", 0, OTHER), recorded("", 2, OTHER, root=digest("x")), web=True)
        assert len(world.fetched) == 1
        assert [(one.list.publisher, one.list.signer) for one in world.said()] == [
            (1, "0x" + SIGNER.hex()),
            (0, "0x" + OTHER.hex()),
        ]

    def test_ipfs_goes_through_the_gateway_that_was_named(self, world):
        cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
        world.sync(recorded(f"ipfs://{cid}/a.outputs"), web=True)
        assert world.states() == [(lists.PENDING, "no-gateway")]
        assert world.sync(web=True, gateway="https://gateway.example/").missing_outputs == 0
        assert world.fetched[-1][0] == f"https://gateway.example/ipfs/{cid}/a.outputs"

    def test_files_are_read_below_folders_that_were_allowed(self, world):
        inside, outside = world.home.outputs / "a list", world.lists / "outside"
        for path in (inside, outside):
            path.write_bytes(DATA)
        world.sync(recorded(outside.as_uri()))
        assert world.states() == [(lists.PENDING, "not-allowed")]
        assert world.sync(any_file=True).missing_outputs == 0
        world.chain.rewrite(1)
        assert not world.sync(recorded(inside.as_uri())).missing_outputs

    def test_one_that_could_not_be_had_is_not_asked_for_at_once_again(self, world):
        world.sync(recorded("https://a.example/gone"))
        sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)])
        connection = sqlite3.connect(mirror_path(world.home, NETWORK))
        tried = connection.execute("SELECT tried FROM output_list").fetchone()[0]
        connection.execute("UPDATE output_list SET tried = 0")
        connection.commit()
        sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)])
        assert connection.execute("SELECT tried FROM output_list").fetchone()[0] >= tried > 0
        connection.close()

    def test_files_and_outputs_with_one_root_do_not_meet(self, world):
        """A leaf list and a list of outputs are other files, and other rows, whatever roots they have."""
        batch = [Leaf(FILES[0], digest("pdq"), bytes(32))]
        data, root = leaves.dump(batch), Tree.of(batch).root
        (world.lists / leaves.file_name(root)).write_bytes(data)
        registered = e.RootRegistered(root, 1, SIGNER, 1, leaves.list_hash(data), "")
        state = world.sync(registered, recorded("", root=root), folders=(world.lists,))
        assert (state.missing, state.missing_outputs, state.count) == (0, 1, 1)
        register = Register(world.home, NETWORK)
        assert len(register.exact(FILES[0].hex())) == 1
        register.close()


class TestBad:
    @pytest.mark.parametrize("answer", [b"", b"<html>", DATA[:-1], DATA * 2, DATA.replace(b"global", b"gl0bal")])
    def test_other_bytes_than_were_recorded(self, world, answer):
        world.answer = lambda _url: answer
        assert world.sync(recorded(), web=True).missing_outputs == 1
        assert world.states() == [(lists.BAD, "wrong-hash")]
        assert world.said() == ()
        world.answer = lambda _url: DATA
        assert world.sync(web=True).missing_outputs == 0

    @pytest.mark.parametrize(
        ("data", "changes", "why"),
        [
            (DATA, {"outputs": 4}, "wrong-count"),
            (DATA, {"root": digest("root")}, "wrong-root"),
            (DATA.replace(b"\n", b"\r\n"), {"outputs": 6}, "malformed"),
            (DATA + DATA.splitlines(keepends=True)[1], {"outputs": 6}, "duplicates"),
            (DATA, {"outputs": output_lists.MOST_OUTPUTS + 1}, "too-large"),
            (DATA, {"outputs": 2**32 - 1}, "too-large"),
        ],
    )
    def test_lists_that_were_recorded_as_they_are_and_are_no_good(self, world, data, changes, why):
        world.answer = lambda _url: data
        world.sync(recorded(data=data, **changes), web=True)
        assert world.states() == [(lists.BAD, why)]
        assert world.said() == ()

    def test_one_that_is_larger_than_its_count_allows_is_not_read(self, world):
        (world.home.outputs / output_lists.file_name(ROOT)).write_bytes(DATA + b"x" * 2000)
        world.sync(recorded(""))
        assert world.states() == [(lists.BAD, "too-large")]

    def test_another_count_for_the_same_root_gets_nothing_of_it(self, world):
        world.sync(recorded(), recorded(publisher=2, signer=OTHER, outputs=3), web=True)
        assert [state for state, _ in world.states()] == [lists.HERE, lists.BAD]
        assert [one.list.publisher for one in world.said()] == [1]


class TestBounds:
    def test_a_sync_reads_so_much_and_goes_on_with_the_next(self, world, monkeypatch):
        events, answers = [], {}
        for n in range(4):
            event, data = list_of(dataclasses.replace(OUTPUTS[0], time=n))
            events.append(event)
            answers[event.uri] = data
        world.answer = answers.__getitem__
        monkeypatch.setattr(output_fetch, "MOST_BYTES", len(data) + 1)
        assert world.sync(*events, web=True).missing_outputs == 2
        assert world.sync(web=True).missing_outputs == 0
        assert len(world.said(FILES[0])) == 4

    def test_a_mirror_keeps_so_many_and_says_so_of_the_others(self, world, monkeypatch):
        monkeypatch.setattr(output_fetch, "MOST_ROWS", 7)
        other, data = list_of(*(dataclasses.replace(one, time=9) for one in OUTPUTS))
        world.answer = {"https://a.example/list": DATA, other.uri: data}.__getitem__
        world.sync(recorded(), other, web=True)
        assert world.states() == [(lists.HERE, ""), (lists.PENDING, "no-room")]
        assert len(world.fetched) == 1

    def test_those_of_publishers_come_before_those_in_a_name_of_ones_own(self, world):
        crowd = [list_of(dataclasses.replace(OUTPUTS[0], time=n))[0]._replace(publisher=0) for n in range(20, 25)]
        world.answer = lambda url: DATA if url.endswith("list") else b""
        world.sync(*crowd, recorded(), web=True)
        assert world.fetched[0][0] == "https://a.example/list"

    def test_a_list_that_is_full_of_one_file_leaves_room_for_others(self, world):
        crowd = [dataclasses.replace(OUTPUTS[1], time=n) for n in range(output_entries.MOST_OF_A_LIST + 30)]
        event, data = list_of(*crowd)
        world.answer = {"https://a.example/list": DATA, event.uri: data}.__getitem__
        world.sync(event._replace(publisher=0, signer=OTHER), web=True)
        world.sync(recorded(), web=True)
        said = world.said()
        assert len(said) == output_entries.MOST_OF_A_LIST + 1
        assert said[0].list.publisher == 1
        assert said[0].index == 1

    def test_stopping_leaves_the_rest_for_later(self, world):
        stop = threading.Event()

        def answer(_url):
            stop.set()
            return DATA

        world.answer = answer
        world.chain.add(recorded(), recorded("https://b.example", 2, OTHER, root=digest("other")))
        sync(
            world.home,
            NETWORK,
            [ScriptedNode(world.chain, final=2)],
            cancel=stop,
            access=Access(web=True, fetch=world.fetch),
        )
        assert [state for state, _ in world.states()] == [lists.HERE, lists.PENDING]
