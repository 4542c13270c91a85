"""The whole course of a matter as one timeline: who, when, what, with the words, files and papers that go with it (domain 2.5).

The audit trail says what happened; the records say it in full. Which records belong to a matter is asked first, so that the
trail is read by its index, and nothing is read of what the actor may not see. Statements: four, whatever happened.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Reception
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.handling import LookBack, UnitTask
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.queries.handling_files import HandlingFileRow, files_of_matter
from portal.store.queries.told_in_full import SKIPPED, told_in_full
from portal.store.queries.visibility import sees_the_reception, visible_matters, visible_papers, visible_slips

PERSONAL_DATA_SEEN = "personal_data_seen"
NOT_FOR_UNITS = (PERSONAL_DATA_SEEN, "enterprise_wrote", "enterprise_answered")
"""Who looked at personal data is the office's business only; what an enterprise wrote may speak of the unit itself."""
MEASURES = ("measure_taken", "measure_ended")
STORED = "paper_kept"
"""That a signed paper was put away is housekeeping; the slip's own page tells of it."""
LONGEST = 400


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One act: its words in full where a record holds them, its files, and the record it was done on."""

    at: datetime
    who: str
    act: str
    what: str
    target: str
    target_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    files: tuple[HandlingFileRow, ...] = ()

    @property
    def slip_id(self) -> int | None:
        """The slip it was done on."""
        return int(self.target_id) if self.target == "slip" else None

    @property
    def paper_id(self) -> int | None:
        """The numbered paper it was done on."""
        return int(self.target_id) if self.target == "slip_paper" else None


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a matter, newest first, and what its last round of closing was let off (`head`, `enterprise`)."""

    lines: Sequence[CourseLine] = ()
    skipped: tuple[str, ...] = ()


def course_of_matter(session: Session, actor: Actor, matter_id: int, booking_id: int | None) -> Course:
    """What happened to a matter, as far as the actor may know of it; nothing when the matter is not visible."""
    records = _records_of(session, actor, matter_id, booking_id)
    if not records:
        return Course()
    told = told_in_full(session, actor, matter_id)
    files = files_of_matter(session, actor, matter_id)
    which = or_(*(and_(AuditLine.target_kind == kind, AuditLine.target_id.in_(ids)) for kind, ids in records.items()))
    statement = select(
        AuditLine.at, AuditLine.actor_name, AuditLine.act, AuditLine.summary, AuditLine.target_kind,
        AuditLine.target_id, AuditLine.details,
    ).where(which)  # fmt: skip
    statement = statement.where(AuditLine.act.not_in(_hidden_from(actor)))
    rows = session.execute(statement.order_by(AuditLine.id.desc()).limit(LONGEST))
    rounds = [(int(number), texts) for (act, number), texts in told.items() if act == SKIPPED]
    skipped = max(rounds)[1] if rounds else ()
    lines = [_line(row, told, files) for row in rows]
    if actor.role is Role.UNIT:
        lines = [it for it in lines if not _is_anothers_measure(it, told)]
    return Course(lines, tuple(it for text in skipped for it in text.split()))


def _is_anothers_measure(line: CourseLine, told: Mapping[tuple[str, str], tuple[str, ...]]) -> bool:
    """A unit reads of measures against itself only: those whose words it was given."""
    return line.act in MEASURES and (MEASURES[0], str(line.details.get("measure", ""))) not in told


def _hidden_from(actor: Actor) -> tuple[str, ...]:
    if actor.role is Role.OFFICE:
        return (STORED,)
    return (STORED, *NOT_FOR_UNITS) if actor.role is Role.UNIT else (STORED, PERSONAL_DATA_SEEN)


def _line(row: Any, told: Mapping[tuple[str, str], tuple[str, ...]], files: Sequence[HandlingFileRow]) -> CourseLine:
    details = json.loads(row.details or "{}")
    kind, number = _record_of(row.act, row.target_kind, row.target_id, details)
    own = [it for it in files if str(getattr(it, f"{kind}_id", "")) == number] if kind in WITH_FILES else []
    return CourseLine(
        row.at, row.actor_name, row.act, row.summary, row.target_kind, row.target_id, details,
        told.get((row.act, number), ()), tuple(own) if row.act in BRINGS_FILES else (),
    )  # fmt: skip


WITH_FILES = ("progress", "closing", "look_back")
BRINGS_FILES = ("progress_reported", "result_proposed", "look_back_done")
NAMED = ("progress", "extension", "closing", "look_back", "call_back", "escalation", "measure", "word", "slip")
"""By these names an audit line says which record holds its words."""


def _record_of(act: str, kind: str, number: str, details: Mapping[str, Any]) -> tuple[str, str]:
    if kind != "matter":
        return kind, number
    named = next((it for it in NAMED if it in details), None)
    return (named, str(details[named])) if named else (kind, number)


def _records_of(session: Session, actor: Actor, matter_id: int, booking_id: int | None) -> dict[str, list[str]]:
    """The records that belong to a matter, as the trail names them, in one statement."""
    seen = select(Matter.id).where(Matter.id == matter_id, visible_matters(actor))
    slips = (
        select(Slip.id)
        .join(SlipMatter, SlipMatter.slip_id == Slip.id)
        .where(SlipMatter.matter_id.in_(seen), visible_slips(actor))
    )
    leads = select(literal("slip_receipt"), cast(Slip.id, String) + "/" + cast(Slip.lead_unit_id, String)).where(
        Slip.id.in_(slips), Slip.lead_unit_id.is_not(None), *_of_the_unit(actor, Slip.lead_unit_id)
    )
    helps = select(
        literal("slip_receipt"), cast(AssistingUnit.slip_id, String) + "/" + cast(AssistingUnit.unit_id, String)
    ).where(AssistingUnit.slip_id.in_(slips), *_of_the_unit(actor, AssistingUnit.unit_id))
    papers = (
        select(literal("slip_paper"), cast(SlipPaper.id, String))
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .where(Slip.id.in_(slips), visible_papers(actor))
    )
    parts = [
        select(literal("matter"), cast(Matter.id, String)).where(Matter.id.in_(seen)),
        select(literal("slip"), cast(Slip.id, String)).where(Slip.id.in_(slips)),
        leads,
        helps,
        papers,
        *(
            select(literal(model.__tablename__), cast(model.id, String)).where(model.matter_id.in_(seen))
            for model in (LookBack, Escalation, Measure)
        ),
        select(literal("unit_task"), cast(UnitTask.id, String)).where(
            UnitTask.matter_id.in_(seen), UnitTask.unit_id == actor.unit_id
        ),
    ]
    if booking_id is not None and sees_the_reception(actor):
        parts.append(select(literal("booking"), literal(str(booking_id))).where(seen.exists()))
        parts.append(
            select(literal("reception"), cast(Reception.id, String)).where(
                Reception.booking_id == booking_id, seen.exists()
            )
        )
    found: dict[str, list[str]] = {}
    for kind, number in session.execute(union_all(*parts)):
        found.setdefault(kind, []).append(number)
    return found


def _of_the_unit(actor: Actor, column: Any) -> list[ColumnElement[bool]]:
    """A unit reads of its own receipts only, all others of everybody's; tasks inside a unit nobody else reads at all."""
    return [column == actor.unit_id] if actor.role is Role.UNIT else []
