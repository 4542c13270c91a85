"""The closed loop: progress, objections, more time, pauses, closing, look-backs, meetings, studies, clocks, jobs."""

import secrets
from base64 import b32encode
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from portal.store.base import Instant

revision = "0005"
down_revision = "0004"

MATTER_STATES = (
    "registered settled awaiting_assignment assigned handling objected suspended long_term proposed confirming reviewing"
    " approving closed withdrawn refused"
)
WITH_A_UNIT = "approving assigned closed confirming handling long_term objected proposed reviewing suspended"
SLIP_STATES = "draft awaiting_signature signed issued received closed returned void"
ISSUED = "closed issued received returned"
SIGNED = "closed issued received returned signed"
NUMBERED = "awaiting_signature closed issued received returned signed"


def upgrade() -> None:
    _columns()
    _checks()
    _new_tables()
    _chasing_and_voices()
    _matters_under_way()


def _new_tables() -> None:
    op.create_table(
        "clock_rule",
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("start", sa.String(length=32), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("extend_by", sa.Integer(), nullable=False),
        sa.Column("ask_before", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.String(length=32), nullable=False),
        sa.Column("on_rest_day", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stage", name=op.f("pk_clock_rule")),
        sa.CheckConstraint("length > 0", name=op.f("ck_clock_rule_some_length")),
        sa.CheckConstraint(
            "extensions >= 0 AND extend_by >= 0 AND ask_before >= 0", name=op.f("ck_clock_rule_no_less_than_none")
        ),
    )
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("began_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.create_table(
        "common_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("approach", sa.Text(), nullable=False),
        sa.Column("lead_unit_id", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_common_task_lead_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_common_task")),
    )
    op.create_index(op.f("ix_common_task_lead_unit_id"), "common_task", ["lead_unit_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "dispatch",
                "push",
                "consultation",
                name="meetingkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                name="meetingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("venue", sa.String(length=80), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("cancelled_why", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'cancelled' OR cancelled_why <> ''", name=op.f("ck_meeting_cancelled_with_a_reason")
        ),
        sa.ForeignKeyConstraint(["chair_id"], ["leader.id"], name=op.f("fk_meeting_chair_id_leader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_chair_id"), "meeting", ["chair_id"], unique=False)
    op.create_index(op.f("ix_meeting_held_on"), "meeting", ["held_on"], unique=False)

    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "open",
                "concluded",
                "dropped",
                name="studystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("category_code", sa.String(length=24), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lead_unit_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("dropped_why", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'concluded' OR conclusion <> ''", name=op.f("ck_study_concluded_in_words")),
        sa.CheckConstraint("state <> 'dropped' OR dropped_why <> ''", name=op.f("ck_study_dropped_with_a_reason")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_study_category_code_category")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_study_lead_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
    )
    op.create_index(op.f("ix_study_category_code"), "study", ["category_code"], unique=False)
    op.create_index(op.f("ix_study_lead_unit_id"), "study", ["lead_unit_id"], unique=False)
    op.create_index(
        "ix_study_one_open_a_category",
        "study",
        ["category_code"],
        unique=True,
        sqlite_where=sa.text("state IN ('proposed', 'open')"),
        postgresql_where=sa.text("state IN ('proposed', 'open')"),
    )
    op.create_index(op.f("ix_study_state"), "study", ["state"], unique=False)

    op.create_table(
        "agenda_item",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_agenda_item_matter_id_matter")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_agenda_item_unit_id_unit")),
        sa.PrimaryKeyConstraint("meeting_id", "matter_id", name=op.f("pk_agenda_item")),
    )
    op.create_index(op.f("ix_agenda_item_matter_id"), "agenda_item", ["matter_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_unit_id"), "agenda_item", ["unit_id"], unique=False)

    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "solved",
                "partly_solved",
                "planned",
                "submitted",
                "explained",
                "referred",
                name="resultcode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column(
            "answered_how",
            sa.Enum(
                "written",
                "in_person",
                "phone",
                "not_yet",
                name="answeredhow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("head_by", sa.String(length=40), nullable=False),
        sa.Column("head_at", Instant(), nullable=True),
        sa.Column("head_recorded_by", sa.String(length=40), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "very_content",
                "content",
                "fairly_content",
                "discontent",
                "very_discontent",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "resolved",
            sa.Enum("fully", "partly", "not", name="resolved", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column(
            "opinion_how",
            sa.Enum(
                "link",
                "phone",
                "paper",
                "on_site",
                name="askedhow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("opinion_by", sa.String(length=40), nullable=False),
        sa.Column("opinion_at", Instant(), nullable=True),
        sa.Column("opinion_recorded_by", sa.String(length=40), nullable=False),
        sa.Column("reviewed_by", sa.String(length=40), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("review_remark", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approval_remark", sa.Text(), nullable=False),
        sa.Column("skipped", sa.String(length=120), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name=op.f("ck_closing_ended_with_a_reason")),
        sa.CheckConstraint("told <> ''", name=op.f("ck_closing_in_words")),
        sa.CheckConstraint("(opinion_at IS NULL) = (resolved IS NULL)", name=op.f("ck_closing_opinion_whole")),
        sa.CheckConstraint(
            "approved_at IS NULL OR approved_by <> proposed_by", name=op.f("ck_closing_nobody_closes_his_own")
        ),
        sa.CheckConstraint(
            "approved_at IS NULL OR approved_by <> reviewed_by", name=op.f("ck_closing_nobody_approves_his_own_review")
        ),
        sa.CheckConstraint(
            "reviewed_at IS NULL OR opinion_at IS NOT NULL OR skipped LIKE '%enterprise%'",
            name=op.f("ck_closing_asked_before_reviewed"),
        ),
        sa.CheckConstraint(
            "approved_at IS NULL OR reviewed_at IS NOT NULL", name=op.f("ck_closing_reviewed_before_approved")
        ),
        sa.CheckConstraint(
            "reviewed_at IS NULL OR head_at IS NOT NULL", name=op.f("ck_closing_signed_before_reviewed")
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_closing_matter_id_matter")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_closing_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_closing_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
        sa.UniqueConstraint("form_token", name=op.f("uq_closing_form_token")),
        sa.UniqueConstraint("matter_id", "round", name="one_closing_a_round"),
    )
    op.create_index("ix_closing_approved", "closing", ["approved_at"], unique=False)
    op.create_index(op.f("ix_closing_result"), "closing", ["result"], unique=False)
    op.create_index(op.f("ix_closing_slip_id"), "closing", ["slip_id"], unique=False)
    op.create_index(op.f("ix_closing_unit_id"), "closing", ["unit_id"], unique=False)

    op.create_table(
        "common_matter",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("joined_by", sa.String(length=40), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_common_matter_matter_id_matter")),
        sa.ForeignKeyConstraint(["task_id"], ["common_task.id"], name=op.f("fk_common_matter_task_id_common_task")),
        sa.PrimaryKeyConstraint("task_id", "matter_id", name=op.f("pk_common_matter")),
        sa.UniqueConstraint("matter_id", name="one_task_a_matter"),
    )
    op.create_index("ix_common_matter_task", "common_matter", ["task_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("before_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "granted",
                "refused",
                "withdrawn",
                name="extensionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=False),
        sa.Column("enterprise_told_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('granted', 'refused')) = (decided_at IS NOT NULL)", name=op.f("ck_extension_decided_whole")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_extension_with_a_reason")),
        sa.CheckConstraint("until_on > before_on", name=op.f("ck_extension_later_than_before")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_extension_matter_id_matter")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_extension_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_extension_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_of_matter", "extension", ["matter_id", "asked_at"], unique=False)
    op.create_index(
        "ix_extension_one_waits",
        "extension",
        ["matter_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(op.f("ix_extension_slip_id"), "extension", ["slip_id"], unique=False)
    op.create_index(op.f("ix_extension_unit_id"), "extension", ["unit_id"], unique=False)

    op.create_table(
        "look_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(
                "sample",
                "discontent",
                "ordered",
                name="lookbackwhy",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column(
            "finding",
            sa.Enum(
                "holds",
                "partly",
                "not_done",
                "fake",
                "unreachable",
                name="finding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("met_whom", sa.String(length=80), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("finding IS NULL OR told <> ''", name=op.f("ck_look_back_found_in_words")),
        sa.CheckConstraint("(done_on IS NULL) = (finding IS NULL)", name=op.f("ck_look_back_done_with_a_finding")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_look_back_assignee_id_account")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_look_back_matter_id_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_back")),
        sa.UniqueConstraint("matter_id", "round", "why", name="one_look_back_a_round"),
    )
    op.create_index(op.f("ix_look_back_assignee_id"), "look_back", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_look_back_matter_id"), "look_back", ["matter_id"], unique=False)
    op.create_index("ix_look_back_open", "look_back", ["done_on", "planned_on"], unique=False)

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.String(length=200), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("proposed_unit_id", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "ruling",
            sa.Enum("upheld", "dismissed", name="ruling", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("ruling_told", sa.Text(), nullable=False),
        sa.Column("ruled_by", sa.String(length=40), nullable=False),
        sa.Column("ruled_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(ruling IS NULL) = (ruled_at IS NULL) AND (ruling IS NULL) = (ruled_by = '')",
            name=op.f("ck_objection_ruled_whole"),
        ),
        sa.CheckConstraint("reasons <> '' AND told <> ''", name=op.f("ck_objection_with_reasons")),
        sa.CheckConstraint("ruling IS NULL OR ruling_told <> ''", name=op.f("ck_objection_ruled_with_reasons")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_objection_matter_id_matter")),
        sa.ForeignKeyConstraint(["proposed_unit_id"], ["unit.id"], name=op.f("fk_objection_proposed_unit_id_unit")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_objection_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_objection_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("slip_id", "matter_id", name="one_objection_a_slip"),
    )
    op.create_index(op.f("ix_objection_matter_id"), "objection", ["matter_id"], unique=False)
    op.create_index("ix_objection_open", "objection", ["ruling", "due_on"], unique=False)
    op.create_index(op.f("ix_objection_proposed_unit_id"), "objection", ["proposed_unit_id"], unique=False)
    op.create_index(op.f("ix_objection_unit_id"), "objection", ["unit_id"], unique=False)

    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("suspension", "long_term", name="pausekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_pause_with_a_reason")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_pause_matter_id_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(
        "ix_pause_one_a_matter",
        "pause",
        ["matter_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_pause_review", "pause", ["ended_at", "review_on"], unique=False)

    op.create_table(
        "progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "progress",
                "stage",
                "answer",
                "contact",
                name="progresskind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("next_step", sa.String(length=200), nullable=False),
        sa.Column("contacted_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.CheckConstraint("told <> ''", name=op.f("ck_progress_in_words")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_progress_matter_id_matter")),
        sa.ForeignKeyConstraint(["slip_id"], ["slip.id"], name=op.f("fk_progress_slip_id_slip")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_progress_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress")),
    )
    op.create_index("ix_progress_of_matter", "progress", ["matter_id", "at"], unique=False)
    op.create_index("ix_progress_one_a_form", "progress", ["form_token"], unique=True)
    op.create_index(op.f("ix_progress_slip_id"), "progress", ["slip_id"], unique=False)
    op.create_index(op.f("ix_progress_unit_id"), "progress", ["unit_id"], unique=False)

    op.create_table(
        "study_matter",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_study_matter_matter_id_matter")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_study_matter_study_id_study")),
        sa.PrimaryKeyConstraint("study_id", "matter_id", name=op.f("pk_study_matter")),
    )
    op.create_index(op.f("ix_study_matter_matter_id"), "study_matter", ["matter_id"], unique=False)

    op.create_table(
        "unit_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("handler", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("given_by", sa.String(length=40), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (outcome = '')", name=op.f("ck_unit_task_done_with_an_outcome")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_unit_task_account_id_account")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_unit_task_matter_id_matter")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_task_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_task")),
    )
    op.create_index(op.f("ix_unit_task_account_id"), "unit_task", ["account_id"], unique=False)
    op.create_index(op.f("ix_unit_task_matter_id"), "unit_task", ["matter_id"], unique=False)
    op.create_index("ix_unit_task_due", "unit_task", ["done_at", "due_on"], unique=False)
    op.create_index("ix_unit_task_open", "unit_task", ["unit_id", "done_at", "due_on"], unique=False)

    op.create_table(
        "handling_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("progress_id", sa.Integer(), nullable=True),
        sa.Column("closing_id", sa.Integer(), nullable=True),
        sa.Column("look_back_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN progress_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN closing_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN look_back_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN study_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_handling_file_of_one_thing"),
        ),
        sa.CheckConstraint(
            "(matter_id IS NULL) = (meeting_id IS NOT NULL OR study_id IS NOT NULL)",
            name=op.f("ck_handling_file_of_a_matter_or_of_many"),
        ),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name=op.f("fk_handling_file_closing_id_closing")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_handling_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["look_back_id"], ["look_back.id"], name=op.f("fk_handling_file_look_back_id_look_back")
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_handling_file_matter_id_matter")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_handling_file_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_handling_file_study_id_study")),
        sa.ForeignKeyConstraint(["progress_id"], ["progress.id"], name=op.f("fk_handling_file_progress_id_progress")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handling_file")),
    )
    op.create_index(op.f("ix_handling_file_closing_id"), "handling_file", ["closing_id"], unique=False)
    op.create_index(op.f("ix_handling_file_file_id"), "handling_file", ["file_id"], unique=False)
    op.create_index(op.f("ix_handling_file_look_back_id"), "handling_file", ["look_back_id"], unique=False)
    op.create_index(op.f("ix_handling_file_matter_id"), "handling_file", ["matter_id"], unique=False)
    op.create_index(op.f("ix_handling_file_meeting_id"), "handling_file", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_handling_file_progress_id"), "handling_file", ["progress_id"], unique=False)
    op.create_index(op.f("ix_handling_file_study_id"), "handling_file", ["study_id"], unique=False)

    op.create_table(
        "paper_reply",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("poor_why", sa.String(length=200), nullable=False),
        sa.Column("poor_by", sa.String(length=40), nullable=False),
        sa.Column("poor_at", Instant(), nullable=True),
        sa.CheckConstraint("told <> ''", name=op.f("ck_paper_reply_in_words")),
        sa.CheckConstraint("(poor_at IS NULL) = (poor_why = '')", name=op.f("ck_paper_reply_poor_with_a_reason")),
        sa.ForeignKeyConstraint(["paper_id"], ["slip_paper.id"], name=op.f("fk_paper_reply_paper_id_slip_paper")),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_paper_reply")),
    )


def _chasing_and_voices() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column(
            "to",
            sa.Enum(
                "lead_official",
                "signer",
                "chief",
                "upper_level",
                name="escalatedto",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("organ", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=40), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("ck_escalation_answered_whole")),
        sa.CheckConstraint("why <> ''", name=op.f("ck_escalation_with_a_reason")),
        sa.ForeignKeyConstraint(["leader_id"], ["leader.id"], name=op.f("fk_escalation_leader_id_leader")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_escalation_matter_id_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    op.create_index(op.f("ix_escalation_leader_id"), "escalation", ["leader_id"], unique=False)
    op.create_index(op.f("ix_escalation_matter_id"), "escalation", ["matter_id"], unique=False)
    op.create_index("ix_escalation_open", "escalation", ["answered_at", "at"], unique=False)
    op.create_index(
        "ix_escalation_one_a_leader",
        "escalation",
        ["matter_id", "to", "leader_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL AND leader_id IS NOT NULL"),
        postgresql_where=sa.text("answered_at IS NULL AND leader_id IS NOT NULL"),
    )
    op.create_index(
        "ix_escalation_one_an_organ",
        "escalation",
        ["matter_id", "to", "organ"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL AND leader_id IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL AND leader_id IS NULL"),
    )
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "talk", "listed", "bulletin", name="measurekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome = '')", name=op.f("ck_measure_ended_with_an_outcome")),
        sa.CheckConstraint("why <> ''", name=op.f("ck_measure_with_a_reason")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_measure_matter_id_matter")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_measure_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index(op.f("ix_measure_matter_id"), "measure", ["matter_id"], unique=False)
    op.create_index("ix_measure_open", "measure", ["ended_at", "due_on"], unique=False)
    op.create_index(
        "ix_measure_one_of_a_kind",
        "measure",
        ["matter_id", "unit_id", "kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_measure_unit_id"), "measure", ["unit_id"], unique=False)
    op.create_table(
        "call_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "very_content",
                "content",
                "fairly_content",
                "discontent",
                "very_discontent",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "resolved",
            sa.Enum("fully", "partly", "not", name="resolved", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "link",
                "phone",
                "paper",
                "on_site",
                name="askedhow",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.CheckConstraint("grade IS NOT NULL OR told <> ''", name=op.f("ck_call_back_not_reached_says_why")),
        sa.CheckConstraint("(grade IS NULL) = (resolved IS NULL)", name=op.f("ck_call_back_rated_whole")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_call_back_matter_id_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sa.UniqueConstraint("form_token", name=op.f("uq_call_back_form_token")),
    )
    op.create_index("ix_call_back_of_matter", "call_back", ["matter_id", "round", "at"], unique=False)
    op.create_table(
        "enterprise_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "objection", "breach", "remark", name="wordkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("reach", sa.String(length=512), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=40), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("ck_enterprise_word_answered_whole")),
        sa.CheckConstraint("told <> ''", name=op.f("ck_enterprise_word_in_words")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_enterprise_word_booking_id_booking")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_enterprise_word_matter_id_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_word")),
        sa.UniqueConstraint("form_token", name=op.f("uq_enterprise_word_form_token")),
    )
    op.create_index(op.f("ix_enterprise_word_booking_id"), "enterprise_word", ["booking_id"], unique=False)
    op.create_index(op.f("ix_enterprise_word_matter_id"), "enterprise_word", ["matter_id"], unique=False)
    op.create_index("ix_enterprise_word_open", "enterprise_word", ["answered_at", "at"], unique=False)
    op.create_table(
        "follow_failure",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_follow_failure_booking_id_booking")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_follow_failure")),
    )


def listed(members: str) -> str:
    return ", ".join(f"'{member}'" for member in members.split())


def check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _columns() -> None:
    head = check("account", "heads_a_unit_of_its_own", "NOT heads_unit OR role = 'unit'")
    op.add_column("account", sa.Column("heads_unit", sa.Boolean(), head, nullable=False, server_default=sa.false()))
    op.add_column("assisting_unit", sa.Column("answered_at", Instant(), nullable=True))
    op.add_column("booking", sa.Column("follow_code", sa.String(length=16), nullable=True))
    for column in (
        sa.Column("due_from", sa.Date(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("due_measure", sa.String(length=16), nullable=True),
        sa.Column("due_rest", sa.String(length=16), nullable=True),
        sa.Column("is_petition", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("state_since", Instant(), nullable=True),
        sa.Column("step_due_on", sa.Date(), nullable=True),
        sa.Column("step_due_at", Instant(), nullable=True),
        sa.Column("step_from", sa.Date(), nullable=True),
        sa.Column("step_days", sa.Integer(), nullable=True),
        sa.Column("step_measure", sa.String(length=16), nullable=True),
        sa.Column("step_rest", sa.String(length=16), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
    ):
        op.add_column("matter", column)
    for column in (
        sa.Column("due_measure", sa.String(length=16), nullable=True),
        sa.Column("due_rest", sa.String(length=16), nullable=True),
        sa.Column("receipt_due_at", Instant(), nullable=True),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
    ):
        op.add_column("slip", column)
    op.add_column("slip_paper", sa.Column("ground", sa.String(length=16), nullable=True))
    op.add_column("slip_paper", sa.Column("why_direct", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("slip_matter", sa.Column("ended_at", Instant(), nullable=True))
    op.add_column("slip_matter", sa.Column("ended_why", sa.String(length=200), nullable=False, server_default=""))


def _checks() -> None:
    """Wider states and what follows from them; SQLite can only change a check by making the table anew."""
    matter = {
        "matterstate": f"state IN ({listed(MATTER_STATES)})",
        "withdrawn_with_a_reason": "state <> 'withdrawn' OR ended_reason <> ''",
        "assigned_to_a_unit": f"NOT (state IN ({listed(WITH_A_UNIT)})) OR lead_unit_id IS NOT NULL",
        "closed_at_a_moment": "(state = 'closed') = (closed_at IS NOT NULL)",
        "counted_limit": "(due_from IS NULL) = (due_days IS NULL)",
        "counted_step": "(step_from IS NULL) = (step_days IS NULL)",
    }
    slip = {
        "slipstate": f"state IN ({listed(SLIP_STATES)})",
        "numbered": f"NOT (state IN ({listed(NUMBERED)})) OR number IS NOT NULL",
        "signed": f"NOT (state IN ({listed(SIGNED)})) OR signed_on IS NOT NULL",
        "issued": f"NOT (state IN ({listed(ISSUED)})) OR issued_at IS NOT NULL",
        "closed_at_a_moment": "(state = 'closed') = (closed_at IS NOT NULL)",
    }
    if op.get_bind().dialect.name == "sqlite":
        _make_anew("matter", matter)
        _make_anew("slip", slip, "follows_id")
    else:
        for table, checks in (("matter", matter), ("slip", slip)):
            for name, text in checks.items():
                op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
                op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
        op.create_foreign_key(op.f("fk_slip_follows_id_slip"), "slip", "slip", ["follows_id"], ["id"])
    op.create_index("ix_booking_follow_code", "booking", ["follow_code"], unique=True)
    op.create_index("ix_matter_of_unit", "matter", ["lead_unit_id", "state", "due_on"])
    op.create_index(op.f("ix_matter_step_due_on"), "matter", ["step_due_on"])
    op.create_index(op.f("ix_slip_follows_id"), "slip", ["follows_id"])
    op.create_index("ix_matter_step", "matter", ["state", "step_due_on"])
    op.create_index("ix_matter_due", "matter", ["state", "due_on"])
    op.create_index(
        "ix_matter_counted",
        "matter",
        ["state", "reception_day_id", "raised_on", "due_on", "step_due_on", "step_due_at"],
    )
    op.create_index("ix_matter_closed_at", "matter", ["closed_at"])
    op.create_index("ix_slip_counted", "slip", ["state", "reception_day_id", "lead_unit_id", "signed_how"])
    op.create_index(
        "ix_slip_matter_standing", "slip_matter", ["matter_id", "slip_id"],
        sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip


def _make_anew(table: str, checks: Mapping[str, str], refers_to_itself: str | None = None) -> None:
    """The table as it is, with new checks in the place of those that change; a new column may refer to the table itself."""
    connection = op.get_bind()
    kept = [
        text
        for (text,) in connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"),
            {"table": table},
        )
    ]
    inspector = sa.inspect(connection)
    columns = [sa.Column(it["name"], it["type"], nullable=it["nullable"]) for it in inspector.get_columns(table)]
    names = ", ".join(f'"{it.name}"' for it in columns)
    constraints: list[sa.Constraint] = [
        sa.CheckConstraint(it["sqltext"], name=op.f(it["name"]))
        for it in inspector.get_check_constraints(table)
        if (it["name"] or "").removeprefix(f"ck_{table}_") not in checks
    ]
    constraints += [check(table, name, text) for name, text in checks.items()]
    constraints += [
        sa.ForeignKeyConstraint(
            it["constrained_columns"], [f"{it['referred_table']}.{name}" for name in it["referred_columns"]],
            name=op.f(it["name"]),
        )
        for it in inspector.get_foreign_keys(table)
    ]  # fmt: skip
    constraints += [
        sa.UniqueConstraint(*it["column_names"], name=op.f(it["name"]))
        for it in inspector.get_unique_constraints(table)
    ]
    key = inspector.get_pk_constraint(table)
    constraints.append(sa.PrimaryKeyConstraint(*key["constrained_columns"], name=op.f(key["name"] or f"pk_{table}")))
    if refers_to_itself:
        name = op.f(f"fk_{table}_{refers_to_itself}_{table}")
        constraints.append(sa.ForeignKeyConstraint([refers_to_itself], [f"{table}.id"], name=name))
    op.create_table(f"{table}_anew", *columns, *constraints)
    connection.execute(sa.text(f"INSERT INTO {table}_anew ({names}) SELECT {names} FROM {table}"))
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)
    for text in kept:
        connection.execute(sa.text(text))


def _matters_under_way() -> None:
    """What units have signed for is in their hands; every booking gets the code of its enterprise's window."""
    connection = op.get_bind()
    op.execute(
        "UPDATE matter SET state = 'handling' WHERE state = 'assigned' AND id IN (SELECT slip_matter.matter_id FROM"
        " slip_matter JOIN slip ON slip.id = slip_matter.slip_id WHERE slip.state = 'received')"
    )
    op.execute(
        "UPDATE matter SET due_from = (SELECT slip.due_from FROM slip JOIN slip_matter ON slip.id = slip_matter.slip_id"
        " WHERE slip_matter.matter_id = matter.id AND slip.state <> 'void' AND slip.due_on = matter.due_on"
        " ORDER BY slip.id LIMIT 1), due_days = (SELECT slip.due_days FROM slip JOIN slip_matter ON slip.id ="
        " slip_matter.slip_id WHERE slip_matter.matter_id = matter.id AND slip.state <> 'void' AND slip.due_on ="
        " matter.due_on ORDER BY slip.id LIMIT 1) WHERE due_on IS NOT NULL"
    )
    _steps_under_way()
    for (booking_id,) in connection.execute(sa.text("SELECT id FROM booking WHERE follow_code IS NULL")).all():
        code = b32encode(secrets.token_bytes(10)).decode()
        connection.execute(
            sa.text("UPDATE booking SET follow_code = :code WHERE id = :id"), {"code": code, "id": booking_id}
        )


def _steps_under_way() -> None:
    """Since when and until when the next step is owed: the receipt until the lead unit has signed, then the handling."""
    leads = (
        " FROM slip JOIN slip_matter ON slip.id = slip_matter.slip_id LEFT JOIN slip_receipt ON slip_receipt.slip_id ="
        " slip.id AND slip_receipt.unit_id = slip.lead_unit_id WHERE slip_matter.matter_id = matter.id AND"
        " slip.lead_unit_id = matter.lead_unit_id AND slip.state IN ('issued', 'received') ORDER BY slip.id LIMIT 1)"
    )
    op.execute(
        f"UPDATE matter SET state_since = (SELECT coalesce(slip_receipt.received_at, slip.issued_at){leads},"
        f" step_due_on = CASE WHEN state = 'handling' THEN due_on ELSE (SELECT slip.receipt_due_on{leads} END"
        " WHERE state IN ('assigned', 'handling')"
    )
