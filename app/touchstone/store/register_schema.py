"""The mirror of a register: its tables. Sizes count here, a mirror may hold millions of rows.

Hashes and addresses are blobs, times unix seconds. Registrations, withdrawals and roots take their ids from one series
(`mirror.next_id`), so that ids tell which came first; none is ever used again, so that an index of fingerprints that is
older than a reorganisation names no other row than it meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from touchstone.store.register_schema_court import COURT
from touchstone.store.schema import Migration

APPLICATION_ID = 0x546F4D69  # "ToMi", in the header of the file

_FIRST: Migration = (
    # One row. `identity` is drawn when a mirror begins, `cursor` is the last block that was read, `indexed` the first
    # id that the index of fingerprints lacks (a hint: the index itself knows).
    """
    CREATE TABLE mirror (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        identity BLOB NOT NULL,
        chain_id INTEGER NOT NULL,
        publishers BLOB NOT NULL,
        media BLOB NOT NULL,
        cursor INTEGER NOT NULL,
        cursor_hash BLOB NOT NULL,
        final INTEGER NOT NULL,
        synced INTEGER NOT NULL,
        agreed INTEGER NOT NULL,
        registrations INTEGER NOT NULL,
        next_id INTEGER NOT NULL,
        indexed INTEGER NOT NULL
    )
    """,
    # Who registered, and what kind of thing: the same few over and over.
    """
    CREATE TABLE registrant (
        id INTEGER PRIMARY KEY,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        kind INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        UNIQUE (publisher, signer, kind, flags)
    )
    """,
    # A file that was registered. Of the items of one transaction the first has its hash; in the others `tx` is the id
    # of that one. A leaf of a Merkle batch has its `list` and no transaction: those that registered its root have one.
    # Hashes that there are none of are NULL.
    """
    CREATE TABLE registration (
        id INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL,
        pdq BLOB,
        manifest BLOB,
        parent BLOB,
        tx BLOB,
        block INTEGER,
        time INTEGER,
        registrant INTEGER,
        uri TEXT,
        list INTEGER
    )
    """,
    # By what registrations are found (`touchstone.registry.tags`).
    "CREATE TABLE tag (tag INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID",
    # Leaves are kept once for each root, however many registered that; their ids are `first`, `first + 1`, ...
    """
    CREATE TABLE list (
        id INTEGER PRIMARY KEY,
        root BLOB NOT NULL UNIQUE,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL
    )
    """,
    # `state`: 0 its list is still to be fetched, 1 the leaves are here, 2 its list is no good; `why` a code.
    """
    CREATE TABLE root (
        id INTEGER PRIMARY KEY,
        root BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        count INTEGER NOT NULL,
        list_hash BLOB NOT NULL,
        uri TEXT NOT NULL,
        tx BLOB NOT NULL,
        block INTEGER NOT NULL,
        time INTEGER NOT NULL,
        state INTEGER NOT NULL DEFAULT 0,
        why TEXT NOT NULL DEFAULT '',
        tried INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX root_by_root ON root (root)",
    "CREATE INDEX root_open ON root (id) WHERE state <> 1",
    # Of a file (`sha256`), of a leaf (`sha256`, `root`, `leaf`) or of a whole root (`root`).
    """
    CREATE TABLE withdrawal (
        id INTEGER PRIMARY KEY,
        sha256 BLOB,
        root BLOB,
        leaf INTEGER,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        reason INTEGER NOT NULL,
        replacement BLOB,
        tx BLOB NOT NULL,
        block INTEGER NOT NULL,
        time INTEGER NOT NULL
    )
    """,
    "CREATE INDEX withdrawal_by_sha256 ON withdrawal (sha256) WHERE sha256 IS NOT NULL",
    "CREATE INDEX withdrawal_by_root ON withdrawal (root) WHERE root IS NOT NULL",
    # What happened to publishers, as it happened; `publisher` and `signer` are what it comes to.
    """
    CREATE TABLE publisher_event (
        id INTEGER PRIMARY KEY,
        publisher INTEGER NOT NULL,
        event TEXT NOT NULL,
        address BLOB,
        other BLOB,
        roles INTEGER,
        since INTEGER,
        until INTEGER,
        text TEXT,
        tx BLOB NOT NULL,
        block INTEGER NOT NULL,
        time INTEGER NOT NULL
    )
    """,
    "CREATE INDEX publisher_event_by_publisher ON publisher_event (publisher)",
    """
    CREATE TABLE publisher (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        domain TEXT NOT NULL,
        controller BLOB NOT NULL,
        recovery BLOB NOT NULL,
        created INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE signer (
        publisher INTEGER NOT NULL,
        address BLOB NOT NULL,
        roles INTEGER NOT NULL,
        valid_from INTEGER NOT NULL,
        valid_to INTEGER NOT NULL,
        revoked INTEGER NOT NULL,
        compromised INTEGER NOT NULL,
        PRIMARY KEY (publisher, address)
    ) WITHOUT ROWID
    """,
    # Blocks whose hashes are known, the last final one and those after it; `next_id` is what it was after each.
    "CREATE TABLE tail (block INTEGER PRIMARY KEY, hash BLOB NOT NULL, next_id INTEGER NOT NULL)",
)

