"""Announced years, day changes, venues, slot templates; rota plans, leave, swaps; messages and calendar feeds."""

import sqlalchemy as sa
from alembic import op

from portal.store.base import Instant
from portal.store.sealing import Sealed

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "duty_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "consulting",
                "published",
                "discarded",
                name="planstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("open_mark", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("consult_until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('consulting', 'draft')) = (open_mark IS NOT NULL)", name=op.f("ck_duty_plan_open")
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_duty_plan_span")),
        sa.CheckConstraint("open_mark IS NULL OR open_mark = 1", name=op.f("ck_duty_plan_one_mark")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_plan")),
        sa.UniqueConstraint("open_mark", name="one_open_plan"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "slot_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("gap_minutes", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("break_from", sa.Time(), nullable=True),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(break_from IS NULL) = (break_minutes = 0)", name=op.f("ck_slot_template_whole_break")),
        sa.CheckConstraint(
            "slot_minutes > 0 AND gap_minutes >= 0 AND slots > 0 AND seats > 0", name=op.f("ck_slot_template_lengths")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_template")),
        sa.UniqueConstraint("name", name=op.f("uq_slot_template_name")),
    )
    op.create_table(
        "day_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("redate", "cancel", name="changekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "refused",
                "withdrawn",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "screen",
                "paper",
                "not_needed",
                name="approvedhow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(kind = 'redate') = (to_day IS NOT NULL)", name=op.f("ck_day_change_redate_to_a_day")),
        sa.CheckConstraint("state <> 'approved' OR how IS NOT NULL", name=op.f("ck_day_change_approved_somehow")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_day_change_decided_at_some_moment")
        ),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_day_change_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_change")),
    )
    with op.batch_alter_table("day_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_change_from_day"), ["from_day"], unique=False)
        batch_op.create_index(
            "ix_day_change_one_waiting_a_day",
            ["reception_day_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(batch_op.f("ix_day_change_reception_day_id"), ["reception_day_id"], unique=False)

    op.create_table(
        "duty_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "seated",
                "replaced",
                "removed",
                "swapped",
                "substituted",
                "absent",
                name="turnact",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_leader_id", sa.Integer(), nullable=True),
        sa.Column("to_leader_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("done_by", sa.String(length=40), nullable=False),
        sa.Column("done_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["from_leader_id"], ["leader.id"], name=op.f("fk_duty_change_from_leader_id_leader")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_duty_change_reception_day_id_reception_day")
        ),
        sa.ForeignKeyConstraint(["to_leader_id"], ["leader.id"], name=op.f("fk_duty_change_to_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_change")),
    )
    with op.batch_alter_table("duty_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_change_from_leader_id"), ["from_leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_change_reception_day_id"), ["reception_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_change_to_leader_id"), ["to_leader_id"], unique=False)

    op.create_table(
        "planned_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("post", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("passed_over", sa.JSON(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_planned_turn_leader_id_leader")),
        sa.ForeignKeyConstraint(["plan_id"], ["duty_plan.id"], name=op.f("fk_planned_turn_plan_id_duty_plan")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_planned_turn_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_turn")),
        sa.UniqueConstraint("plan_id", "reception_day_id", "leader_id", name="one_place_a_leader_a_day"),
        sa.UniqueConstraint("plan_id", "reception_day_id", "seat", "position", name="one_leader_a_place"),
    )
    with op.batch_alter_table("planned_turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_turn_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_turn_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_turn_reception_day_id"), ["reception_day_id"], unique=False)

    op.create_table(
        "seat_pool",
        sa.Column("seat", sa.String(length=24), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_seat_pool_leader_id_leader")),
        sa.PrimaryKeyConstraint("seat", "leader_id", name=op.f("pk_seat_pool")),
    )
    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_pool_leader_id"), ["leader_id"], unique=False)

    op.create_table(
        "swap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "agreed",
                "refused",
                "withdrawn",
                "overtaken",
                name="swapstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("other_day_id", sa.Integer(), nullable=True),
        sa.Column("other_seat", sa.String(length=24), nullable=False),
        sa.Column("other_position", sa.Integer(), nullable=True),
        sa.Column("other_leader_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("offered_by", sa.String(length=40), nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state <> 'agreed' OR other_leader_id IS NOT NULL", name=op.f("ck_swap_agreed_with_somebody")
        ),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_swap_leader_id_leader")),
        sa.ForeignKeyConstraint(
            ["other_day_id"], ["reception_day.id"], name=op.f("fk_swap_other_day_id_reception_day")
        ),
        sa.ForeignKeyConstraint(["other_leader_id"], ["leader.id"], name=op.f("fk_swap_other_leader_id_leader")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_swap_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    with op.batch_alter_table("swap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_swap_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(
            "ix_swap_one_open_offer_a_place",
            ["reception_day_id", "seat", "position"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_swap_other_day_id"), ["other_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_swap_other_leader_id"), ["other_leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_swap_reception_day_id"), ["reception_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_swap_state"), ["state"], unique=False)

    op.create_table(
        "unsuitable_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("marked_by", sa.String(length=40), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_unsuitable_day_leader_id_leader")),
        sa.ForeignKeyConstraint(
            ["reception_day_id"], ["reception_day.id"], name=op.f("fk_unsuitable_day_reception_day_id_reception_day")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsuitable_day")),
        sa.UniqueConstraint("reception_day_id", "leader_id", name="one_mark_a_leader_a_day"),
    )
    with op.batch_alter_table("unsuitable_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsuitable_day_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unsuitable_day_reception_day_id"), ["reception_day_id"], unique=False)

    op.create_table(
        "venue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_venue_enterprise_id_enterprise")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("name", name=op.f("uq_venue_name")),
    )
    with op.batch_alter_table("venue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_venue_enterprise_id"), ["enterprise_id"], unique=False)

    op.create_table(
        "announcement",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["account.id"], name=op.f("fk_announcement_entered_by_id_account")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_announcement")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("whole", "personal", name="feedscope", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("token", Sealed("feed.token"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_feed_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("account_id", "scope", name="one_feed_a_scope"),
        sa.UniqueConstraint("token_hash", name="one_feed_a_token"),
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_account_id"), ["account_id"], unique=False)

    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "refused",
                "withdrawn",
                name="leavestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_leave_span")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name=op.f("fk_leave_asked_by_id_account")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_leave_leader_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leave_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leave_starts_on"), ["starts_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_leave_state"), ["state"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("in_app", "mail", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "dropped",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", "account_id", "channel", name="told_once"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_message_of_account", ["account_id", "channel", "read_at"], unique=False)
        batch_op.create_index(
            "ix_message_unread",
            ["account_id", "channel", "state", "due_at"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "announced_day",
        sa.Column("year", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(["year"], ["announcement.year"], name=op.f("fk_announced_day_year_announcement")),
        sa.PrimaryKeyConstraint("year", "day", name=op.f("pk_announced_day")),
    )
    with op.batch_alter_table("announced_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announced_day_day"), ["day"], unique=False)

    op.add_column("account", sa.Column("email", Sealed("account.email"), nullable=True))
    op.add_column("leader", sa.Column("is_chief", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in (
        one_of("duty_turn", "origin", "turnorigin", "plan hand swap substitution", server_default="plan"),
        sa.Column("is_fixed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("attended", sa.Boolean(), nullable=False, server_default=sa.true()),
    ):
        op.add_column("duty_turn", column)
    for column in (
        sa.Column("nominal", sa.Date(), nullable=True),
        one_of("reception_day", "on_holiday", "onholiday", "next previous skip manual"),
        sa.Column("make_up_days", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("noticed_at", Instant(), nullable=True),
        sa.Column("noticed_sequence", sa.Integer(), nullable=True),
    ):
        op.add_column("reception_day", column)
    whole = sa.CheckConstraint("(due_from IS NULL) = (due_days IS NULL)", name=op.f("ck_slip_counted_limit"))
    op.add_column("slip", sa.Column("due_from", sa.Date(), nullable=True))
    op.add_column("slip", sa.Column("due_days", sa.Integer(), whole, nullable=True))


def one_of(table: str, name: str, kind: str, members: str, server_default: str | None = None) -> sa.Column:
    """A column of fixed words with its check in line, so that SQLite can add it without making the table anew."""
    listed = ", ".join(f"'{member}'" for member in members.split())
    check = sa.CheckConstraint(f"{name} IN ({listed})", name=op.f(f"ck_{table}_{kind}"))
    return sa.Column(name, sa.String(32), check, nullable=server_default is None, server_default=server_default)


def downgrade() -> None:
    dropped = {
        "slip": ("due_days", "due_from"),
        "reception_day": ("noticed_sequence", "noticed_at", "sequence", "make_up_days", "on_holiday", "nominal"),
        "duty_turn": ("attended", "is_fixed", "origin"),
        "leader": ("is_chief",),
        "account": ("email",),
    }
    for table, columns in dropped.items():
        for column in columns:
            op.drop_column(table, column)
    with op.batch_alter_table("announced_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announced_day_day"))

    op.drop_table("announced_day")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unread")
        batch_op.drop_index("ix_message_of_account")
        batch_op.drop_index("ix_message_due")

    op.drop_table("message")
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leave_state"))
        batch_op.drop_index(batch_op.f("ix_leave_starts_on"))
        batch_op.drop_index(batch_op.f("ix_leave_leader_id"))

    op.drop_table("leave")
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_account_id"))

    op.drop_table("feed")
    op.drop_table("announcement")
    with op.batch_alter_table("venue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_venue_enterprise_id"))

    op.drop_table("venue")
    with op.batch_alter_table("unsuitable_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unsuitable_day_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_unsuitable_day_leader_id"))

    op.drop_table("unsuitable_day")
    with op.batch_alter_table("swap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_swap_state"))
        batch_op.drop_index(batch_op.f("ix_swap_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_swap_other_leader_id"))
        batch_op.drop_index(batch_op.f("ix_swap_other_day_id"))
        batch_op.drop_index(
            "ix_swap_one_open_offer_a_place",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_swap_leader_id"))

    op.drop_table("swap")
    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_pool_leader_id"))

    op.drop_table("seat_pool")
    with op.batch_alter_table("planned_turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_planned_turn_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_planned_turn_plan_id"))
        batch_op.drop_index(batch_op.f("ix_planned_turn_leader_id"))

    op.drop_table("planned_turn")
    with op.batch_alter_table("duty_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_change_to_leader_id"))
        batch_op.drop_index(batch_op.f("ix_duty_change_reception_day_id"))
        batch_op.drop_index(batch_op.f("ix_duty_change_from_leader_id"))

    op.drop_table("duty_change")
    with op.batch_alter_table("day_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_change_reception_day_id"))
        batch_op.drop_index(
            "ix_day_change_one_waiting_a_day",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_day_change_from_day"))

    op.drop_table("day_change")
    op.drop_table("slot_template")
    op.drop_table("lease")
    op.drop_table("duty_plan")
