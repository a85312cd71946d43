"""Exports: the document and its schema, the page, the PDF, and how files are written."""

from __future__ import annotations

import base64
import hashlib
import html as html_text
import json
import os
import re
import stat
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import examples as made
from tests.unit.test_weigh import CONFLICTS, WAYS

from touchstone import paths
from touchstone.export import document, html, icons, palette, png, write
from touchstone.export.write import ExportError, ExportTrouble
from touchstone.report import Answer, Media, Picture, Report, Witness, loads
from touchstone.texts import answers

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PICTURES = {"thumbnail": made.picture(), "ingredient-1": made.picture(60, 40)}
REPORTS = {f"row-{name}": made.report(*findings) for name, findings in WAYS.items()}
REPORTS |= {f"conflict-{name}": made.report(*findings) for name, findings in CONFLICTS.items()}
REPORTS |= {
    "laundered": made.laundered(),
    "unopened": made.report(
        *(made.failed(w, "missing") for w in (Witness.CREDENTIALS, Witness.FACTS)),
        media=Media("gone.jpg", 0, ""),
    ),
}
SCHEMA = json.loads((paths.resources() / "schema" / "report-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
HOSTILE = "laundered"


class TestDocument:
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    @pytest.mark.parametrize("name", REPORTS)
    def test_every_report_keeps_to_the_schema(self, name):
        VALIDATOR.validate(json.loads(document.canonical(document.to_document(REPORTS[name]))))

    @pytest.mark.parametrize("turned", [{}, {"pdq_orientations": ["0f" * 32] * 8}])
    def test_frames_of_clips_are_read_with_their_orientations_and_as_they_were_before(self, turned):
        data = document.to_document(REPORTS[HOSTILE])
        frame = {"time": 0.5, "pdq": "0f" * 32, "quality": 80, **turned}
        data["media"]["fingerprints"] = {"pdq_frames": [frame] * 16, "pipeline": "pdq/1"}
        VALIDATOR.validate(data)
        assert loads(document.canonical(data)).media.fingerprints == data["media"]["fingerprints"]
        frame["pdq_orientations"] = ["0f" * 32] * 7
        assert not VALIDATOR.is_valid(data)

    @pytest.mark.parametrize("revoked", [None, "2026-04-01T00:00:00Z"])
    def test_whoever_reads_it_is_not_told_that_it_was_they_who_registered_the_file(self, revoked):
        own = {"domain_verified": False, "own": True, "own_key": True, "revoked": revoked}
        report = made.report(made.register(**own, claims=[made.claim(own_key=True)]))
        assert "you" in answers.headline(report.headline).split()
        data = document.to_document(report)
        assert "you" not in (data["headline_text"] + " " + data["findings"][0]["text"]).casefold().split()
        assert data["findings"][0]["details"]["own_key"] is True
        shown = html.render(report, {}).casefold()
        assert not re.search(r"\byou registered|by you\b|one of your own", shown)

    def test_a_ruling_comes_with_its_rounds(self):
        votes = {"altered": 12, "generated": 0, "not-altered": 1, "cannot-tell": 1}
        panel = {"round": 1, "seats": 15, "human_seats": 10, "automated_seats": 5, "ruling": "altered", "votes": votes}
        report = made.report(made.reviewers(panels=[panel]))
        VALIDATOR.validate(document.to_document(report))
        shown = html.render(report, {})
        assert "case 7 on Base, final" in shown
        assert "altered · of 15 seats: altered 12, no manipulation 1, could not tell 1, not opened 1" in shown

    @pytest.mark.parametrize("key", sorted(SCHEMA["required"]))
    def test_the_schema_needs_every_field(self, key):
        data = document.to_document(REPORTS[HOSTILE])
        del data[key]
        assert not VALIDATOR.is_valid(data)

    @pytest.mark.parametrize(
        "path",
        [(), ("media",), ("headline",), ("findings", 0), ("conflicts", 0), ("not_checked", 0), ("protection", 0)],
    )
    def test_the_schema_knows_no_other_fields(self, path):
        data = document.to_document(REPORTS[HOSTILE])
        inner = data
        for key in path:
            inner = inner[key]
        inner["extra"] = 1
        assert not VALIDATOR.is_valid(data)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("answer",), "authentic"),
            (("media", "sha256"), "ABC"),
            (("findings", 0, "details", "integrity"), "perfect"),
            (("findings", 0, "details", "issuer"), "friend"),
            (("findings", 1, "details", "declares_ai"), True),
            (("findings", 0, "witness"), "oracle"),
        ],
    )
    def test_the_schema_knows_no_other_values(self, path, value):
        data = document.to_document(REPORTS[HOSTILE])
        inner = data
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        assert not VALIDATOR.is_valid(data)

    def test_fields_stand_in_the_order_of_reading(self):
        keys = list(document.to_document(REPORTS[HOSTILE]))
        assert keys[:7] == ["schema", "created", "application", "media", "answer", "headline", "headline_text"]

    def test_the_hash_is_that_of_the_canonical_bytes_whatever_the_order(self):
        data = document.to_document(REPORTS[HOSTILE])
        turned = dict(reversed(list(data.items())))
        assert document.digest(data) == document.digest(turned)
        assert document.digest(data) == hashlib.sha256(document.canonical(data)).hexdigest()

    def test_the_hash_changes_with_any_word(self):
        data = document.to_document(REPORTS[HOSTILE])
        assert document.digest(data) != document.digest(data | {"headline_text": "Signed by me"})

    def test_canonical_bytes_hide_nothing(self):
        raw = document.canonical(document.to_document(REPORTS[HOSTILE]))
        assert raw.isascii()
        assert all(byte >= 0x20 for byte in raw)