# The register of models, as it happened: what stands is worked out when it is asked for, so that the order in which
# blocks were read does not matter. `place` is a log's number in its block.
_MODELS: Migration = (
    # `models` is the register of models that is followed, b"" for none; its blocks `lack_first` to `lack_last` are
    # still to be read, none where the first is behind the last.
    "ALTER TABLE mirror ADD COLUMN models BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE mirror ADD COLUMN lack_first INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE mirror ADD COLUMN lack_last INTEGER NOT NULL DEFAULT -1",
    # `items` is big-endian, without zeros in front: 64 bits have no room in an INTEGER. A `family` that is the model
    # itself is NULL, as are hashes that there are none of.
    """
    CREATE TABLE model (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        model BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        manifest BLOB NOT NULL,
        signer BLOB NOT NULL,
        weights BLOB NOT NULL,
        data_root BLOB,
        items BLOB NOT NULL,
        record BLOB NOT NULL,
        evaluation BLOB,
        family BLOB,
        uri TEXT NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX model_by_model ON model (model)",
    "CREATE INDEX model_by_manifest ON model (manifest, publisher)",
    "CREATE INDEX model_by_weights ON model (weights, publisher)",
    "CREATE INDEX model_by_record ON model (record, publisher)",
    # By signer too: anybody may register the weights of others a thousand times, and must not make that slow.
    "CREATE INDEX model_by_manifest_signer ON model (manifest, signer)",
    "CREATE INDEX model_by_weights_signer ON model (weights, signer)",
    "CREATE INDEX model_by_record_signer ON model (record, signer)",
    """
    CREATE TABLE model_parent (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        model BLOB NOT NULL,
        parent BLOB NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX model_parent_by_model ON model_parent (model)",
    "CREATE INDEX model_parent_by_parent ON model_parent (parent)",
    """
    CREATE TABLE model_status (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        model BLOB NOT NULL,
        owner INTEGER NOT NULL,
        signer BLOB NOT NULL,
        status INTEGER NOT NULL,
        reason INTEGER NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX model_status_by_model ON model_status (model)",
    # `done` is 0 for an offer, 1 for a model that went over.
    """
    CREATE TABLE model_move (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        model BLOB NOT NULL,
        old INTEGER NOT NULL,
        new INTEGER NOT NULL,
        done INTEGER NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX model_move_by_model ON model_move (model)",
    "CREATE INDEX model_move_taken ON model_move (new, model) WHERE done = 1",
    # Without an `evaluation` the publisher takes back what it said.
    """
    CREATE TABLE attestation (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        model BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        evaluation BLOB,
        reason INTEGER NOT NULL,
        uri TEXT NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX attestation_by_model ON attestation (model)",
    # `state`, `why` and `tried` as those of a `root`.
    """
    CREATE TABLE output_list (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        root BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        count INTEGER NOT NULL,
        list_hash BLOB NOT NULL,
        uri TEXT NOT NULL,
        state INTEGER NOT NULL DEFAULT 0,
        why TEXT NOT NULL DEFAULT '',
        tried INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX output_list_by_root ON output_list (root)",
    "CREATE INDEX output_list_by_signer ON output_list (signer, root)",
    "CREATE INDEX output_list_open ON output_list (block) WHERE state <> 1",
    """
    CREATE TABLE output_withdrawal (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        root BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        reason INTEGER NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX output_withdrawal_by_signer ON output_withdrawal (signer, root)",
    # The outputs of a list are kept once for each root; their ids are `first`, `first + 1`, ... What many of them share
    # is a number in them.
    """
    CREATE TABLE output_set (
        id INTEGER PRIMARY KEY,
        root BLOB NOT NULL UNIQUE,
        first INTEGER NOT NULL UNIQUE,
        count INTEGER NOT NULL
    )
    """,
    "CREATE TABLE output_manifest (id INTEGER PRIMARY KEY, manifest BLOB NOT NULL UNIQUE)",
    "CREATE TABLE output_witness (id INTEGER PRIMARY KEY, witness TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE output (
        id INTEGER PRIMARY KEY,
        media BLOB NOT NULL,
        manifest INTEGER NOT NULL,
        witness INTEGER NOT NULL,
        score INTEGER,
        decision INTEGER NOT NULL,
        time INTEGER NOT NULL
    )
    """,
    "CREATE INDEX output_by_manifest ON output (manifest)",
    "CREATE TABLE output_tag (tag INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID",
    """
    CREATE TABLE retirement (
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        tx BLOB NOT NULL,
        item BLOB NOT NULL,
        publisher INTEGER NOT NULL,
        signer BLOB NOT NULL,
        reason INTEGER NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX retirement_by_item ON retirement (item)",
)

PAGE = 8192  # bytes; smaller ones waste more on rows of this size
MIGRATIONS: Sequence[Migration] = (_FIRST, _MODELS, COURT)
WITH_FILES, WITH_MODELS, WITH_COURT = 1, 2, 3  # the least version that knows of files, of models, of the court
