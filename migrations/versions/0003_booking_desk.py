"""The booking desk: holds, caps, waiting list, companions, opinions, photos, group reception; robots, text messages, calls."""

import secrets

import sqlalchemy as sa
from alembic import op

from portal.store.base import Instant
from portal.store.sealing import Sealed

revision = "0003"
down_revision = "0002"

SEATED = "state IN ('arrived', 'confirmed', 'finished', 'left', 'no_show', 'offered', 'pending')"
STANDING = "state IN ('arrived', 'confirmed', 'finished', 'left', 'no_show', 'offered', 'pending', 'waiting')"
STATES = "waiting offered pending confirmed arrived finished left no_show cancelled refused"
MODES = "single group"
GROUNDS = "litigation arbitration reconsideration petition discipline criminal classified answered not_ours not_receivable other"
CHANNELS = "in_app mail dingtalk wecom sms call"


def upgrade() -> None:
    _columns_of_days_and_slots()
    _bookings()
    _opinions_and_photos()
    _messages()


def one_of(table: str, name: str, kind: str, members: str, **given) -> sa.Column:
    """A column of fixed words with its check in line, so that SQLite can add it without making the table anew."""
    check = sa.CheckConstraint(f"{name} IN ({listed(members)})", name=op.f(f"ck_{table}_{kind}"))
    return sa.Column(name, sa.String(length=32), check, **given)


def listed(members: str) -> str:
    return ", ".join(f"'{member}'" for member in members.split())


def counter(name: str, *checks: sa.CheckConstraint) -> sa.Column:
    return sa.Column(name, sa.Integer(), *checks, nullable=False, server_default="0")