class TestPng:
    @given(st.integers(1, 9), st.integers(1, 9), st.data())
    def test_the_pixels_come_out_as_they_went_in(self, width, height, data):
        rgb = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
        assert decoded(png.encode(Picture(width, height, rgb))) == (width, height, rgb)

    def test_other_readers_agree(self):
        from PySide6.QtGui import QImage

        picture = made.picture(31, 17)
        image = QImage.fromData(png.encode(picture)).convertToFormat(QImage.Format.Format_RGB888)
        assert (image.width(), image.height()) == (31, 17)
        rows = [bytes(image.constScanLine(y))[: 31 * 3] for y in range(17)]
        assert b"".join(rows) == picture.rgb


def decoded(data: bytes) -> tuple[int, int, bytes]:
    """The pixels of a PNG by a reader of this test's own, checksums held."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        assert zlib.crc32(name + body) == int.from_bytes(data[at + 8 + size : at + 12 + size], "big")
        chunks[name], at = body, at + 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height = (int.from_bytes(chunks[b"IHDR"][n : n + 4], "big") for n in (0, 4))
    raw, row, above, rgb = zlib.decompress(chunks[b"IDAT"]), width * 3 + 1, bytes(width * 3), b""
    for start in range(0, len(raw), row):
        assert raw[start] == 2
        above = bytes((a + b) & 0xFF for a, b in zip(raw[start + 1 : start + row], above, strict=True))
        rgb += above
    return width, height, rgb


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "path", "circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page():
    return html.render(REPORTS[HOSTILE], PICTURES)


class TestHtml:
    def test_it_is_well_formed(self, page):
        assert Seen(page).open == []

    def test_it_runs_nothing_and_fetches_nothing(self, page):
        for tag, attributes in Seen(page).tags:
            assert tag not in {"script", "iframe", "object", "embed", "link", "base", "form", "a", "video", "audio"}
            assert not [name for name in attributes if name.startswith("on")]
            for name in ("src", "href", "srcset", "action", "data", "background"):
                assert (attributes.get(name) or "data:image/png;base64,").startswith("data:image/png;base64,")
        assert not re.search(r"url\(|@import", page)

    def test_its_policy_forbids_what_it_does_not_need(self, page):
        meta = [a for tag, a in Seen(page).tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
        assert meta[0]["content"].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")

    def test_strings_from_the_file_show_literally(self, page):
        seen = Seen(page)
        assert "<b>Evil</b> & \\u202eexe.gpj\\u001b[31m {x} %s \\u2066<img src=//evil.example/x" in seen.text
        assert not [tag for tag, a in seen.tags if tag == "b" or "evil" in str(a)]
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", page)

    def test_it_tells_everything(self, page):
        report, text = REPORTS[HOSTILE], Seen(page).text
        data = document.to_document(report)
        for said in (data["headline_text"], report.media.sha256, *(f["text"] for f in data["findings"][:2])):
            assert said in text
        for conflict in data["conflicts"]:
            assert conflict["text"] in text
        assert "not installed yet" in text
        assert "harbour at dusk, original.jpg" in text

    def test_it_carries_the_json_and_its_hash_and_says_what_it_is_worth(self, page):
        data = document.to_document(REPORTS[HOSTILE])
        assert document.digest(data) in page
        carried = re.search(r'<pre class="code">(.*?)</pre>', page, re.DOTALL)
        assert carried is not None
        raw = html_text.unescape(carried.group(1)).encode()
        assert raw == document.canonical(data)
        assert loads(raw) == REPORTS[HOSTILE]
        assert "Anybody can write a page like this one." in page

    def test_pictures_are_those_of_the_report(self, page):
        sources = [a["src"] for tag, a in Seen(page).tags if tag == "img"]
        assert [decoded(base64.b64decode(s.split(",")[1]))[:2] for s in sources] == [(320, 240), (60, 40), (60, 40)]

    @pytest.mark.parametrize("name", REPORTS)
    def test_every_report_has_a_page(self, name):
        seen = Seen(html.render(REPORTS[name], {}))
        assert seen.open == []
        assert document.to_document(REPORTS[name])["headline_text"] in seen.text

    @given(st.text(max_size=60))
    def test_no_name_breaks_out(self, name):
        report = made.report(made.unsigned(), made.facts(), media=Media(name, 1, "0" * 64))
        seen = Seen(html.render(report, {}))
        assert [tag for tag, _ in seen.tags] == PLAIN_TAGS


PLAIN_TAGS = [
    tag
    for tag, _ in Seen(html.render(made.report(made.unsigned(), made.facts(), media=Media("x", 1, "0" * 64)), {})).tags
]


class TestPalette:
    def test_it_is_that_of_the_window(self):
        from touchstone.ui import style

        for ours, theirs in ((palette.LIGHT, style.LIGHT), (palette.DARK, style.DARK)):
            for name in ours.__slots__:
                assert getattr(ours, name) == getattr(theirs, name)

    @pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK])
    def test_text_can_be_read_on_what_it_stands_on(self, theme):
        pairs = [(c, b) for c in (theme.text, theme.muted, theme.accent) for b in (theme.background, theme.surface)]
        pairs += [theme.tone(tone) for tone in ("stone", "ink", "amber", "brick")]
        pairs += [(theme.text, theme.amber_soft), (theme.brick, theme.background)]
        for colour, ground in pairs:
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: str) -> float:
        channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_has_an_icon_within_its_grid(answer):
    for _command, numbers in icons.strokes(answer):
        assert all(0 <= n <= icons.GRID for n in numbers)
    assert icons.svg(answer, 20).startswith('<svg width="20"')


class TestWriting:
    @pytest.mark.parametrize(("suffix", "start"), [(".json", b"{"), (".html", b"<!DOCTYPE html>"), (".pdf", b"%PDF-")])
    def test_the_ending_chooses_the_form(self, tmp_path, suffix, start, qapp):
        target = tmp_path / f"report{suffix.upper()}"
        write.save(REPORTS[HOSTILE], PICTURES, target)
        assert target.read_bytes().startswith(start)
        assert list(tmp_path.iterdir()) == [target]

    def test_the_hash_of_the_json_file_is_the_hash_on_the_page(self, tmp_path):
        for suffix in (".json", ".html"):
            write.save(REPORTS[HOSTILE], {}, tmp_path / f"r{suffix}")
        found = hashlib.sha256((tmp_path / "r.json").read_bytes()).hexdigest()
        assert found in (tmp_path / "r.html").read_text(encoding="utf-8")

    def test_a_saved_report_is_the_report(self, tmp_path):
        write.save(REPORTS[HOSTILE], {}, tmp_path / "r.json")
        assert loads((tmp_path / "r.json").read_bytes()) == REPORTS[HOSTILE]

    def test_what_was_there_is_replaced_and_a_link_keeps_its_place(self, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        there = tmp_path / "elsewhere" / "old.json"
        there.write_text("old", encoding="utf-8")
        link = tmp_path / "r.json"
        link.symlink_to(there)
        write.save(REPORTS[HOSTILE], {}, link)
        assert link.is_symlink()
        assert there.read_bytes().startswith(b"{")

    def test_others_may_read_it_as_far_as_the_user_lets_them(self, tmp_path):
        before = os.umask(0o027)
        try:
            write.save(REPORTS[HOSTILE], {}, tmp_path / "r.json")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o640

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("r.txt", ExportTrouble.NO_FORMAT),
            ("r", ExportTrouble.NO_FORMAT),
            ("absent/r.json", ExportTrouble.MISSING_FOLDER),
            ("folder.json", ExportTrouble.NOT_A_FILE),
            ("pipe.json", ExportTrouble.NOT_A_FILE),
            ("file/r.json", ExportTrouble.MISSING_FOLDER),
            ("r\0.json", ExportTrouble.FAILED),
            ("loop.json", ExportTrouble.FAILED),
            ("x" * 300 + ".json", ExportTrouble.FAILED),
        ],
    )
    def test_a_target_that_cannot_be_is_refused_in_words(self, tmp_path, name, code):
        (tmp_path / "folder.json").mkdir()
        (tmp_path / "file").touch()
        (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
        os.mkfifo(tmp_path / "pipe.json")
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ExportError) as caught:
            write.save(REPORTS[HOSTILE], {}, tmp_path / name)
        assert caught.value.code is code
        assert str(caught.value).endswith(".")
        assert sorted(tmp_path.rglob("*")) == before

    def test_no_permission(self, tmp_path):
        folder = tmp_path / "closed"
        folder.mkdir()
        code = "from tests.unit import test_export; test_export.save_as_nobody()"
        folder.chmod(0o555)
        tmp_path.chmod(0o755)
        done = run_limited(code, folder / "r.json")
        assert done.stdout.strip() == "read-only"
        assert list(folder.iterdir()) == []

    def test_a_full_disk_leaves_the_old_report(self, tmp_path):
        target = tmp_path / "r.json"
        target.write_text("old", encoding="utf-8")
        code = "from tests.unit import test_export; test_export.save_with_no_room()"
        done = run_limited(code, target)
        assert done.stdout.strip() == "full"
        assert target.read_text(encoding="utf-8") == "old"
        assert list(tmp_path.iterdir()) == [target]

    def test_folders_for_several_reports(self, tmp_path):
        write.make_folder(tmp_path / "a" / "b")
        assert (tmp_path / "a" / "b").is_dir()
        (tmp_path / "file").touch()
        for name in ("file", "file/below"):
            with pytest.raises(ExportError) as caught:
                write.make_folder(tmp_path / name)
            assert caught.value.code is ExportTrouble.NOT_A_FOLDER


def run_limited(code: str, target: Path) -> subprocess.CompletedProcess[str]:
    """Run code of this module in a process of its own, where limits can be set."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )


