"""The tables of court and pool in the mirror of a register (`register_schema`)."""

from __future__ import annotations

from touchstone.store.schema import Migration

# The court and its pool: their logs as they came, and what they come to, worked out anew for a case whenever there is
# something new about it. Amounts of more than 63 bits are kept big-endian.
COURT: Migration = (
    # `court` is the addresses of court and pool that are followed, one after the other, b"" for none; of those, blocks
    # `court_first` to `court_last` are still to be read, none where the first is behind the last.
    "ALTER TABLE mirror ADD COLUMN court BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE mirror ADD COLUMN court_first INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE mirror ADD COLUMN court_last INTEGER NOT NULL DEFAULT -1",
    # `pool` is 1 for a log of the pool's. `topics` are those after the first, which `kind` stands for
    # (`touchstone.registry.court_rows`). `number` is the case, `account` who it is about, where there is one.
    """
    CREATE TABLE court_event (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        pool INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        topics BLOB NOT NULL,
        data BLOB NOT NULL,
        number INTEGER,
        account BLOB,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX court_event_by_case ON court_event (number) WHERE number IS NOT NULL",
    "CREATE INDEX court_event_by_account ON court_event (account) WHERE account IS NOT NULL",
    # Parameters, pauses, frozen trees: few, and looked for by what they are.
    "CREATE INDEX court_event_by_kind ON court_event (kind) WHERE number IS NULL AND account IS NULL",
    "CREATE TABLE court_parameters (number INTEGER PRIMARY KEY, said BLOB NOT NULL, block INTEGER NOT NULL)",
    # Pauses of the court, as far as they go.
    "CREATE TABLE court_pause (start INTEGER PRIMARY KEY, until INTEGER NOT NULL, block INTEGER NOT NULL)",
    # `closed` is 1 for a case that is final or cancelled.
    """
    CREATE TABLE court_case (
        id INTEGER PRIMARY KEY,
        media BLOB NOT NULL,
        closed INTEGER NOT NULL,
        phase INTEGER NOT NULL,
        round INTEGER NOT NULL,
        ruling INTEGER NOT NULL,
        decided_by INTEGER NOT NULL,
        reason INTEGER NOT NULL,
        claim BLOB,
        claim_text TEXT NOT NULL,
        flagger BLOB NOT NULL,
        bounty INTEGER NOT NULL,
        bond INTEGER NOT NULL,
        publisher INTEGER NOT NULL,
        parameters INTEGER NOT NULL,
        evidence BLOB NOT NULL,
        uri TEXT NOT NULL,
        flagged INTEGER NOT NULL,
        evidence_ends INTEGER NOT NULL,
        pot INTEGER NOT NULL,
        share INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        block INTEGER NOT NULL,
        tx BLOB NOT NULL
    )
    """,
    "CREATE INDEX court_case_by_media ON court_case (media)",
    # What lists are made of: narrow, so that all of it is soon looked through. `words` are a claim's, case-folded.
    """
    CREATE TABLE court_words (
        id INTEGER PRIMARY KEY,
        phase INTEGER NOT NULL,
        publisher INTEGER NOT NULL,
        words TEXT NOT NULL
    )
    """,
    "CREATE INDEX court_words_by_phase ON court_words (phase)",
    "CREATE INDEX court_words_by_publisher ON court_words (publisher) WHERE publisher <> 0",
    """
    CREATE TABLE court_round (
        id INTEGER NOT NULL,
        round INTEGER NOT NULL,
        requested INTEGER NOT NULL,
        randomness BLOB,
        panel INTEGER NOT NULL,
        panel_automated INTEGER NOT NULL,
        root BLOB,
        commit_starts INTEGER NOT NULL,
        commit_ends INTEGER NOT NULL,
        reveal_ends INTEGER NOT NULL,
        tallied INTEGER NOT NULL,
        appeal_ends INTEGER NOT NULL,
        ruling INTEGER NOT NULL,
        people BLOB NOT NULL,
        automated BLOB NOT NULL,
        funded_with INTEGER NOT NULL,
        funded_against INTEGER NOT NULL,
        stake INTEGER NOT NULL,
        PRIMARY KEY (id, round)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE court_seat (
        id INTEGER NOT NULL,
        round INTEGER NOT NULL,
        place INTEGER NOT NULL,
        voter BLOB NOT NULL,
        automated INTEGER NOT NULL,
        family BLOB,
        seats INTEGER NOT NULL,
        locked INTEGER NOT NULL,
        sealed BLOB,
        opened INTEGER,
        salt BLOB,
        leaked INTEGER NOT NULL,
        unobtainable INTEGER NOT NULL,
        why BLOB,
        why_uri TEXT NOT NULL,
        settled INTEGER NOT NULL,
        paid INTEGER NOT NULL,
        slashed INTEGER NOT NULL,
        PRIMARY KEY (id, round, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX court_seat_by_voter ON court_seat (voter, settled, id)",
    # Who takes part in a case, other than by a seat: flagger, who sent evidence, who paid for an appeal.
    """
    CREATE TABLE court_part (
        account BLOB NOT NULL,
        id INTEGER NOT NULL,
        PRIMARY KEY (account, id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX court_part_by_case ON court_part (id)",
)
