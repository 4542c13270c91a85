"""Signatures, kept papers, scans, mandates and keys; papers beside the slip; reserved numbers; printing in bulk."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.store.base import Instant

revision = "0004"
down_revision = "0003"

WAYS = "hand screen tablet certificate"
PARTS_THAT_WERE_SETTINGS = {"slip_heading": "heading", "slip_requirements": "requirement"}
LONGEST_HEADING = 40
OTHER_SLIPS = ("replaces_id", "split_from_id")
"""Columns in which a slip names another one."""


def upgrade() -> None:
    _slips()
    _columns()
    _new_tables()
    _signatures_so_far()
    _words_so_far()


def _words_so_far() -> None:
    """The slip's heading and its requirement were settings; what the office had made of them is version 1 of the slip's words."""
    settings = sa.table("office_setting", sa.column("name"), sa.column("value", sa.JSON()))
    given = op.get_bind().execute(sa.select(settings).where(settings.c.name.in_(PARTS_THAT_WERE_SETTINGS))).all()
    plain = str.maketrans({"{": "（", "}": "）", "\\": "／"})
    texts = {PARTS_THAT_WERE_SETTINGS[it.name]: str(it.value or "").translate(plain).strip() for it in given}
    if texts.get("heading"):
        texts["heading"] = "{区县}" + texts["heading"][:LONGEST_HEADING]
    else:
        texts.pop("heading", None)
    if texts:
        words = sa.table(
            "paper_text",
            *(sa.column(it) for it in ("kind", "version", "texts", "why", "made_by")),
            sa.column("made_at", Instant()),
        )
        op.get_bind().execute(
            words.insert().values(
                kind="slip",
                version=1,
                texts=json.dumps(texts, ensure_ascii=False, sort_keys=True),
                why="沿用原来的工作设置",
                made_by="系统",
                made_at=_first_numbered() or datetime.now(UTC),
            )
        )
    op.execute(settings.delete().where(settings.c.name.in_(PARTS_THAT_WERE_SETTINGS)))


def _first_numbered() -> datetime | None:
    """So long the words have held: slips on their way keep them."""
    slip = sa.table("slip", sa.column("numbered_at", Instant()))
    first: datetime | None = op.get_bind().scalar(sa.select(sa.func.min(slip.c.numbered_at, type_=Instant())))
    return first


def _new_tables() -> None:
    op.create_table(
        "paper_text",
        sa.Column(
            "kind",
            sa.Enum(
                "slip",
                "transfer",
                "reminder",
                "supervision",
                "result_report",
                "extension",
                "objection",
                "closing",
                "look_back",
                "registration",
                "notice",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_paper_text")),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("revoked_by", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by = '')", name=op.f("ck_mandate_revoked_by_somebody")),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_mandate_ends_after_it_begins")),
        sa.CheckConstraint("leader_id <> delegate_id", name=op.f("ck_mandate_to_another")),
        sa.ForeignKeyConstraint(["delegate_id"], ["leader.id"], name=op.f("fk_mandate_delegate_id_leader")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_mandate_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index(op.f("ix_mandate_delegate_id"), "mandate", ["delegate_id"], unique=False)
    op.create_index(op.f("ix_mandate_leader_id"), "mandate", ["leader_id"], unique=False)

    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "holder",
            sa.Enum(
                "authority",
                "organ",
                "timestamp",
                "leader",
                name="keyholder",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("standing_for", sa.String(length=24), nullable=True),
        sa.Column(
            "origin",
            sa.Enum("made", "loaded", name="keyorigin", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=True),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("not_after", Instant(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name=op.f("ck_signing_key_ended_with_a_reason")),
        sa.CheckConstraint(
            "(holder = 'leader') = (leader_id IS NOT NULL)", name=op.f("ck_signing_key_of_a_leader_or_not")
        ),
        sa.CheckConstraint("holder <> 'leader' OR locked", name=op.f("ck_signing_key_leaders_key_is_locked")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (standing_for IS NOT NULL)", name=op.f("ck_signing_key_ended_or_standing")
        ),
        sa.CheckConstraint("not_before < not_after", name=op.f("ck_signing_key_valid_for_a_time")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_signing_key_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("serial", name=op.f("uq_signing_key_serial")),
        sa.UniqueConstraint("standing_for", name=op.f("uq_signing_key_standing_for")),
    )
    op.create_index(op.f("ix_signing_key_leader_id"), "signing_key", ["leader_id"], unique=False)

    op.create_table(
        "print_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pdf", "zip", "archive", name="jobkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "cancelled",
                "failed",
                name="jobstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=400), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("result_bytes", sa.BigInteger(), nullable=True),
        sa.Column("result_name", sa.String(length=200), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting', 'running')) = (finished_at IS NULL)", name=op.f("ck_print_job_finished_when_over")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR result_sha256 IS NOT NULL", name=op.f("ck_print_job_done_with_a_result")
        ),
        sa.CheckConstraint("state <> 'failed' OR trouble <> ''", name=op.f("ck_print_job_failed_with_a_reason")),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_print_job_done_within_total")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_print_job_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index(op.f("ix_print_job_account_id"), "print_job", ["account_id"], unique=False)
    op.create_index("ix_print_job_state", "print_job", ["state", "id"], unique=False)

    op.create_table(
        "print_job_part",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["print_job.id"], name=op.f("fk_print_job_part_job_id_print_job")),
        sa.PrimaryKeyConstraint("job_id", "ordinal", name=op.f("pk_print_job_part")),
    )
    op.create_table(
        "countersigner",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_countersigner_leader_id_leader")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_countersigner_slip_id_slip")),
        sa.PrimaryKeyConstraint("slip_id", "leader_id", name=op.f("pk_countersigner")),
        sa.UniqueConstraint("slip_id", "position", name="one_countersigner_a_place"),
    )
    op.create_index(op.f("ix_countersigner_leader_id"), "countersigner", ["leader_id"], unique=False)

    op.create_table(
        "reserved_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=24), nullable=False),
        sa.Column("organ", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("verify_code", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "used", "void", name="reservedstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("reserved_by", sa.String(length=40), nullable=False),
        sa.Column("reserved_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.String(length=40), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f("ck_reserved_number_settled_when_not_open")
        ),
        sa.CheckConstraint("(state = 'used') = (slip_id IS NOT NULL)", name=op.f("ck_reserved_number_used_by_a_slip")),
        sa.CheckConstraint("state <> 'void' OR void_reason <> ''", name=op.f("ck_reserved_number_void_with_a_reason")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_reserved_number_slip_id_slip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserved_number")),
        sa.UniqueConstraint("paper", "organ", "year", "serial", name="one_reserved_a_number"),
        sa.UniqueConstraint("slip_id", name=op.f("uq_reserved_number_slip_id")),
        sa.UniqueConstraint("verify_code", name=op.f("uq_reserved_number_verify_code")),
    )
    op.create_index("ix_reserved_number_state", "reserved_number", ["paper", "state"], unique=False)

    op.create_table(
        "slip_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "slip",
                "transfer",
                "reminder",
                "supervision",
                "result_report",
                "extension",
                "objection",
                "closing",
                "look_back",
                "registration",
                "notice",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "colour",
            sa.Enum("blue", "yellow", "red", name="urgingcolour", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("organ", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("verify_code", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("void_at", Instant(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'supervision') = (colour IS NOT NULL)", name=op.f("ck_slip_paper_supervision_has_a_colour")
        ),
        sa.CheckConstraint("(void_at IS NULL) = (void_reason = '')", name=op.f("ck_slip_paper_void_with_a_reason")),
        sa.CheckConstraint(
            "NOT (kind IN ('reminder', 'slip', 'supervision', 'transfer')) OR number IS NOT NULL",
            name=op.f("ck_slip_paper_numbered"),
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (serial IS NULL) AND (number IS NULL) = (year IS NULL)",
            name=op.f("ck_slip_paper_number_whole"),
        ),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_paper_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_slip_paper_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_paper")),
        sa.UniqueConstraint("kind", "organ", "year", "serial", name="one_paper_a_number"),
        sa.UniqueConstraint("number", name=op.f("uq_slip_paper_number")),
        sa.UniqueConstraint("verify_code", name=op.f("uq_slip_paper_verify_code")),
    )
    op.create_index("ix_slip_paper_newest", "slip_paper", ["made_at", "id"], unique=False)
    op.create_index(op.f("ix_slip_paper_reply_by"), "slip_paper", ["reply_by"], unique=False)
    op.create_index(op.f("ix_slip_paper_slip_id"), "slip_paper", ["slip_id"], unique=False)
    op.create_index(op.f("ix_slip_paper_unit_id"), "slip_paper", ["unit_id"], unique=False)

    op.create_table(
        "slip_reading",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("read_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_reading_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_slip_reading_unit_id_unit")),
        sa.PrimaryKeyConstraint("slip_id", "unit_id", name=op.f("pk_slip_reading")),
    )
    op.create_index(op.f("ix_slip_reading_unit_id"), "slip_reading", ["unit_id"], unique=False)

    op.create_table(
        "slip_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("code_read", sa.String(length=16), nullable=False),
        sa.Column("match_reason", sa.String(length=200), nullable=False),
        sa.Column("attached_at", Instant(), nullable=False),
        sa.Column("attached_by", sa.String(length=40), nullable=False),
        sa.Column("void_at", Instant(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(void_at IS NULL) = (void_reason = '')", name=op.f("ck_slip_scan_void_with_a_reason")),
        sa.CheckConstraint(
            "code_read <> '' OR match_reason <> ''", name=op.f("ck_slip_scan_matched_by_code_or_reason")
        ),
        sa.ForeignKeyConstraint(
            ["slip_id", "version"], ["slip_version.slip_id", "slip_version.version"], name="scan_of_a_version"
        ),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_scan_slip_id_slip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_scan")),
        sa.UniqueConstraint("slip_id", "sha256", name="one_scan_once"),
    )
    op.create_index(op.f("ix_slip_scan_sha256"), "slip_scan", ["sha256"], unique=False)
    op.create_index(op.f("ix_slip_scan_slip_id"), "slip_scan", ["slip_id"], unique=False)
    one_standing("ix_slip_scan_of_one_slip", "slip_scan", "sha256", "void_at IS NULL")

    op.create_table(
        "slip_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "signer", "countersigner", name="signaturerole", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("by_leader_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("post", sa.String(length=80), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=True),
        sa.Column(
            "how",
            sa.Enum(
                "hand",
                "screen",
                "tablet",
                "certificate",
                name="signedhow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "proof",
            sa.Enum(
                "none", "password", "code", "pin", name="proof", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("strokes", sa.Text(), nullable=True),
        sa.Column("strokes_sha256", sa.String(length=64), nullable=True),
        sa.Column("certificate_serial", sa.String(length=64), nullable=True),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("void_at", Instant(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(how = 'certificate') = (certificate_serial IS NOT NULL)", name=op.f("ck_slip_signature_certificate_named")
        ),
        sa.CheckConstraint(
            "(how = 'tablet') = (strokes IS NOT NULL)", name=op.f("ck_slip_signature_tablet_with_strokes")
        ),
        sa.CheckConstraint("(void_at IS NULL) = (void_reason = '')", name=op.f("ck_slip_signature_void_with_a_reason")),
        sa.CheckConstraint(
            "(strokes IS NULL) = (strokes_sha256 IS NULL)", name=op.f("ck_slip_signature_strokes_whole")
        ),
        sa.CheckConstraint(
            "by_leader_id = leader_id OR mandate_id IS NOT NULL", name=op.f("ck_slip_signature_for_another_by_mandate")
        ),
        sa.ForeignKeyConstraint(["by_leader_id"], ["leader.id"], name=op.f("fk_slip_signature_by_leader_id_leader")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_slip_signature_leader_id_leader")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_slip_signature_mandate_id_mandate")),
        sa.ForeignKeyConstraint(
            ["slip_id", "version", "document_sha256"],
            ["slip_version.slip_id", "slip_version.version", "slip_version.sha256"],
            name="signature_on_a_version",
        ),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_signature_slip_id_slip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_signature")),
    )
    op.create_index(op.f("ix_slip_signature_by_leader_id"), "slip_signature", ["by_leader_id"], unique=False)
    op.create_index(op.f("ix_slip_signature_leader_id"), "slip_signature", ["leader_id"], unique=False)
    op.create_index(op.f("ix_slip_signature_mandate_id"), "slip_signature", ["mandate_id"], unique=False)
    op.create_index("ix_slip_signature_of_version", "slip_signature", ["slip_id", "version"], unique=False)
    op.create_index(
        "ix_slip_signature_one_a_leader",
        "slip_signature",
        ["slip_id", "leader_id", "role"],
        unique=True,
        sqlite_where=sa.text("void_at IS NULL"),
        postgresql_where=sa.text("void_at IS NULL"),
    )
    one_standing("ix_slip_signature_one_signer", "slip_signature", "slip_id", "role = 'signer' AND void_at IS NULL")


def one_standing(name: str, table: str, column: str, where: str) -> None:
    """At most one row for each of these among those that stand."""
    op.create_index(name, table, [column], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def listed(members: str) -> str:
    return ", ".join(f"'{member}'" for member in members.split())


def one_of(table: str, name: str, kind: str, members: str, **given) -> sa.Column:
    """A column of fixed words with its check in line, so that SQLite can add it without making the table anew."""
    check = sa.CheckConstraint(f"{name} IN ({listed(members)})", name=op.f(f"ck_{table}_{kind}"))
    return sa.Column(name, sa.String(length=32), check, **given)


def short_text(name: str, length: int, *checks: sa.CheckConstraint) -> sa.Column:
    return sa.Column(name, sa.String(length=length), *checks, nullable=False, server_default="")


def check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _columns() -> None:
    for column in (
        sa.Column("is_common", sa.Boolean(), nullable=False, server_default=sa.false()),
        one_of("matter", "matter_class", "matterclass", "A B C D", nullable=True),
        one_of("matter", "level", "matterlevel", "on_the_spot unit leader", nullable=True),
    ):
        op.add_column("matter", column)
    receipt = "slip_receipt"
    for column in (
        one_of(receipt, "how", "receivedhow", "page paper", nullable=False, server_default="page"),
        short_text("entered_by", 40, check(receipt, "paper_entered_by_somebody", "how <> 'paper' OR entered_by <> ''")),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("handed_at", Instant(), nullable=True),
        short_text("handed_to", 40, check(receipt, "handed_whole", "(handed_at IS NULL) = (handed_to = '')")),
        short_text("handed_by", 40),
        sa.Column("received_on", sa.Date(), nullable=False, server_default="1900-01-01"),
    ):
        op.add_column(receipt, column)
    lite = op.get_bind().dialect.name == "sqlite"
    here = "date(received_at, '+8 hours')" if lite else "(received_at + interval '8 hours')::date"
    op.execute(sa.text(f"UPDATE slip_receipt SET received_on = {here}"))
    whole = check("slip_version", "kept_whole", "(kept_sha256 IS NULL) = (kept_at IS NULL)")
    for column in (
        sa.Column("kept_sha256", sa.String(length=64), nullable=True),
        sa.Column("kept_bytes", sa.Integer(), nullable=True),
        short_text("kept_marks", 120),
        sa.Column("kept_at", Instant(), whole, nullable=True),
    ):
        op.add_column("slip_version", column)
    op.create_index("ix_slip_version_kept", "slip_version", ["kept_sha256"])
    op.create_index("ix_slip_version_said", "slip_version", ["slip_id", "version", "sha256"], unique=True)


def _slips() -> None:
    """New ways of signing widen a check, which SQLite can only do by making the table anew."""
    op.add_column(
        "slip",
        one_of(
            "slip",
            "retention",
            "retention",
            "permanent thirty_years ten_years",
            nullable=False,
            server_default="thirty_years",
        ),
    )
    for column in (
        short_text("proposal_handler", 40),
        short_text("proposal_head", 40),
        sa.Column("split_from_id", sa.Integer(), nullable=True),
        short_text("split_reason", 200, check("slip", "split_reason", "(split_from_id IS NULL) = (split_reason = '')")),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
    ):
        op.add_column("slip", column)
    op.add_column("slip", sa.Column("receipt_days", sa.Integer(), nullable=True))
    whole = check("slip", "counted_receipt", "(receipt_due_on IS NULL) = (receipt_days IS NULL)")
    op.add_column("slip", sa.Column("receipt_due_on", sa.Date(), whole, nullable=True))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        for name in OTHER_SLIPS:
            op.create_foreign_key(op.f(f"fk_slip_{name}_slip"), "slip", "slip", [name], ["id"])
        op.drop_constraint(op.f("ck_slip_signedhow"), "slip", type_="check")
        op.create_check_constraint(op.f("ck_slip_signedhow"), "slip", f"signed_how IN ({listed(WAYS)})")
    else:
        _make_slip_anew(connection)
    for name in OTHER_SLIPS:
        op.create_index(op.f(f"ix_slip_{name}"), "slip", [name])
    one_standing("ix_slip_one_replacement", "slip", "replaces_id", "state <> 'void'")


def _make_slip_anew(connection: sa.Connection) -> None:
    indexes = [
        text
        for (text,) in connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'slip' AND sql IS NOT NULL")
        )
    ]
    made = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'slip'")
    ).scalar_one()
    ways = "signed_how IN ('hand', 'screen')"
    if made.count(ways) != 1:
        raise RuntimeError("the table of slips does not look as revision 0003 left it")
    anew = made.replace(ways, f"signed_how IN ({listed(WAYS)})")
    name = "CREATE TABLE slip (" if "CREATE TABLE slip (" in anew else 'CREATE TABLE "slip" ('
    anew = anew.replace(name, "CREATE TABLE slip_anew (", 1)
    keys = "".join(
        f", CONSTRAINT {op.f(f'fk_slip_{name}_slip')} FOREIGN KEY({name}) REFERENCES slip (id)" for name in OTHER_SLIPS
    )
    anew = anew.rstrip().removesuffix(")") + f"{keys})"
    connection.execute(sa.text(anew))
    names = ", ".join(f'"{it["name"]}"' for it in sa.inspect(connection).get_columns("slip"))
    connection.execute(sa.text(f"INSERT INTO slip_anew ({names}) SELECT {names} FROM slip"))
    op.drop_table("slip")
    op.rename_table("slip_anew", "slip")
    for text in indexes:
        connection.execute(sa.text(text))


def _signatures_so_far() -> None:
    """What was signed before gets its signature on record: by hand on the paper sent for signing, on the screen on the next."""
    op.execute(
        sa.text(
            "INSERT INTO slip_signature (slip_id, version, role, leader_id, by_leader_id, name, post, how, proof,"
            " signed_on, signed_at, document_sha256, recorded_by, void_reason)"
            " SELECT s.id, v.version, 'signer', s.signer_id, s.signer_id, s.signed_by, s.signer_post, s.signed_how, 'none',"
            " s.signed_on, w.made_at, v.sha256, s.signed_by, ''"
            " FROM slip s"
            " JOIN slip_version w ON w.slip_id = s.id AND w.version = (SELECT max(x.version) FROM slip_version x"
            "  WHERE x.slip_id = s.id AND x.why IN ('签批', '登记手写签批'))"
            " JOIN slip_version v ON v.slip_id = s.id AND v.version = (SELECT max(x.version) FROM slip_version x"
            "  WHERE x.slip_id = s.id AND x.version <= w.version"
            "  AND x.why = CASE WHEN s.signed_how = 'hand' THEN '编号送签' ELSE '签批' END)"
            " WHERE s.signed_how IS NOT NULL AND s.signer_id IS NOT NULL AND s.signed_on IS NOT NULL"
        )
    )