def short_text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _columns_of_days_and_slots() -> None:
    day = "reception_day"
    for column in (
        counter("most_groups"),
        counter("most_matters"),
        counter(
            "groups_booked", check(day, "groups_within_their_cap", "most_groups = 0 OR groups_booked <= most_groups")
        ),
        counter(
            "matters_booked",
            check(day, "matters_within_their_cap", "most_matters = 0 OR matters_booked <= most_matters"),
            check(day, "counted_upwards", "groups_booked >= 0 AND matters_booked >= 0"),
        ),
        sa.Column("list_locked_at", Instant(), nullable=True),
        sa.Column("list_opened_at", Instant(), nullable=True),
    ):
        op.add_column(day, column)
    op.add_column("slot", one_of("slot", "mode", "receptionmode", MODES, nullable=False, server_default="single"))
    op.add_column("slot", short_text("theme", 120))
    op.add_column("slot_template", sa.Column("rooms", sa.JSON(), nullable=False, server_default="[]"))
    mode = one_of("slot_template", "mode", "receptionmode", MODES, nullable=False, server_default="single")
    op.add_column("slot_template", mode)
    whole = check("seat", "held_until_some_moment", "(held_by IS NULL) = (held_until IS NULL)")
    op.add_column("seat", sa.Column("held_by", sa.String(length=64), nullable=True))
    op.add_column("seat", sa.Column("held_until", Instant(), whole, nullable=True))
    op.create_index("ix_seat_one_hold_a_form", "seat", ["held_by"], unique=True)
    op.add_column("reception", short_text("late_reason", 200))
    op.add_column("reception", sa.Column("writers", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("matter", sa.Column("form_token", sa.String(length=64), nullable=True))
    op.create_index("ix_matter_one_a_form", "matter", ["form_token"], unique=True)
    op.add_column("matter", one_of("matter", "refusal_ground", "refusalground", GROUNDS, nullable=True))


def _bookings() -> None:
    new = [
        sa.Column("code", sa.String(length=12), nullable=True),
        sa.Column("visitor_id_number", Sealed("booking.visitor_id_number"), nullable=True),
        sa.Column("day_ordinal", sa.Integer(), nullable=False, server_default="1"),
        short_text("again_reason", 200),
        short_text("urgent_reason", 200),
        short_text("over_limit_reason", 200),
        sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.true()),
        counter("counted_matters"),
        sa.Column("refusal_ground", sa.String(length=32), nullable=True),
        sa.Column("waiting_since", Instant(), nullable=True),
        sa.Column("any_slot", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("offered_until", Instant(), nullable=True),
        counter("offers"),
        sa.Column("persons_came", sa.Integer(), nullable=True),
        sa.Column("called_at", Instant(), nullable=True),
        counter("calls"),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("holds_room", sa.String(length=60), nullable=True),
    ]
    for column in new:
        op.add_column("booking", column)
    connection = op.get_bind()
    codes = (str(10**9 + secrets.randbelow(9 * 10**9)) for _ in iter(int, 1))
    for (booking_id,) in connection.execute(sa.text("SELECT id FROM booking")).all():
        connection.execute(
            sa.text("UPDATE booking SET code = :code WHERE id = :id"), {"code": next(codes), "id": booking_id}
        )
    _count_what_is_booked(connection)
    checks = {
        "bookingstate": f"state IN ({listed(STATES)})",
        "refusalground": f"refusal_ground IN ({listed(GROUNDS)})",
        "seated_while_it_stands": f"({SEATED}) = (seat_id IS NOT NULL)",
        "offered_until_some_moment": "(state = 'offered') = (offered_until IS NOT NULL)",
        "waiting_since_some_moment": "(state = 'waiting') <= (waiting_since IS NOT NULL)",
        "again_with_a_reason": "day_ordinal = 1 OR again_reason <> ''",
        "above_the_cap_with_a_reason": "counted OR over_limit_reason <> ''",
        "holds_a_room_while_it_is_there": "holds_room IS NULL OR state = 'arrived'",
    }
    kept = {
        "origin": "origin IN ('applied', 'invited', 'walk_in')",
        "identity": "identity IN ('legal_representative', 'authorised_representative')",
    }
    if connection.dialect.name == "sqlite":
        _make_anew(
            "booking",
            [
                *(check("booking", name, text) for name, text in {**kept, **checks}.items()),
                _refers("booking", "authorisation_id", "stored_file"),
                *(_refers("booking", f"{it}_id", it) for it in ("enterprise", "reception_day", "seat", "slot")),
                sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
                *(sa.UniqueConstraint(it, name=op.f(f"uq_booking_{it}")) for it in ("form_token", "seat_id", "code")),
            ],
            never_null=("code",),
        )
        for name in ("enterprise_id", "reception_day_id", "slot_id"):
            op.create_index(op.f(f"ix_booking_{name}"), "booking", [name])
    else:
        op.drop_index("one_standing_booking_a_day", "booking")
        for name in ("bookingstate", "seated_while_it_stands"):
            op.drop_constraint(op.f(f"ck_booking_{name}"), "booking", type_="check")
        for name, text in checks.items():
            op.create_check_constraint(op.f(f"ck_booking_{name}"), "booking", text)
        op.alter_column("booking", "code", nullable=False)
        op.create_unique_constraint(op.f("uq_booking_code"), "booking", ["code"])
    op.create_index("one_called_or_received_a_room", "booking", ["reception_day_id", "holds_room"], unique=True)
    op.create_index(
        "one_standing_booking_a_day",
        "booking",
        ["reception_day_id", "enterprise_id", "day_ordinal"],
        unique=True,
        sqlite_where=sa.text(STANDING),
        postgresql_where=sa.text(STANDING),
    )
    op.create_table(
        "companion",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("phone", Sealed("companion.phone"), nullable=True),
        sa.Column("id_number", Sealed("companion.id_number"), nullable=True),
        check("companion", "position", "position > 1"),
        _refers("companion", "booking_id", "booking"),
        sa.PrimaryKeyConstraint("booking_id", "position", name=op.f("pk_companion")),
    )
    op.create_table(
        "person_presence",
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        *(_refers("person_presence", f"{it}_id", it) for it in ("booking", "reception_day", "slot")),
        sa.PrimaryKeyConstraint("reception_day_id", "starts_at", "person", name=op.f("pk_person_presence")),
    )
    for name in ("booking_id", "slot_id"):
        op.create_index(op.f(f"ix_person_presence_{name}"), "person_presence", [name])


def _count_what_is_booked(connection: sa.Connection) -> None:
    matters = "(SELECT count(*) FROM matter WHERE matter.booking_id = booking.id)"
    connection.execute(sa.text(f"UPDATE booking SET counted_matters = {matters} WHERE seat_id IS NOT NULL"))
    seated = "FROM booking WHERE booking.reception_day_id = reception_day.id AND booking.seat_id IS NOT NULL"
    connection.execute(
        sa.text(
            f"UPDATE reception_day SET groups_booked = (SELECT count(*) {seated}),"
            f" matters_booked = (SELECT coalesce(sum(counted_matters), 0) {seated})"
        )
    )


def _refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}_{to}"))


def _make_anew(
    table: str, constraints: list, *, never_null: tuple[str, ...] = (), nullable: tuple[str, ...] = ()
) -> None:
    """SQLite cannot change a constraint: the table is made anew with its columns as they are and copied over."""
    connection = op.get_bind()
    columns = []
    for it in sa.inspect(connection).get_columns(table):
        may_be_null = it["name"] in nullable or (it["nullable"] and it["name"] not in never_null)
        columns.append(sa.Column(it["name"], it["type"], nullable=may_be_null))
    op.create_table(f"{table}_anew", *columns, *constraints)
    names = ", ".join(f'"{it.name}"' for it in columns)
    connection.execute(sa.text(f"INSERT INTO {table}_anew ({names}) SELECT {names} FROM {table}"))
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)


