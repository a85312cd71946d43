"""The answer table: every row, every precedence, every conflict, and that nothing makes it fail."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import examples as made

from touchstone.check import weigh_rows
from touchstone.check.weigh import weigh
from touchstone.report import Answer, Conflict, Finding, Media, Message, NotChecked, Status, Verdict, Witness

UNREADABLE = Media("cut.jpg", 1000, "0" * 64)
EMPTY = Media("empty.jpg", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def answer(*findings: Finding, media: Media = made.PHOTO) -> tuple[str, str]:
    verdict = weigh(findings, media)
    return str(verdict.answer), verdict.headline.code


def headline(*findings: Finding, media: Media = made.PHOTO) -> Message:
    return weigh(findings, media).headline


# One way to each row, in the order of the rows. The witnesses differ so that any two rows can hold at once.
WAYS = {
    "refuted": (made.reviewers(),),
    "changed": (made.credentials(integrity="changed"),),
    "source_failed": (made.credentials(history="ingredient-failed"),),
    "withdrawn": (made.register(revoked="2026-04-01T00:00:00Z"),),
    "declared_signed": (made.credentials(declares_ai="yes", declares_ai_extent="wholly"),),
    "upheld": (made.reviewers(ruling="not-altered", votes={"not-altered": 15}),),
    "traced": (made.credentials(),),
    "withdrawn_unverified": (made.register(revoked="2026-04-01T00:00:00Z", domain_verified=False),),
    "declared_recorded": (made.recorded(),),
    "registered": (made.register(),),
    "signed_unknown": (made.credentials(issuer="unknown"),),
    "declared_unsigned": (made.facts(declares_ai="yes", generator="stable-diffusion"),),
    "similar_refuted": (made.reviewers(match="similar"),),
    "detected": (made.detector(),),
    "similar_registered": (made.register(match="similar"),),
    "unreadable": (made.failed(Witness.FACTS, "unreadable"),),
    "no_proof": (),
}
ANSWERS = {
    "refuted": ("refuted", "refuted-altered"),
    "changed": ("doubtful", "changed"),
    "source_failed": ("doubtful", "source-failed"),
    "withdrawn": ("doubtful", "withdrawn"),
    "declared_signed": ("declared-ai", "signed-ai"),
    "upheld": ("upheld", "upheld"),
    "traced": ("traced", "traced"),
    "withdrawn_unverified": ("doubtful", "withdrawn-unverified"),
    "declared_recorded": ("declared-ai", "recorded-ai"),
    "registered": ("registered", "registered"),
    "signed_unknown": ("signed-unknown", "signed-unknown"),
    "declared_unsigned": ("declared-ai", "file-says-ai"),
    "similar_refuted": ("similar", "similar-altered"),
    "detected": ("doubtful", "detectors"),
    "similar_registered": ("similar", "similar-registered"),
    "unreadable": ("unreadable", "unreadable"),
    "no_proof": ("no-proof", "no-proof"),
}
PUBLISHER = {"untrusted_publisher": "agence-x.example"}
SIGNER = {"list": "official", "issuer_name": "Example Cameras", "issuer_product": "Camera Y"}
ALTERED_BY, UNALTERED_BY = {"votes": 13, "seats": 15}, {"votes": 15, "seats": 15}
SAYS = {
    "refuted": ALTERED_BY,
    "changed": {"issuer_name": "Example Cameras", "issuer_product": "Camera Y"},
    "withdrawn": PUBLISHER | {"date": "2026-04-01T00:00:00Z"},
    "declared_signed": SIGNER | {"extent": "wholly", "where": "this"},
    "upheld": UNALTERED_BY,
    "traced": SIGNER | {"time_stamp": "2026-03-12T13:05:00Z"},
    "withdrawn_unverified": PUBLISHER | {"date": "2026-04-01T00:00:00Z"},
    "declared_recorded": PUBLISHER | {"date": "2026-03-11T10:00:00Z"},
    "registered": PUBLISHER | {"date": "2026-03-12T10:00:00Z"},
    "declared_unsigned": {"generator": "stable-diffusion"},
    "similar_refuted": ALTERED_BY,
    "detected": {"kind": "generation", "witnesses": ["ai-image"]},
    "similar_registered": PUBLISHER,
    "unreadable": {"reason": "unreadable"},
}
NAMES = [row.__name__ for row in weigh_rows.ROWS]


def together(first: str, second: str) -> tuple[Finding, ...] | None:
    """Findings of which both rows hold; None where one witness would have to say two things at once."""
    merged: dict[Witness, Finding] = {}
    for finding in (*WAYS[first], *WAYS[second]):
        before = merged.get(finding.witness)
        if before is None:
            merged[finding.witness] = finding
            continue
        both = _merged(before, finding)
        if both is None:
            return None
        merged[finding.witness] = both
    return tuple(merged.values())


PLAIN = {
    Witness.CREDENTIALS: made.credentials(),
    Witness.REGISTER: made.register(),
    Witness.REVIEWERS: made.reviewers(),
}


def _merged(first: Finding, second: Finding) -> Finding | None:
    """One finding with what sets either apart from the plain case, where that can be said together."""
    if first.witness not in PLAIN or Status.FAILED in {first.status, second.status}:
        return None
    plain = PLAIN[first.witness].details
    details = dict(plain)
    for finding in (first, second):
        for key, value in finding.details.items():
            if value != plain.get(key):
                if details.get(key) != plain.get(key):
                    return None
                details[key] = value
    return replace(first, details=details)


def holds(name: str, findings: tuple[Finding, ...], media: Media = made.PHOTO) -> bool:
    row = weigh_rows.ROWS[NAMES.index(name)]
    from touchstone.check import weigh_views

    return row(weigh_views.evidence(findings, media)) is not None


def test_the_table_has_a_way_to_every_row():
    assert NAMES == list(WAYS) == list(ANSWERS)
    assert {first for first, _code in ANSWERS.values()} == set(Answer)


@pytest.mark.parametrize("name", NAMES)
def test_row(name):
    assert answer(*WAYS[name]) == ANSWERS[name]
    assert headline(*WAYS[name]).params == SAYS.get(name, {})


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(NAMES, 2)))
def test_the_first_of_two_rows_that_hold_wins(first, second):
    findings = together(first, second)
    if findings is None or not (holds(first, findings) and holds(second, findings)):
        assert (first, second) in EXCLUSIVE, "these two rows should be able to hold at once"
        return
    assert (first, second) not in EXCLUSIVE
    verdict = weigh(findings, made.PHOTO)
    assert str(verdict.answer) == ANSWERS[first][0]


# Rows of one witness that cannot hold of one file, whatever that witness says.
EXCLUSIVE = {
    ("changed", "declared_signed"),
    ("changed", "traced"),
    ("changed", "signed_unknown"),
    ("declared_signed", "signed_unknown"),
    ("traced", "signed_unknown"),
    ("withdrawn", "withdrawn_unverified"),
    ("refuted", "upheld"),
    ("refuted", "similar_refuted"),
    ("upheld", "similar_refuted"),
    ("withdrawn", "similar_registered"),
    ("withdrawn_unverified", "similar_registered"),
    ("registered", "similar_registered"),
    # What could be parsed is not unreadable.
    ("changed", "unreadable"),
    ("source_failed", "unreadable"),
    ("declared_signed", "unreadable"),
    ("traced", "unreadable"),
    ("signed_unknown", "unreadable"),
    ("declared_unsigned", "unreadable"),
}


class TestRefuted:
    @pytest.mark.parametrize("ruling", ["altered", "generated"])
    def test_by_ruling(self, ruling):
        said = headline(made.reviewers(ruling=ruling))
        assert said == Message(f"refuted-{ruling}", {"votes": 13, "seats": 15})

    def test_votes_for_either_kind_of_alteration_count(self):
        assert headline(made.reviewers(votes={"altered": 8, "generated": 5})).params["votes"] == 13

    @pytest.mark.parametrize(
        "details",
        [
            {"seats": 14},
            {"seats": 7},
            {"qualified": False},
            {"qualified": "yes"},
            {"human_seats": 0},
            {"state": "open"},
            {"state": "appealable"},
            {"claim": "context"},
            {"ruling": "cannot-tell"},
            {"ruling": "unresolved"},
            {"match": "none"},
            {"practice": True},
        ],
    )
    def test_only_by_a_qualified_final_ruling_about_this_file(self, details):
        assert answer(made.reviewers(**details)) == ("no-proof", "no-proof")

    def test_practice_decides_about_ones_own_and_says_so(self):
        said = headline(made.reviewers(practice=True, own=True, qualified=False))
        assert said == Message("refuted-altered", {"votes": 13, "seats": 15, "practice": True})

    def test_practice_panels_need_their_seats_too(self):
        assert answer(made.reviewers(practice=True, own=True, seats=7)) == ("no-proof", "no-proof")


class TestChanged:
    def test_names_the_signer_where_chain_and_signature_verify(self):
        said = headline(made.credentials(integrity="changed"))
        assert said == Message("changed", {"issuer_name": "Example Cameras", "issuer_product": "Camera Y"})

    @pytest.mark.parametrize(
        "details",
        [
            {"issuer": "unknown"},
            {"issuer": "expired"},
            {"issuer": "revoked"},
            {"issuer": "none"},
            {"signature": False},
            {"codes": ["claimSignature.mismatch"]},
            {"issuer_name": ""},
        ],
    )
    def test_names_nobody_otherwise(self, details):
        assert headline(made.credentials(integrity="changed", **details)) == Message("changed", {})

    def test_a_source_that_no_longer_fits_its_signature_is_named_as_changed(self):
        failed = [{"node": 1, "codes": ["assertion.dataHash.mismatch"]}]
        said = headline(made.credentials(history="ingredient-failed", failed_ingredients=failed))
        assert said.code == "source-changed"

    def test_a_source_that_fails_otherwise_is_not_called_changed(self):
        failed = [{"node": 1, "codes": ["claim.missing"]}]
        said = headline(made.credentials(history="ingredient-failed", failed_ingredients=failed))
        assert said.code == "source-failed"


class TestWithdrawn:
    def test_by_its_publisher(self):
        said = headline(made.register(revoked="2026-04-01T00:00:00Z"))
        assert said == Message("withdrawn", {"untrusted_publisher": "agence-x.example", "date": "2026-04-01T00:00:00Z"})

    def test_outweighs_a_signature_where_the_publisher_is_known(self):
        assert answer(made.credentials(), made.register(revoked=True)) == ("doubtful", "withdrawn")

    def test_a_stranger_cannot_smear_by_registering_and_withdrawing(self):
        stranger = made.register(revoked=True, domain_verified=False)
        assert answer(made.credentials(), stranger) == ("traced", "traced")
        assert answer(stranger) == ("doubtful", "withdrawn-unverified")

    def test_what_one_has_withdrawn_oneself_outweighs_a_signature(self):
        own = made.register(revoked=True, domain_verified=False, own_key=True)
        assert answer(made.credentials(), own) == ("doubtful", "withdrawn-unverified")
        assert headline(own).params["own"] is True
        sample = made.register(revoked=True, domain_verified=False, own=True)
        assert answer(made.credentials(), sample) == ("traced", "traced")

    def test_a_withdrawal_by_a_stolen_key_counts_for_nothing(self):
        stolen = made.register(revoked=True, revoked_by_compromised_key=True)
        assert answer(stolen) == ("registered", "registered")

    def test_of_a_similar_file_only_says_nothing(self):
        assert answer(made.register(match="similar", revoked=True)) == ("no-proof", "no-proof")


class TestDeclared:
    @pytest.mark.parametrize("issuer", ["official", "interim", "yours", "samples"])
    def test_by_a_signer_on_a_list(self, issuer):
        said = headline(made.credentials(issuer=issuer, declares_ai="yes", declares_ai_extent="part"))
        assert said.code == "signed-ai"
        assert said.params["extent"] == "part"
        assert said.params["list"] == issuer
        assert said.params.get("sample", False) is (issuer == "samples")

    @pytest.mark.parametrize("issuer", ["unknown", "expired", "revoked"])
    def test_a_signer_on_no_list_is_unknown_first_and_quoted_then(self, issuer):
        said = headline(made.credentials(issuer=issuer, declares_ai="yes", declares_ai_extent="wholly"))
        assert said == Message(f"signed-{issuer}", {"declares_ai": "wholly"})

    def test_a_changed_file_is_not_quoted(self):
        assert answer(made.credentials(integrity="changed", declares_ai="yes")) == ("doubtful", "changed")

    def test_by_the_file_itself(self):
        assert headline(made.facts(declares_ai="yes", generator="comfyui")).params == {"generator": "comfyui"}


class TestTraced:
    def test_carries_what_the_headline_tells(self):
        assert headline(made.credentials(sources_without=2)) == Message(
            "traced",
            {
                "issuer_name": "Example Cameras",
                "issuer_product": "Camera Y",
                "list": "official",
                "time_stamp": "2026-03-12T13:05:00Z",
                "untraceable": 2,
            },
        )

    def test_no_date_without_a_trusted_time_stamp(self):
        assert "time_stamp" not in headline(made.credentials(time_stamp="", stamp="untrusted")).params

    def test_a_sample_is_said_to_be_one(self):
        assert headline(made.credentials(issuer="samples")).params["sample"] is True


class TestRegistered:
    def test_unverified_publishers_are_said_to_be(self):
        assert headline(made.register(domain_verified=False)).code == "registered-unverified"

    def test_ones_own_is_said_to_be(self):
        assert headline(made.register(own=True, own_key=True)).params["own"] is True
        assert headline(made.register(match="similar", own=True, own_key=True)).params["own"] is True
        assert "own" not in headline(made.register(own=True)).params

    @pytest.mark.parametrize(("age", "hours"), [(86_400, None), (86_401, 24), (200_000, 55)])
    def test_a_stale_mirror_is_said_in_the_headline(self, age, hours):
        verdict = weigh([made.register(mirror_age_s=age)], made.PHOTO)
        assert verdict.headline.params.get("stale_hours") == hours
        assert (NotChecked(Witness.REGISTER, "mirror-stale") in verdict.not_checked) is (hours is not None)

    def test_the_practice_ledger_decides_about_ones_own_only(self):
        assert answer(made.register(practice=True)) == ("no-proof", "no-proof")
        assert headline(made.register(practice=True, own=True)).params["practice"] is True


class TestSigned:
    @pytest.mark.parametrize("issuer", ["unknown", "expired", "revoked", "none"])
    def test_by_nobody_on_a_list(self, issuer):
        code = f"signed-{issuer}" if issuer != "none" else "signed-unknown"
        assert answer(made.credentials(issuer=issuer)) == ("signed-unknown", code)

    def test_says_that_there_are_no_lists(self):
        assert headline(made.credentials(issuer="unknown", list_dates={})).params == {"no_lists": True}


class TestSimilar:
    @pytest.mark.parametrize("quality", [0, 49])
    def test_needs_a_fingerprint_of_quality(self, quality):
        assert answer(made.register(match="similar", quality=quality)) == ("no-proof", "no-proof")
        assert answer(made.reviewers(match="similar", quality=quality)) == ("no-proof", "no-proof")

    def test_is_told_of_from_the_agreed_quality_on(self):
        assert headline(made.register(match="similar", quality=50)) == Message("similar-registered", PUBLISHER)
        assert headline(made.reviewers(match="similar", quality=50)) == Message("similar-altered", ALTERED_BY)

    def test_to_a_file_that_was_upheld_says_nothing(self):
        assert answer(made.reviewers(match="similar", ruling="not-altered")) == ("no-proof", "no-proof")

    def test_by_an_unverified_publisher(self):
        assert headline(made.register(match="similar", domain_verified=False)).code == "similar-registered-unverified"


class TestDetectors:
    @pytest.mark.parametrize(
        "details",
        [
            {"decision": "none"},
            {"decision": "inconclusive"},
            {"error_rate": {}},
            {"error_rate": {"false_alarms": None}},
            {"error_rate": {"false_alarms": float("nan")}},
            {"joint_limit": False},
        ],
    )
    def test_weigh_only_when_measured_and_above_the_joint_limit(self, details):
        assert answer(made.detector(**details)) == ("no-proof", "no-proof")

    @pytest.mark.parametrize(
        ("witnesses", "kind"),
        [
            ([Witness.AI_IMAGE], "generation"),
            ([Witness.FACE], "manipulation"),
            ([Witness.SPLICE, Witness.FACE], "manipulation"),
            ([Witness.FORENSIC, Witness.SPLICE], "both"),
        ],
    )
    def test_say_what_they_see_signs_of(self, witnesses, kind):
        said = headline(*(made.detector(w) for w in witnesses))
        assert said.params["kind"] == kind
        assert sorted(said.params["witnesses"]) == sorted(map(str, witnesses))


class TestUnreadable:
    @pytest.mark.parametrize(
        "failure",
        ["unreadable", "timeout", "cpu", "memory", "crashed", "too-large", "protocol", "internal"],
    )
    def test_where_the_reader_failed_and_there_are_no_credentials(self, failure):
        failed = made.failed(Witness.FACTS, failure, seconds=30)
        said = headline(made.unsigned(), failed)
        assert said == Message("unreadable", {"reason": failure, "seconds": 30})

    def test_where_both_readers_failed(self):
        failed = [made.failed(w, "unavailable") for w in (Witness.CREDENTIALS, Witness.FACTS)]
        assert headline(*failed).params == {"reason": "unavailable"}

    def test_not_where_a_reader_could_not_start_but_the_other_has_looked(self):
        assert answer(made.unsigned(), made.failed(Witness.FACTS, "unavailable")) == ("no-proof", "no-proof")

    def test_not_where_nobody_tried(self):
        unknown = made.failed(Witness.FACTS, "unsupported")
        assert answer(made.unsigned(), unknown) == ("no-proof", "no-proof")
        absent = Finding(Witness.FACTS, Status.NOT_CHECKED, "unsupported")
        assert answer(made.unsigned(), absent) == ("no-proof", "no-proof")

    def test_where_the_credentials_of_a_document_could_not_be_read(self):
        absent = Finding(Witness.FACTS, Status.NOT_CHECKED, "not-applicable")
        failed = Finding(Witness.CREDENTIALS, Status.FAILED, "worker-failed", {"failure": "crashed"})
        assert headline(failed, absent).params == {"reason": "crashed"}

    def test_not_where_the_pixels_could_be_read(self):
        failed = Finding(Witness.CREDENTIALS, Status.FAILED, "worker-failed", {"failure": "crashed"})
        verdict = weigh([failed, made.facts()], made.PHOTO)
        assert verdict.answer is Answer.NO_PROOF
        assert NotChecked(Witness.CREDENTIALS, "crashed") in verdict.not_checked

    def test_where_headers_alone_can_be_read(self):
        assert headline(made.unsigned(), made.facts(notes=["undecodable"])).params == {"reason": "undecodable"}

    def test_where_the_file_was_never_opened(self):
        failed = [
            Finding(w, Status.FAILED, "not-opened", {"why": "no-permission"})
            for w in (Witness.CREDENTIALS, Witness.FACTS)
        ]
        said = headline(*failed, media=Media("a", 0, ""))
        assert said == Message("unreadable", {"reason": "no-permission"})

    def test_an_empty_file(self):
        unread = made.failed(Witness.FACTS, "unsupported")
        assert headline(made.unsigned(), unread, media=EMPTY).params == {"reason": "empty"}


class TestRecorded:
    def test_another_known_publisher_who_stands_by_the_file_is_not_overruled(self):
        assert answer(made.recorded(same_publisher=False)) == ("registered", "registered")
        assert answer(made.recorded(same_publisher=False, match="none")) == ("declared-ai", "recorded-ai")

    def test_whoever_is_not_known_decides_nothing(self):
        assert answer(made.recorded(decides=False, match="none")) == ("no-proof", "no-proof")

    def test_on_a_practice_ledger_only_ones_own_word_decides(self):
        assert answer(made.recorded(practice=True, match="none")) == ("no-proof", "no-proof")
        said = headline(made.recorded(practice=True, match="none", own_key=True))
        assert (said.code, said.params["own"], said.params["practice"]) == ("recorded-ai", True, True)

    def test_a_signature_outweighs_it(self):
        assert answer(made.recorded(), made.credentials()) == ("traced", "traced")


class TestNoProof:
    @pytest.mark.parametrize(
        ("details", "code"),
        [
            ({"integrity": "broken", "issuer": "none"}, "no-proof-broken"),
            ({"integrity": "elsewhere", "issuer": "none"}, "no-proof-elsewhere"),
            ({"integrity": "broken", "issuer": "none", "reason": "file-unreadable"}, "no-proof"),
        ],
    )
    def test_says_what_became_of_credentials(self, details, code):
        assert answer(made.credentials(**details), made.facts()) == ("no-proof", code)

    def test_damaged_credentials_in_an_unreadable_file(self):
        broken = made.credentials(integrity="broken", issuer="none")
        assert answer(broken, made.failed(Witness.FACTS, "crashed")) == ("unreadable", "unreadable")


NOT_ALTERED = made.reviewers(ruling="not-altered", votes={"not-altered": 15})
AI_FACTS = made.facts(declares_ai="yes", generator="stable-diffusion")
AI_SIGNED = made.credentials(declares_ai="yes", declares_ai_extent="wholly", signals=["created", "generated-wholly"])
CONFLICTS = {
    "signed-but-file-says-ai": (made.credentials(), AI_FACTS),
    "signed-ai-but-file-says-captured": (AI_SIGNED, made.facts(source_type="digitalCapture")),
    "signed-but-thumbnail-differs": (made.credentials(), made.facts(thumbnail="differs")),
    "changed-but-registered": (made.credentials(integrity="changed"), made.register()),
    "signed-but-withdrawn": (made.credentials(), made.register(revoked=True)),
    "manifests-disagree": (made.credentials(integrity="changed", other={"from": "sidecar", "integrity": "intact"}),),
    "ruled-altered-but-signed": (made.reviewers(), made.credentials()),
    "ruled-altered-but-registered": (made.reviewers(), made.register()),
    "similar-altered-but-signed": (made.reviewers(match="similar"), made.credentials()),
    "ruled-unaltered-but-signed-ai": (NOT_ALTERED, AI_SIGNED),
    "ruled-unaltered-but-file-says-ai": (NOT_ALTERED, AI_FACTS),
    "ruled-unaltered-but-changed": (NOT_ALTERED, made.credentials(history="ingredient-failed")),
    "ruled-unaltered-but-withdrawn": (NOT_ALTERED, made.register(revoked=True)),
    "several-claimants": (made.register(claims=[made.claim(), made.claim(publisher=8, relied=False)]),),
    "registered-but-file-says-ai": (made.register(), AI_FACTS),
    "signed-but-recorded-ai": (made.credentials(), made.recorded()),
    "registered-but-recorded-ai": (made.recorded(same_publisher=False),),
    "ruled-unaltered-but-recorded-ai": (NOT_ALTERED, made.recorded()),
    "signs-but-captured": (made.detector(), made.credentials()),
    "signs-but-signed": (made.detector(), made.credentials(signals=["edited"])),
    "signs-but-ruled-unaltered": (made.detector(), NOT_ALTERED),
    "detectors-disagree": (made.detector(), made.detector(Witness.FORENSIC, decision="none")),
}
AGREEING = [
    (made.credentials(), made.facts(thumbnail="matches"), made.register(), NOT_ALTERED),
    (AI_SIGNED, AI_FACTS, made.detector(), made.reviewers(ruling="generated")),
    (made.credentials(integrity="changed"), made.reviewers(), made.facts(thumbnail="differs")),
    (made.unsigned(), made.facts(), made.detector(), made.detector(Witness.FACE, decision="inconclusive")),
    (made.detector(), made.detector(Witness.FACE, decision="none"), made.detector(Witness.SPLICE, decision="none")),
    (made.detector(Witness.SPLICE), made.detector(Witness.FORENSIC, decision="none")),
    (made.credentials(other={"from": "sidecar", "integrity": "intact"}),),
    (made.register(match="similar", claims=3), made.reviewers(match="similar")),
]


C, F, G, R = Witness.CREDENTIALS, Witness.FACTS, Witness.REGISTER, Witness.REVIEWERS
TOLD = {
    "signed-but-file-says-ai": ((C, F), {"generator": "stable-diffusion"}),
    "signed-ai-but-file-says-captured": ((C, F), {}),
    "signed-but-thumbnail-differs": ((C, F), {}),
    "changed-but-registered": ((C, G), PUBLISHER),
    "signed-but-withdrawn": ((C, G), PUBLISHER),
    "manifests-disagree": ((C,), {}),
    "ruled-altered-but-signed": ((R, C), ALTERED_BY),
    "ruled-altered-but-registered": ((R, G), ALTERED_BY),
    "similar-altered-but-signed": ((R, C), ALTERED_BY),
    "ruled-unaltered-but-signed-ai": ((R, C), UNALTERED_BY),
    "ruled-unaltered-but-file-says-ai": ((R, F), UNALTERED_BY),
    "ruled-unaltered-but-changed": ((R, C), UNALTERED_BY),
    "ruled-unaltered-but-withdrawn": ((R, G), UNALTERED_BY),
    "several-claimants": ((G,), {"claims": 2}),
    "registered-but-file-says-ai": ((G, F), PUBLISHER),
    "signed-but-recorded-ai": ((C, G), PUBLISHER),
    "registered-but-recorded-ai": ((G,), PUBLISHER),
    "ruled-unaltered-but-recorded-ai": ((R, G), PUBLISHER),
    "signs-but-captured": ((Witness.AI_IMAGE, C), {}),
    "signs-but-signed": ((Witness.AI_IMAGE, C), {}),
    "signs-but-ruled-unaltered": ((Witness.AI_IMAGE, R), {}),
    "detectors-disagree": ((Witness.AI_IMAGE, Witness.FORENSIC), {}),
}


def conflicts(*findings: Finding) -> list[str]:
    return [c.code for c in weigh(findings, made.PHOTO).conflicts]


@pytest.mark.parametrize("code", CONFLICTS)
def test_conflict(code):
    assert Conflict(code, *TOLD[code]) in weigh(CONFLICTS[code], made.PHOTO).conflicts


def test_a_file_ruled_unaltered_but_changed_since_it_was_signed():
    assert conflicts(NOT_ALTERED, made.credentials(integrity="changed")) == ["ruled-unaltered-but-changed"]


@pytest.mark.parametrize("findings", AGREEING)
def test_no_conflict_among_those_who_agree(findings):
    assert weigh(findings, made.PHOTO).conflicts == ()


@pytest.mark.parametrize("code", [c for c in CONFLICTS if len(CONFLICTS[c]) == 2])
def test_a_conflict_takes_two(code):
    for finding in CONFLICTS[code]:
        assert code not in [c.code for c in weigh([finding], made.PHOTO).conflicts]


class TestLeftOpen:
    def test_every_witness_that_has_not_answered_stands_there_with_its_reason(self):
        findings = [made.unsigned(), made.failed(Witness.FACTS, "timeout"), made.absent(Witness.REGISTER)]
        open_questions = dict.fromkeys(Witness, "not-installed") | {Witness.FACTS: "timeout"}
        del open_questions[Witness.CREDENTIALS]
        found = weigh(findings, made.PHOTO).not_checked
        assert {(n.witness, n.why) for n in found} == set(open_questions.items())

    @pytest.mark.parametrize(
        ("details", "why"),
        [
            ({"integrity": "elsewhere"}, "remote-manifest"),
            ({"identity": "not-checked-offline"}, "identity-offline"),
            ({"coverage": "exclusions"}, "bytes-not-covered"),
            ({"list_dates": {"yours": "2026-01-01"}}, "no-official-list"),
            ({}, "revocation-offline"),
            ({"integrity": "broken", "reason": "file-unreadable"}, "file-unreadable"),
        ],
    )
    def test_in_credentials_that_were_read(self, details, why):
        assert NotChecked(Witness.CREDENTIALS, why) in weigh([made.credentials(**details)], made.PHOTO).not_checked

    @pytest.mark.parametrize(
        ("findings", "said"),
        [
            ([made.credentials()], {(C, "revocation-offline")}),
            ([made.credentials(integrity="changed")], {(C, "revocation-offline")}),
            ([made.credentials(list_dates=None)], {(C, "revocation-offline")}),
            ([made.credentials(integrity="broken", list_dates={})], set()),
            ([made.unsigned(), made.facts(), made.register()], {(F, "invisible-watermarks")}),
            ([made.unsigned(), made.facts(notes=["undecodable"])], set()),
        ],
    )
    def test_nothing_that_was_settled_or_does_not_apply(self, findings, said):
        found = {(n.witness, n.why) for n in weigh(findings, made.PHOTO).not_checked}
        assert {(witness, why) for witness, why in found if why != "not-installed"} == said

    def test_a_witness_that_was_not_asked_gives_its_own_reason(self):
        aside = Finding(Witness.FACTS, Status.NOT_CHECKED, "unsupported", {"failure": "crashed"})
        assert NotChecked(Witness.FACTS, "unsupported") in weigh([aside], made.PHOTO).not_checked

    @pytest.mark.parametrize("details", [{"issuer": "revoked"}, {"codes": ["signingCredential.ocsp.notRevoked"]}])
    def test_revocation_that_is_known(self, details):
        found = weigh([made.credentials(**details)], made.PHOTO).not_checked
        assert NotChecked(Witness.CREDENTIALS, "revocation-offline") not in found

    def test_watermarks_that_nobody_can_read(self):
        assert NotChecked(Witness.FACTS, "invisible-watermarks") in weigh([made.facts()], made.PHOTO).not_checked


KEYS = sorted({key for findings in [*WAYS.values(), *CONFLICTS.values()] for f in findings for key in f.details})
WORDS = (
    "intact changed broken elsewhere official samples unknown yes no exact similar altered not-altered final signs none"
    " differs ingredient-failed digitalCapture file"
)
VALUES = st.one_of(
    st.sampled_from(WORDS.split()),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.none(),
    st.text(max_size=5),
    st.lists(st.one_of(st.text(max_size=3), st.dictionaries(st.text(max_size=2), st.none())), max_size=3),
    st.dictionaries(st.sampled_from(["false_alarms", "integrity", "altered", "official"]), st.integers() | st.floats()),
)
DETAILS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=12)
FINDINGS = st.lists(
    st.builds(
        Finding,
        witness=st.sampled_from(Witness),
        status=st.sampled_from(Status),
        code=st.sampled_from(["none", "timeout", "unsupported", "not-installed", "worker-failed"]),
        params=st.dictionaries(st.sampled_from(["failure", "why", "seconds"]), VALUES),
        details=DETAILS,
    ),
    max_size=8,
)
MEDIA = st.sampled_from([made.PHOTO, EMPTY, UNREADABLE, Media("a", 0, ""), Media("a", 9, "")])


@given(FINDINGS, MEDIA)
def test_whatever_witnesses_say_there_is_one_answer(findings, media):
    verdict = weigh(findings, media)
    assert isinstance(verdict, Verdict)
    assert verdict == weigh(findings, media)
    assert {n.witness for n in verdict.not_checked} >= set(Witness) - {
        f.witness for f in findings if f.status is Status.DONE
    }


@given(FINDINGS, MEDIA, st.sampled_from([n for n in NAMES if n != "no_proof"]))
def test_a_further_statement_never_weakens_the_answer(findings, media, name):
    """What a row rests on wins, or something above it does, whatever else is said by the other witnesses."""
    rests_on = {f.witness for f in WAYS[name]}
    others = [f for f in findings if f.witness not in rests_on]
    before = _place(others, media)
    after = _place([*others, *WAYS[name]], media)
    if not (name == "unreadable" and after > NAMES.index(name)):  # somebody else could read it
        assert after <= NAMES.index(name)
    if NAMES[before] != "unreadable":
        assert after <= before


def _place(findings, media) -> int:
    from touchstone.check import weigh_views

    seen = weigh_views.evidence(findings, media)
    return next(i for i, row in enumerate(weigh_rows.ROWS) if row(seen) is not None)
