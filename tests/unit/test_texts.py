"""The words: what they never say, that every code has some, and that strings from files stay harmless in them."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import examples as made
from tests.unit.test_weigh import CONFLICTS, WAYS

from touchstone import paths, texts, wire
from touchstone.check import weigh_conflicts, weigh_rows
from touchstone.check.opening import OpenFailure
from touchstone.check.register_claims import REASONS
from touchstone.check.run import Step
from touchstone.check.weigh import weigh
from touchstone.export.write import ExportTrouble
from touchstone.filefacts import Generator
from touchstone.report import (
    DETECTORS,
    Answer,
    Conflict,
    Finding,
    Kind,
    Media,
    Message,
    NotChecked,
    Protection,
    Status,
    Witness,
)
from touchstone.store.files import Trouble
from touchstone.texts import answers, exports, failures, findings, formats, generators, register, reports, reviewers
from touchstone.texts.plain import plain

ROOT = Path(__file__).parents[2]
MINE = {"own": True, "own_key": True, "domain_verified": False, "untrusted_publisher": "My desk"}
NEVER = re.compile(r"\b(authentic\w*|genuine\w*|real|fake\w*|verified true)\b", re.IGNORECASE)


def extraction():
    spec = importlib.util.spec_from_file_location("extract_texts", ROOT / "packaging" / "extract_texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


EXTRACT = extraction()
TEXTS = EXTRACT.texts()


def test_no_text_says_what_an_answer_never_says():
    said = [t for t in TEXTS if NEVER.search(t.singular) or NEVER.search(t.plural)]
    assert len(TEXTS) > 300
    assert said == []


def test_texts_do_not_shout():
    assert [t for t in TEXTS if "!" in t.singular + t.plural] == []


def test_every_placeholder_is_named():
    for text in TEXTS:
        for form in (text.singular, text.plural):
            names = [name for _, name, spec, conversion in string.Formatter().parse(form) if name is not None]
            assert all(name.isidentifier() for name in names), text
    plurals = [t for t in TEXTS if t.plural]
    assert plurals
    for text in plurals:
        assert fields(text.singular) <= fields(text.plural), text


def fields(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


def test_texts_that_are_put_together_are_refused(tmp_path):
    (tmp_path / "bad.py").write_text('_(f"{x}")\n', encoding="utf-8")
    with pytest.raises(EXTRACT.NotLiteralError):
        EXTRACT.texts(tmp_path)


def test_the_catalogue_holds_every_text_once(tmp_path):
    (tmp_path / "a.py").write_text('_("one {x}")\n_("two \\"2\\"\\n")\nngettext("a", "b", n)\n', encoding="utf-8")
    (tmp_path / "b.py").write_text('_("one {x}")\n', encoding="utf-8")
    made_of = EXTRACT.catalogue(EXTRACT.texts(tmp_path))
    assert made_of.count('msgid "one {x}"') == 1
    assert "#: a.py\n#: b.py\n#, python-brace-format" in made_of
    assert 'msgid "two \\"2\\"\\n"' in made_of
    assert 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""' in made_of


def test_the_catalogue_that_ships_is_one():
    shipped = (paths.resources() / "translations" / "touchstone.pot").read_text(encoding="utf-8")
    assert 'msgid "No proof either way"' in shipped


def emitted(*modules) -> set[str]:
    """Every string literal of these modules that could be a code."""
    found: set[str] = set()
    for module in modules:
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


class TestHeadlines:
    VARIANTS = (
        *WAYS.values(),
        (made.reviewers(ruling="generated"),),
        (made.reviewers(match="similar", ruling="generated"),),
        (made.reviewers(practice=True, own=True),),
        (made.credentials(integrity="changed", issuer="unknown"),),
        (made.credentials(history="ingredient-failed", failed_ingredients=[{"codes": ["a.mismatch"]}]),),
        (made.credentials(declares_ai="yes", declares_ai_extent="part"),),
        (made.credentials(sources_without=1),),
        (made.credentials(sources_without=2, time_stamp="", issuer="yours"),),
        (made.credentials(issuer="interim"),),
        (made.credentials(issuer="samples"),),
        (made.credentials(issuer="expired", declares_ai="yes"),),
        (made.credentials(issuer="unknown", declares_ai="yes", declares_ai_extent="part"),),
        (made.credentials(issuer="revoked"),),
        (made.credentials(issuer="unknown", list_dates={}),),
        (made.credentials(integrity="broken"),),
        (made.credentials(integrity="elsewhere"),),
        (made.register(mirror_age_s=400_000),),
        (made.register(domain_verified=False),),
        (made.register(domain_verified=False, registered=""),),
        (made.register(registered="", match="exact"),),
        (made.register(revoked=True),),
        (made.register(match="similar", domain_verified=False),),
        *((made.register(own=True, own_key=True, domain_verified=v),) for v in (False, True)),
        *((made.register(own=True, own_key=True, domain_verified=v, revoked=True),) for v in (False, True)),
        (made.register(own=True, own_key=True, match="similar", domain_verified=False),),
        (made.facts(declares_ai="yes", generator="other"),),
        (made.detector(Witness.FACE),),
        (made.detector(), made.detector(Witness.FACE)),
    )

    @pytest.mark.parametrize("findings_", VARIANTS)
    def test_every_outcome_has_its_own_words(self, findings_):
        report = made.report(*findings_)
        said, means = answers.headline(report.headline), answers.meaning(report)
        assert "no words" not in said
        assert not NEVER.search(said + means)
        assert not said.endswith(".")
        assert means.endswith(".")
        assert "{" not in said + means

    @pytest.mark.parametrize(
        ("findings_", "said"),
        [
            (WAYS["refuted"], "Reviewers found it altered (13 of 15 seats, final)"),
            (WAYS["changed"], "Changed since Example Cameras (Camera Y) signed it"),
            ((made.credentials(integrity="changed", issuer="unknown"),), "Changed since an unknown signer signed it"),
            (WAYS["withdrawn"], "Withdrawn by agence-x.example on 1 April 2026"),
            (WAYS["declared_signed"], "Example Cameras (Camera Y) says: AI-generated · official list"),
            (WAYS["upheld"], "Reviewers found no manipulation (15 of 15 seats, final)"),
            (
                WAYS["traced"],
                "Signed by Example Cameras (Camera Y), unchanged, time-stamped 12 March 2026 · official list",
            ),
            (
                (made.credentials(issuer="samples", issuer_name="Harbour", issuer_product="", time_stamp=""),),
                "Sample: Signed by Harbour, unchanged",
            ),
            (WAYS["registered"], "Registered by agence-x.example on 12 March 2026; not proof of authorship"),
            (
                (made.register(practice=True, own=True, registered=""),),
                "Practice: Registered by agence-x.example; not proof of authorship",
            ),
            (
                (made.register(**MINE, practice=True),),
                "Practice: Registered by you (My desk) on 12 March 2026; not proof of authorship",
            ),
            ((made.register(**MINE, registered=""),), "Registered by you (My desk); not proof of authorship"),
            (
                (made.register(**MINE, mirror_age_s=200_000),),
                (
                    "Registered by you (My desk) on 12 March 2026; not proof of authorship (the register's copy here is"
                    " 55 hours old)"
                ),
            ),
            ((made.register(**MINE, revoked="2026-04-01T00:00:00Z"),), "Withdrawn by you (My desk) on 1 April 2026"),
            ((made.register(**MINE, revoked=True),), "Withdrawn by you (My desk)"),
            (
                (made.register(**MINE, match="similar"),),
                "Looks like a file that you registered (My desk); it is not the same file",
            ),
            (
                (made.register(own=True, own_key=True),),
                "Registered by agence-x.example on 12 March 2026; not proof of authorship",
            ),
            (WAYS["declared_recorded"], "agence-x.example recorded that a model made it"),
            (
                (made.recorded(practice=True, match="none", own_key=True),),
                "Practice: You recorded that a model made it",
            ),
            (WAYS["signed_unknown"], "Signed and unchanged; the signer is on none of your lists"),
            (
                (made.credentials(issuer="expired"),),
                "Signed and unchanged; the certificate expired without a time stamp",
            ),
            (
                (made.credentials(issuer="unknown", declares_ai="yes"),),
                "Signed and unchanged; the signer is on none of your lists and says: AI-generated",
            ),
            (
                (made.credentials(issuer="expired", declares_ai="yes", declares_ai_extent="wholly"),),
                "Signed and unchanged; the certificate expired without a time stamp; the signer says: AI-generated",
            ),
            (WAYS["declared_unsigned"], "The file itself says: made with Stable Diffusion (unsigned)"),
            (WAYS["similar_refuted"], "Looks like a file that reviewers found altered"),
            (WAYS["detected"], "Detectors see signs of generation"),
            (
                WAYS["similar_registered"],
                "Looks like a file registered by agence-x.example; it is not the same file",
            ),
            (
                (made.failed(Witness.FACTS, "timeout", seconds=30),),
                "Could not be read: the reader was stopped after 30 s",
            ),
            ((), "No proof either way"),
        ],
    )
    def test_sentences(self, findings_, said):
        assert answers.headline(made.report(*findings_).headline) == said

    def test_what_one_registered_oneself_is_said_to_be(self):
        for verified in (False, True):
            standing = made.register(own=True, own_key=True, domain_verified=verified)
            gone = made.register(own=True, own_key=True, domain_verified=verified, revoked=True)
            assert answers.meaning(made.report(standing)).startswith("You registered this file yourself. That shows")
            assert answers.meaning(made.report(gone)).startswith(
                "You registered this file yourself, and have withdrawn"
            )
        sample = made.register(own=True, domain_verified=False)
        assert answers.meaning(made.report(sample)).startswith("Somebody has claimed")

    def test_a_headline_of_a_later_version_is_admitted(self):
        assert "no words" in answers.headline(Message("tomorrow", {"x": 1}))


@pytest.mark.parametrize("code", CONFLICTS)
def test_every_conflict_has_its_sentence(code):
    found = next(c for c in weigh(CONFLICTS[code], made.PHOTO).conflicts if c.code == code)
    said = answers.conflict(found)
    assert "no words" not in said
    assert said.endswith(".")
    assert "{" not in said


def test_every_conflict_that_can_be_found_is_among_the_examples():
    codes = {s for s in emitted(weigh_conflicts) if re.fullmatch(r"[a-z]+(-[a-z]+){1,6}", s)}
    assert codes - {"not-altered", "ingredient-failed"} == set(CONFLICTS)


def test_every_headline_that_can_be_given_is_among_the_examples():
    given_codes = {made.report(*f).headline.code for f in TestHeadlines.VARIANTS}
    literal = {s for s in emitted(weigh_rows) if re.fullmatch(r"[a-z]+(-[a-z]+){1,6}", s)}
    assert literal - {"ingredient-failed", "not-altered"} <= given_codes


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_has_a_word_and_a_tone(answer):
    assert answers.answer_word(answer)
    assert answers.tone(answer, Message("x")) in {"stone", "ink", "amber", "brick"}


def test_tones_of_the_table():
    assert answers.tone(Answer.DOUBTFUL, Message("changed")) == "brick"
    assert answers.tone(Answer.DOUBTFUL, Message("detectors")) == "amber"
    assert answers.tone(Answer.REFUTED, Message("refuted-altered")) == "brick"
    assert answers.tone(Answer.SIGNED_UNKNOWN, Message("signed-unknown")) == "ink"
    assert answers.tone(Answer.NO_PROOF, Message("no-proof")) == "stone"


@pytest.mark.parametrize("code", [*wire.WorkerFailure, *OpenFailure, "empty", "undecodable"])
def test_every_failure_says_why_and_what_to_do(code):
    assert f"({code})" not in failures.reason(str(code))
    assert failures.advice(str(code)).endswith(".")


@pytest.mark.parametrize("code", ExportTrouble)
def test_every_failed_export_says_what_to_do(code):
    error = type("Error", (), {"code": code})()
    said = exports.failure(error, Path("/tmp/\u202ereport.pdf"))
    assert said.startswith("/tmp/\\u202ereport.pdf: ")
    assert said.endswith(".")


@pytest.mark.parametrize("step", Step)
def test_every_step_has_a_name(step):
    assert reports.step(str(step)) != reports.step("something else")


@pytest.mark.parametrize("generator", list(Generator))
def test_every_generator_has_a_name(generator):
    assert generators.name(str(generator))


@pytest.mark.parametrize("junk", ["other", "", None, 3, [], "x"])
def test_no_name_is_made_up(junk):
    assert generators.name(junk) == ""


@pytest.mark.parametrize("witness", Witness)
def test_every_witness_has_words_whatever_became_of_it(witness):
    assert findings.witness_name(witness)
    assert findings.witness_question(witness).endswith("?")
    absent, failed = made.absent(witness), made.failed(witness, "timeout", seconds=30)
    assert findings.sentence(absent) == "Not checked: not installed yet."
    stopped = "detector" if witness in DETECTORS else "reader"
    assert findings.sentence(failed) == f"Could not be checked: the {stopped} was stopped after 30 s."
    assert findings.left_open(NotChecked(witness, "not-installed")).endswith(": not installed yet.")


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_word(status):
    assert findings.status_word(status)


def test_all_detectors_together_are_named_once():
    assert findings.witness_names([Witness.REGISTER, *DETECTORS]) == "Publisher register, Detectors"
    assert findings.witness_names([Witness.FACTS, Witness.FACE, Witness.VIDEO]) == "File facts; Detectors: faces, video"


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "agence-x.example registered exactly this file on 12 March 2026."),
        ({"claims": ["a", "b"]}, "1 other publisher has registered it too."),
        ({"domain_verified": False}, "An unverified publisher (agence-x.example) registered"),
        ({"revoked": "2026-04-01T00:00:00Z"}, "and has withdrawn it since."),
        ({"match": "similar"}, "is not the same file."),
        (MINE, "You (My desk) registered exactly this file on 12 March 2026."),
        (MINE | {"revoked": True}, "You (My desk) registered exactly this file on 12 March 2026 and have withdrawn it"),
        (MINE | {"match": "similar"}, "It looks like a file that you registered (My desk), and is not the same file."),
        ({"own": True, "own_key": True}, "agence-x.example registered exactly this file on 12 March 2026."),
        ({"match": "none"}, "Nobody has registered this file"),
        ({"practice": True}, "practice ledger"),
        ({"practice": True, "match": "none"}, "Only the practice ledger on your own computer was asked."),
        ({"match": "similar", "domain_verified": False}, "registered by an unverified publisher (agence-x.example)"),
        ({"match": "none", "claims": [], "discounted": [{"counts": False}]}, "with a key that does not count"),
        ({"match": "none", "compared": "kind"}, "among pictures and videos alone"),
        ({"match": "none", "compared": "quality"}, "too plain to look for likenesses"),
        ({"match": "none", "missing_files": 2}, "2 registered files could not be looked through"),
        ({"revoked": True, "revoked_by_compromised_key": True}, "A withdrawal is left aside"),
    ],
)
def test_the_register_speaks(details, said):
    assert said in findings.sentence(made.register(**details))


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "Reviewers found it altered (13 of 15 seats, final)."),
        ({"votes": None}, "Reviewers found it altered (a panel of 15 seats, final)."),
        ({"state": "open", "ruling": ""}, "An open dispute says nothing about the file."),
        ({"state": "open"}, "an appeal is being looked at: that decides nothing yet."),
        ({"state": "appealable", "appeal_ends": "2026-12-22T03:37:00Z"}, "pay for an appeal until 22 December 2026"),
        ({"state": "appealable"}, "Anyone can pay for an appeal, so it is not final yet."),
        ({"state": "unresolved", "ruling": "unresolved"}, "too few of the 15 seats voted, or too few agreed"),
        ({"state": "cancelled", "reason": "not-obtainable"}, "because reviewers could not get hold of the file"),
        ({"state": "cancelled"}, "A dispute was cancelled. That says nothing about the file."),
        ({"qualified": False}, "take this as a note"),
        ({"disagreed": True}, "Another panel about this file came to the opposite ruling."),
        ({"others": [{"state": "open"}]}, "It has been disputed again since."),
        (
            {"claims": [{"untrusted_claim": "Oslo", "state": "final", "ruling": "altered"}]},
            "A claim made with it was disputed as well: “Oslo” They found that it is used out of context.",
        ),
        ({"claim": "context", "untrusted_claim": "It was\u202e in Oslo"}, "“It was\\u202e in Oslo”"),
        ({"claim": "context", "ruling": "not-altered"}, "They found that it is not used out of context."),
        ({"claim": "context", "state": "open"}, "That dispute is open."),
        ({"match": "similar"}, "About a file that looks like this one:"),
        ({"match": "none"}, "Nobody has disputed this file."),
        ({"match": "none", "practice": True}, "Only the practice ledger on your own computer was asked."),
        ({"ruling": "cannot-tell"}, "could not tell"),
        ({"practice": True, "own": True}, "simulated reviewers"),
        (
            {"practice": True},
            "It decides only about samples, and what was flagged, voted on or registered with keys of this computer.",
        ),
        ({"practice": True, "shared": True, "network": "club"}, "whoever runs it can rewrite it."),
    ],
)
def test_reviewers_speak(details, said):
    assert said in findings.sentence(made.reviewers(**details))


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "10 of the seats were people's, 5 those of automated reviewers."),
        ({"opened": 15, "quorum": 10}, "15 seats voted; 10 had to."),
        ({"automated_seats": 0}, "All seats were people's."),
        ({"rounds": 2, "round": 1}, "The ruling is that of round 1 of 2."),
        ({"rounds": 2, "round": 1, "ruling": "", "state": "open"}, "It is in round 2."),
        ({"randomness": "future-block-hash"}, "drawn by the hash of a block to come: whoever makes that block"),
        ({"randomness": "0x" + "ab" * 20}, "by the source of randomness at 0xabab"),
        ({"others": [{}, {}]}, "There are 2 other cases about this file."),
        ({"match": "similar"}, "A ruling is about one file, byte for byte. This is another file."),
        ({"behind": 3}, "The newest 3 blocks of the ledger had not been read yet."),
    ],
)
def test_what_has_to_be_known_of_a_panel_is_told(details, said):
    assert said in " ".join(reviewers.notes(made.reviewers(**details)))


PANEL = ("match", "claim", "state", "ruling", "seats", "votes", "panels", "others", "claims", "rounds", "randomness")


@given(st.dictionaries(st.sampled_from(PANEL), st.none() | st.booleans() | st.integers() | st.text(max_size=9)))
def test_no_details_of_reviewers_are_too_strange_to_speak_of(details):
    finding = made.reviewers(**details)
    assert findings.sentence(finding)
    assert all(reviewers.notes(finding))


def test_a_ruling_about_a_claim_never_speaks_about_the_file():
    said = findings.sentence(made.reviewers(claim="context", untrusted_claim="Oslo, 2026"))
    assert "altered" not in said


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "Signs of generation found. At this limit 3 in 100 photographs that nobody touched are flagged;"),
        ({"decision": "none"}, "No signs found."),
        ({"decision": "inconclusive", "reason": "too-small"}, "Inconclusive: the picture is too small."),
        ({"error_rate": {}}, "How often it is wrong has not been measured."),
        ({"error_rate": {"false_alarms": 0.001}}, "fewer than 1 in 100"),
    ],
)
def test_detectors_never_speak_without_their_error_rate(details, said):
    spoken = findings.sentence(made.detector(**details))
    assert said in spoken
    assert "flagged" in spoken or "not been measured" in spoken
    assert "%" not in spoken


class TestProtection:
    def test_what_held_is_named_and_what_was_missing_too(self):
        full = Protection("pixels", process=True, limits=True, filesystem=True, syscalls=True)
        partly = Protection("provenance", process=True, limits=True)
        said = reports.protection([full, partly, Protection("other")])
        assert "Missing" not in said[0]
        assert "Missing on this system: no way to any other file, a short list of allowed system calls." in said[1]
        assert "not held by anything" in said[2]


class TestFormats:
    @pytest.fixture(autouse=True)
    def _zone(self, monkeypatch):
        monkeypatch.setenv("TZ", "Europe/Oslo")
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()

    def test_dates_are_local_and_name_their_zone(self):
        assert formats.moment("2026-03-12T23:05:00Z") == "13 March 2026, 00:05 CET"
        assert formats.minute("2026-03-12T23:05:00Z") == "13 March 2026, 00:05"
        assert formats.day("2026-03-12T23:05:00Z") == "13 March 2026"
        assert formats.day("2026-08-05") == "5 August 2026"

    @pytest.mark.parametrize("junk", ["", "soon", None, 5, "9999-12-31T23:59:59-23:59", "\x1b[31m"])
    def test_what_is_no_date_stays_harmless(self, junk):
        assert formats.day(junk) == plain(junk, 40)
        assert "\x1b" not in formats.moment(junk)
        assert "\x1b" not in formats.minute(junk)

    @pytest.mark.parametrize(
        ("count", "said"),
        [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (4e9, "4.0 GB")],
    )
    def test_sizes(self, count, said):
        assert formats.size(int(count)) == said

    @pytest.mark.parametrize(("seconds", "said"), [(0.84, "0.8 s"), (5, "0:05"), (245.4, "4:05"), (3723, "1:02:03")])
    def test_lengths(self, seconds, said):
        assert formats.length(seconds) == said

    @pytest.mark.parametrize(("ms", "said"), [(0, "0 ms"), (13, "13 ms"), (2500, "2.5 s")])
    def test_durations(self, ms, said):
        assert formats.took(ms) == said

    def test_thousands(self):
        assert formats.whole(1234567) == "1\u202f234\u202f567"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_line(kind):
    line = reports.media_line(Media("x", 10, "", kind, mime="image/x", width=4032, height=3024, duration=12.0))
    assert "4\u202f032 × 3\u202f024 pixels" in line
    assert "10 bytes" in line


HIDING = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@given(st.text(max_size=400), st.sampled_from(["integrity", "issuer", "match", "generator", "x"]))
def test_strings_from_files_never_hide_anything(hostile, key):
    """Whatever a file, a node or a contract writes comes out on one line, visible, and never as a pattern."""
    details = {
        "issuer_name": hostile,
        "issuer_product": hostile,
        "untrusted_publisher": hostile,
        "registered": hostile,
        "revoked": hostile,
        "untrusted_claim": hostile,
        "time_stamp": hostile,
        "reason": hostile,
    } | {key: hostile}
    said = [
        answers.headline(Message(code, details | {"date": hostile, "reason": hostile, "list": hostile}))
        for code in ("traced", "changed", "signed-ai", "withdrawn", "registered", "unreadable", "file-says-ai", "x")
    ]
    said.append(answers.headline(Message("registered-unverified", details | {"date": hostile, "own": True})))
    said.append(findings.sentence(made.register(**details | {"own_key": True, "domain_verified": False})))
    witnesses = (made.credentials, made.facts, made.register, made.reviewers, made.detector)
    said += [findings.sentence(make(**details)) for make in witnesses]
    said.append(answers.conflict(Conflict("changed-but-registered", (Witness.REGISTER,), details)))
    said.append(reports.rests_on(hostile, hostile))
    said.append(findings.sentence(Finding(Witness.FACTS, Status.FAILED, "worker-failed", {"failure": hostile})))
    said.append(findings.sentence(Finding(Witness.FACTS, Status.NOT_CHECKED, hostile)))
    for sentence in said:
        assert not HIDING.search(sentence)
        assert len(sentence) < 1200


def test_without_a_catalogue_texts_are_english():
    texts.use_language(["xx"])
    assert texts.language() == "en"
    assert texts.direction() == "ltr"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Registered 12 March 2026, 10:00 UTC, in block 1\N{NARROW NO-BREAK SPACE}234."),
        ({"batch": True}, "as one of a batch."),
        ({"registered": ""}, "Registered at an unknown time"),
        ({"final": False}, "It is not final yet."),
        ({"declares_ai": True}, "The publisher says: AI-generated."),
        ({"counts": False}, "It does not count: the key that signed it was not entitled to."),
        ({"counts": False, "compromised_since": "2026-02-01T00:00:00Z"}, "in other hands since 1 February 2026"),
        ({"revoked": "2026-04-01T00:00:00Z", "revoked_counts": True}, "Withdrawn 1 April 2026, 00:00 UTC: no reason"),
        ({"revoked": "2026-04-01T00:00:00Z"}, "counts for nothing: its key counts as being in other hands."),
    ],
)
def test_a_claim_is_told(changes, said):
    assert said in " ".join(register.history(made.claim(**changes)))


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_for_withdrawing_has_words(reason):
    gone = {"revoked": "2026-04-01T00:00:00Z", "revoked_counts": True, "revoked_reason": reason}
    assert register.history(made.claim(**gone))[1].startswith("Withdrawn 1 April 2026")


@pytest.mark.parametrize("code", [*Trouble, "timeout", "protocol", "nobody-knows"])
def test_whatever_is_wrong_with_a_register_has_words(code):
    found = Finding(Witness.REGISTER, Status.FAILED, f"register-{code}")
    assert findings.sentence(found).startswith("Could not be checked: ")
    assert "reader" not in findings.sentence(found)
    assert findings.left_open(NotChecked(Witness.REGISTER, f"register-{code}")).startswith("Publisher register: ")


@pytest.mark.parametrize(
    ("distance", "said"), [(0, "as good as"), (6, "very near"), (31, "near"), (None, ""), (True, "")]
)
def test_likenesses_have_words(distance, said):
    assert register.likeness(distance).startswith(said)