def save_with_no_room() -> None:
    """In a child: files may not grow past 100 bytes, as on a disk that is full."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    _say_trouble()


def save_as_nobody() -> None:
    """In a child: as a user whom permissions hold (root is held by none)."""
    if os.geteuid() == 0:
        os.setegid(65534)
        os.seteuid(65534)
    _say_trouble()


def _say_trouble() -> None:
    try:
        write.save(REPORTS[HOSTILE], {}, Path(sys.argv[1]))
    except ExportError as error:
        sys.stdout.write(error.code)


class TestPdf:
    @pytest.fixture(autouse=True)
    def _application(self, qapp):
        """Qt has one application in a process, and other tests want it to be able to show windows."""

    @pytest.mark.parametrize("name", [HOSTILE, "row-traced", "row-no_proof", "unopened", "row-refuted"])
    def test_every_line_is_whole_and_on_one_page(self, name):
        document, lines = laid_out(REPORTS[name])
        assert len(lines) > 20
        height, width = document.pageSize().height(), document.pageSize().width()
        for text, line, rect in lines:
            assert line.naturalTextWidth() <= line.width() + 1, text
            assert rect.right() <= width + 1, text
            assert rect.left() >= -1, text
            assert int((rect.top() + 1) // height) == int((rect.bottom() - 1) // height), text

    def test_it_tells_what_the_page_tells(self):
        document, _lines = laid_out(REPORTS[HOSTILE])
        text = re.sub(r"\s+", " ", document.toPlainText())
        data = json.loads(data_of(REPORTS[HOSTILE]))
        for said in (data["headline_text"], data["media"]["sha256"], *(c["text"] for c in data["conflicts"])):
            assert said in text
        assert "<b>Evil</b> & \\u202eexe.gpj\\u001b[31m {x} %s \\u2066<img src=//evil.example/x" in text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", text)

    def test_a_heading_is_never_left_alone_at_the_foot(self):
        for extra in range(0, 12, 3):
            media = Media("x" * 120 * extra + ".jpg", 1, "0" * 64)
            document, lines = laid_out(made.report(made.credentials(), made.facts(), media=media))
            height = document.pageSize().height()
            headings = [rect for text, line, rect in lines if text in {"The file", "How it was checked"}]
            assert len(headings) == 2
            assert all(height - rect.bottom() % height > height * 0.05 for rect in headings)

    def test_pages_are_numbered_to_their_end(self, tmp_path):
        target = tmp_path / "r.pdf"
        write.save(REPORTS[HOSTILE], PICTURES, target)
        raw = target.read_bytes()
        assert raw.rstrip().endswith(b"%%EOF")
        document, _lines = laid_out(REPORTS[HOSTILE])
        assert len(re.findall(rb"/Type\s*/Page\b", raw)) == document.pageCount() > 1

    def test_it_can_be_made_away_from_the_main_thread(self):
        from concurrent.futures import ThreadPoolExecutor

        from touchstone.export import pdf

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(pdf.encode, REPORTS[HOSTILE], PICTURES).result(60).startswith(b"%PDF")


def test_a_pdf_needs_no_display(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    code = (
        "import sys; from pathlib import Path; from tests.unit import examples as made;"
        "from touchstone.export import write; write.save(made.laundered(), {}, Path(sys.argv[1]))"
    )
    target = tmp_path / "r.pdf"
    subprocess.run(
        [sys.executable, "-c", code, str(target)],
        cwd=Path(__file__).parents[2],
        env=environment,
        timeout=60,
        check=True,
    )
    assert target.read_bytes().startswith(b"%PDF")


def laid_out(report: Report):
    """The report as Qt lays it out for A4: the document, and `(text, line, place on the pages)` of each line."""
    from PySide6.QtCore import QBuffer, QIODevice

    from touchstone.export import page as pages
    from touchstone.export import pdf

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    shown = pages.build(report, PICTURES)
    writer = pdf._writer(buffer, shown)
    laid = pdf._document(shown, writer)
    laid._kept = (buffer, writer)
    lines, block = [], laid.begin()
    while block.isValid():
        at = laid.documentLayout().blockBoundingRect(block).topLeft()
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            text = block.text()[line.textStart() : line.textStart() + line.textLength()].strip("\xa0 ")
            if text:
                lines.append((text, line, line.naturalTextRect().translated(at)))
        block = block.next()
    return laid, lines


def data_of(report: Report) -> bytes:
    """The canonical bytes of its document."""
    return document.canonical(document.to_document(report))