def _opinions_and_photos() -> None:
    op.create_table(
        "category_unit",
        sa.Column("category_code", sa.String(length=24), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"], ["category.code"], name=op.f("fk_category_unit_category_code_category")
        ),
        _refers("category_unit", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("category_code", "unit_id", name=op.f("pk_category_unit")),
    )
    op.create_index(op.f("ix_category_unit_unit_id"), "category_unit", ["unit_id"])
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        one_of("opinion", "state", "opinionstate", "asked answered declined withdrawn", nullable=False),
        sa.Column("question", sa.String(length=400), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("policy_basis", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=40), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("release_reason", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("opinion", "answered_in_words", "state <> 'answered' OR (opinion <> '' AND answered_at IS NOT NULL)"),
        check("opinion", "declined_with_a_reason", "state <> 'declined' OR release_reason <> ''"),
        _refers("opinion", "matter_id", "matter"),
        _refers("opinion", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("matter_id", "unit_id", name="one_opinion_a_unit"),
    )
    op.create_index(op.f("ix_opinion_matter_id"), "opinion", ["matter_id"])
    op.create_index("ix_opinion_of_unit", "opinion", ["unit_id", "state", "due_on"])
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reception_day_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=120), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        _refers("photo", "booking_id", "booking"),
        _refers("photo", "reception_day_id", "reception_day"),
        _refers("photo", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    for name in ("booking_id", "reception_day_id"):
        op.create_index(op.f(f"ix_photo_{name}"), "photo", [name])


def _messages() -> None:
    op.create_table(
        "robot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        one_of("robot", "channel", "robotchannel", CHANNELS, nullable=False),
        sa.Column("address", Sealed("robot.address"), nullable=False),
        sa.Column("secret", Sealed("robot.secret"), nullable=True),
        sa.Column("keyword", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("posts", sa.Text(), nullable=False),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot")),
        sa.UniqueConstraint("name", name=op.f("uq_robot_name")),
    )
    for column in (
        sa.Column("robot_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        short_text("done_by", 40),
        short_text("remark", 100),
    ):
        op.add_column("message", column)
    checks = {
        "channel": f"channel IN ({listed(CHANNELS)})",
        "one_recipient": "(CASE WHEN account_id IS NULL THEN 0 ELSE 1 END)"
        " + (CASE WHEN robot_id IS NULL THEN 0 ELSE 1 END)"
        " + (CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END) = 1",
    }
    refers = [_refers("message", f"{it}_id", it) for it in ("robot", "booking")]
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(
            "message",
            [
                check("message", "messagestate", "state IN ('waiting', 'sent', 'failed', 'dropped')"),
                *(check("message", name, text) for name, text in checks.items()),
                *refers,
                _refers("message", "account_id", "account"),
                sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
                sa.UniqueConstraint("key", "account_id", "channel", name="told_once"),
            ],
            nullable=("account_id",),
        )
        op.create_index("ix_message_due", "message", ["state", "due_at"])
        op.create_index("ix_message_of_account", "message", ["account_id", "channel", "read_at"])
        op.create_index(
            "ix_message_unread",
            "message",
            ["account_id", "channel", "state", "due_at"],
            sqlite_where=sa.text("read_at IS NULL"),
        )
    else:
        op.drop_constraint(op.f("ck_message_channel"), "message", type_="check")
        for name, text in checks.items():
            op.create_check_constraint(op.f(f"ck_message_{name}"), "message", text)
        op.alter_column("message", "account_id", nullable=True)
        for it in ("robot", "booking"):
            op.create_foreign_key(op.f(f"fk_message_{it}_id_{it}"), "message", it, [f"{it}_id"], ["id"])
    op.create_index(op.f("ix_message_booking_id"), "message", ["booking_id"])
    op.create_index("ix_message_told_a_group_once", "message", ["key", "robot_id"], unique=True)
    op.create_index("ix_message_told_a_visitor_once", "message", ["key", "booking_id", "channel"], unique=True)
