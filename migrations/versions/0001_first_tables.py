"""The first tables: people, calendar, reception days, bookings, matters, slips, audit trail."""

import sqlalchemy as sa
from alembic import op

from portal.store.base import Instant

revision = "0001"
down_revision = None


GENESIS = "0" * 64


def guards(engine: str) -> list[str]:
    """What keeps the audit trail append-only, whoever asks."""
    refusal = "the audit trail is append-only"
    if engine == "sqlite":
        return [
            f"CREATE TRIGGER audit_line_no_{act} BEFORE {act} ON audit_line BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            for act in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION audit_line_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
        "CREATE TRIGGER audit_line_append_only BEFORE UPDATE OR DELETE ON audit_line "
        "FOR EACH ROW EXECUTE FUNCTION audit_line_refuse()",
        "CREATE TRIGGER audit_line_no_truncate BEFORE TRUNCATE ON audit_line "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_line_refuse()",
    ]


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_line",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=48), nullable=False),
        sa.Column("target_kind", sa.String(length=48), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_line")),
    )
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_line_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_line_act"), ["act"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_line_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_line_target", ["target_kind", "target_id"], unique=False)

    op.create_table(
        "category",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("parent_code", sa.String(length=24), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["category.code"], name=op.f("fk_category_parent_code_category")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_category")),
        sa.UniqueConstraint("name", name=op.f("uq_category_name")),
    )
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_category_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "enterprise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("initials", sa.String(length=120), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("registered_place", sa.String(length=200), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("industry", sa.String(length=60), nullable=False),
        sa.Column("legal_representative", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_enterprise_credit_code")),
        sa.UniqueConstraint("name", name=op.f("uq_enterprise_name")),
    )
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enterprise_initials"), ["initials"], unique=False)

    op.create_table(
        "leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("initials", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("serves_from", sa.Date(), nullable=False),
        sa.Column("serves_until", sa.Date(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader")),
    )
    with op.batch_alter_table("leader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leader_initials"), ["initials"], unique=False)

    op.create_table(
        "office_setting",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_office_setting")),
    )
    op.create_table(
        "reception_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "published",
                "ongoing",
                "closed",
                "cancelled",
                name="daystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("venue", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("theme", sa.String(length=120), nullable=False),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_day")),
        sa.UniqueConstraint("day", name=op.f("uq_reception_day_day")),
    )
    op.create_table(
        "serial",
        sa.Column("paper", sa.String(length=24), nullable=False),
        sa.Column("organ", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("paper", "organ", "year", name=op.f("pk_serial")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_sign_in_failure")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "department",
                "branch",
                "committee",
                "street",
                "federation",
                "supervision",
                name="unitkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("initials", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_initials"), ["initials"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "office",
                "leader",
                "secretary",
                "unit",
                "supervisor",
                "auditor",
                "security",
                "system",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "active",
                "disabled",
                name="accountstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("password_changed_at", Instant(), nullable=False),
        sa.CheckConstraint("role <> 'unit' OR unit_id IS NOT NULL", name=op.f("ck_account_unit_accounts_have_a_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "duty_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("passed_over", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_duty_turn_leader_id_leader")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_duty_turn_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_turn")),
        sa.UniqueConstraint("reception_day_id", "leader_id", name="one_seat_a_leader_a_day"),
        sa.UniqueConstraint("reception_day_id", "seat", "position", name="one_leader_a_seat"),
    )
    with op.batch_alter_table("duty_turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_turn_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_turn_reception_day_id"), ["reception_day_id"], unique=False)

    op.create_table(
        "portfolio",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_portfolio_span")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_portfolio_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio")),
    )
    with op.batch_alter_table("portfolio", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portfolio_leader_id"), ["leader_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_post_span")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_post_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_leader_id"), ["leader_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slot_span")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_slot_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint(
            "reception_day_id", "starts_at", "room", name=op.f("uq_slot_reception_day_id_starts_at_room")
        ),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_reception_day_id"), ["reception_day_id"], unique=False)

    op.create_table(
        "account_leader",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_leader_account_id_account")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_account_leader_leader_id_leader")),
        sa.PrimaryKeyConstraint("account_id", "leader_id", name=op.f("pk_account_leader")),
    )
    with op.batch_alter_table("account_leader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_leader_leader_id"), ["leader_id"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "working",
                "make_up",
                "weekend",
                "statutory",
                "day_off",
                "local",
                name="daykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["account.id"], name=op.f("fk_calendar_day_entered_by_id_account")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_seat_number")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_seat_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("slot_id", "number", name="one_seat_a_number"),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_slot_id"), ["slot_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "confirmed",
                "arrived",
                "finished",
                "no_show",
                "cancelled",
                "refused",
                name="bookingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "applied", "invited", "walk_in", name="origin", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "identity",
            sa.Enum(
                "legal_representative",
                "authorised_representative",
                name="identity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("visitor_name", sa.String(length=40), nullable=False),
        sa.Column("visitor_post", sa.String(length=60), nullable=False),
        sa.Column("visitor_phone", sa.String(512), nullable=False),
        sa.Column("authorisation_id", sa.Integer(), nullable=True),
        sa.Column("override_reason", sa.String(length=200), nullable=False),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("booked_at", Instant(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('arrived', 'confirmed', 'finished', 'no_show', 'pending')) = (seat_id IS NOT NULL)",
            name=op.f("ck_booking_seated_while_it_stands"),
        ),
        sa.ForeignKeyConstraint(
            ["authorisation_id"], ["stored_file.id"], name=op.f("fk_booking_authorisation_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_booking_enterprise_id_enterprise")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_booking_reception_day_id_reception_day")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_booking_seat_id_seat")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_booking_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("form_token", name=op.f("uq_booking_form_token")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_booking_seat_id")),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_booking_reception_day_id"), ["reception_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_booking_slot_id"), ["slot_id"], unique=False)
        batch_op.create_index(
            "one_standing_booking_a_day",
            ["reception_day_id", "enterprise_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('arrived', 'confirmed', 'finished', 'no_show', 'pending')"),
            postgresql_where=sa.text("state IN ('arrived', 'confirmed', 'finished', 'no_show', 'pending')"),
        )

    op.create_table(
        "invited_unit",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "attendance",
            sa.Enum(
                "invited", "attended", "absent", name="attendance", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("representative", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_invited_unit_booking_id_booking")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_invited_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("booking_id", "unit_id", name=op.f("pk_invited_unit")),
    )
    with op.batch_alter_table("invited_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invited_unit_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("reception_day_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "problem",
                "suggestion",
                "criticism",
                "enquiry",
                "complaint",
                name="matterkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("category_code", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "registered",
                "settled",
                "awaiting_assignment",
                "assigned",
                "refused",
                name="matterstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("grave", sa.Boolean(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column(
            "is_true",
            sa.Enum("unknown", "yes", "no", name="is_true", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "is_lawful",
            sa.Enum("unknown", "yes", "no", name="is_lawful", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "is_reasonable",
            sa.Enum("unknown", "yes", "no", name="is_reasonable", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("check_note", sa.Text(), nullable=False),
        sa.Column("on_site_answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=80), nullable=False),
        sa.Column("ended_reason", sa.String(length=400), nullable=False),
        sa.Column("lead_unit_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'assigned' OR lead_unit_id IS NOT NULL", name=op.f("ck_matter_assigned_to_a_unit")
        ),
        sa.CheckConstraint("state <> 'refused' OR ended_reason <> ''", name=op.f("ck_matter_refused_with_a_reason")),
        sa.CheckConstraint("state <> 'settled' OR on_site_answer <> ''", name=op.f("ck_matter_settled_with_an_answer")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_matter_booking_id_booking")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_matter_category_code_category")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_matter_enterprise_id_enterprise")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_matter_lead_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_matter_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_category_code"), ["category_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_lead_unit_id"), ["lead_unit_id"], unique=False)
        batch_op.create_index("ix_matter_newest", ["raised_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_reception_day_id"), ["reception_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_matter_state"), ["state"], unique=False)

    op.create_table(
        "reception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("inquiry", sa.Text(), nullable=False),
        sa.Column("department_reports", sa.Text(), nullable=False),
        sa.Column("crux", sa.Text(), nullable=False),
        sa.Column("approach", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("recorder", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_reception_booking_id_booking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_reception_booking_id")),
    )
    op.create_table(
        "slip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organ", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "awaiting_signature",
                "signed",
                "issued",
                "received",
                "void",
                name="slipstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("receiver_post", sa.String(length=80), nullable=False),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("signer_post", sa.String(length=80), nullable=False),
        sa.Column("lead_official_id", sa.Integer(), nullable=True),
        sa.Column("lead_official_post", sa.String(length=80), nullable=False),
        sa.Column("lead_unit_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("prior_check", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("copies_to", sa.String(length=200), nullable=False),
        sa.Column("drafted_by", sa.String(length=40), nullable=False),
        sa.Column("drafted_at", Instant(), nullable=False),
        sa.Column("numbered_at", Instant(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column(
            "signed_how",
            sa.Enum("hand", "screen", name="signedhow", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("signed_by", sa.String(length=80), nullable=False),
        sa.Column("issued_at", Instant(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("paper_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT (state IN ('awaiting_signature', 'issued', 'received', 'signed')) OR number IS NOT NULL",
            name=op.f("ck_slip_numbered"),
        ),
        sa.CheckConstraint(
            "NOT (state IN ('issued', 'received')) OR issued_at IS NOT NULL", name=op.f("ck_slip_issued")
        ),
        sa.CheckConstraint(
            "NOT (state IN ('issued', 'received', 'signed')) OR signed_on IS NOT NULL", name=op.f("ck_slip_signed")
        ),
        sa.CheckConstraint("state <> 'void' OR void_reason <> ''", name=op.f("ck_slip_void_with_a_reason")),
        sa.CheckConstraint(
            "(number IS NULL) = (serial IS NULL) AND (number IS NULL) = (year IS NULL)",
            name=op.f("ck_slip_number_whole"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_slip_booking_id_booking")),
        sa.ForeignKeyConstraint(["lead_official_id"], ["leader.id"], name=op.f("fk_slip_lead_official_id_leader")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_slip_lead_unit_id_unit")),
        sa.ForeignKeyConstraint(["receiver_id"], ["leader.id"], name=op.f("fk_slip_receiver_id_leader")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_slip_reception_day_id_reception_day")
        ),
        sa.ForeignKeyConstraint(["signer_id"], ["leader.id"], name=op.f("fk_slip_signer_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint("number", name=op.f("uq_slip_number")),
        sa.UniqueConstraint("organ", "year", "serial", name="one_slip_a_number"),
    )
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_lead_official_id"), ["lead_official_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_lead_unit_id"), ["lead_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_receiver_id"), ["receiver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_reception_day_id"), ["reception_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_signer_id"), ["signer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_state"), ["state"], unique=False)

    op.create_table(
        "assisting_unit",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_assisting_unit_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assisting_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("slip_id", "unit_id", name=op.f("pk_assisting_unit")),
    )
    with op.batch_alter_table("assisting_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assisting_unit_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "slip_matter",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_slip_matter_matter_id_matter")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_matter_slip_id_slip")),
        sa.PrimaryKeyConstraint("slip_id", "matter_id", name=op.f("pk_slip_matter")),
    )
    with op.batch_alter_table("slip_matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_matter_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "slip_receipt",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_receipt_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_slip_receipt_unit_id_unit")),
        sa.PrimaryKeyConstraint("slip_id", "unit_id", name=op.f("pk_slip_receipt")),
    )
    with op.batch_alter_table("slip_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_receipt_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "slip_version",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("verify_code", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_slip_version_slip_id_slip")),
        sa.PrimaryKeyConstraint("slip_id", "version", name=op.f("pk_slip_version")),
        sa.UniqueConstraint("verify_code", name=op.f("uq_slip_version_verify_code")),
    )

    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)
    op.execute(f"INSERT INTO audit_head (id, line_id, hash) VALUES (1, 0, '{GENESIS}')")


def downgrade() -> None:
    op.drop_table("slip_version")
    with op.batch_alter_table("slip_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_receipt_unit_id"))

    op.drop_table("slip_receipt")
    with op.batch_alter_table("slip_matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_matter_matter_id"))

    op.drop_table("slip_matter")
    with op.batch_alter_table("assisting_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assisting_unit_unit_id"))

    op.drop_table("assisting_unit")
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_state"))
        batch_op.drop_index(batch_op.f("ix_slip_signer_id"))
        batch_op.drop_index(batch_op.f("ix_slip_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_slip_receiver_id"))
        batch_op.drop_index(batch_op.f("ix_slip_lead_unit_id"))
        batch_op.drop_index(batch_op.f("ix_slip_lead_official_id"))
        batch_op.drop_index(batch_op.f("ix_slip_due_on"))
        batch_op.drop_index(batch_op.f("ix_slip_booking_id"))

    op.drop_table("slip")
    op.drop_table("reception")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_state"))
        batch_op.drop_index(batch_op.f("ix_matter_reception_day_id"))
        batch_op.drop_index("ix_matter_newest")
        batch_op.drop_index(batch_op.f("ix_matter_lead_unit_id"))
        batch_op.drop_index(batch_op.f("ix_matter_enterprise_id"))
        batch_op.drop_index(batch_op.f("ix_matter_due_on"))
        batch_op.drop_index(batch_op.f("ix_matter_category_code"))
        batch_op.drop_index(batch_op.f("ix_matter_booking_id"))

    op.drop_table("matter")
    with op.batch_alter_table("invited_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invited_unit_unit_id"))

    op.drop_table("invited_unit")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index(
            "one_standing_booking_a_day",
            sqlite_where=sa.text("state IN ('arrived', 'confirmed', 'finished', 'no_show', 'pending')"),
            postgresql_where=sa.text("state IN ('arrived', 'confirmed', 'finished', 'no_show', 'pending')"),
        )
        batch_op.drop_index(batch_op.f("ix_booking_slot_id"))
        batch_op.drop_index(batch_op.f("ix_booking_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_booking_enterprise_id"))

    op.drop_table("booking")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_slot_id"))

    op.drop_table("seat")
    op.drop_table("calendar_day")
    with op.batch_alter_table("account_leader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_leader_leader_id"))

    op.drop_table("account_leader")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_reception_day_id"))

    op.drop_table("slot")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_leader_id"))

    op.drop_table("post")
    with op.batch_alter_table("portfolio", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portfolio_leader_id"))

    op.drop_table("portfolio")
    with op.batch_alter_table("duty_turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_turn_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_duty_turn_leader_id"))

    op.drop_table("duty_turn")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_unit_id"))

    op.drop_table("account")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_initials"))

    op.drop_table("unit")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))

    op.drop_table("stored_file")
    op.drop_table("sign_in_failure")
    op.drop_table("serial")
    op.drop_table("reception_day")
    op.drop_table("office_setting")
    with op.batch_alter_table("leader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leader_initials"))

    op.drop_table("leader")
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enterprise_initials"))

    op.drop_table("enterprise")
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_category_parent_code"))

    op.drop_table("category")
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_line_target")
        batch_op.drop_index(batch_op.f("ix_audit_line_at"))
        batch_op.drop_index(batch_op.f("ix_audit_line_act"))
        batch_op.drop_index(batch_op.f("ix_audit_line_account_id"))

    op.drop_table("audit_line")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS audit_line_refuse()")
