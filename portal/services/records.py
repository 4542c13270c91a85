"""The record of a reception: what was asked, reported, analysed and answered, and which units sat in (NX-06, NX-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.domain.attendance import Attendance
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, InvitedUnit, Reception

RECORD_CHANGED = "您打开页面之后，别人已修改了这份接待记录。您写的内容还在下面，请与对方的内容核对后再保存。"


@dataclass(frozen=True, slots=True)
class RecordText:
    """The parts of the record besides the matters themselves (NX-11)."""

    inquiry: str = ""
    department_reports: str = ""
    crux: str = ""
    approach: str = ""
    answer: str = ""
    recorder: str = ""


@dataclass(frozen=True, slots=True)
class AttendanceNote:
    """Whether an invited unit came, and who came for it."""

    unit_id: int
    attendance: Attendance
    representative: str = ""


def save_record(
    session: Session, booking_id: int, text: RecordText, *, version: int | None = None, actor: Actor, now: datetime
) -> Reception:
    """Write the record down. Saving the same text again changes nothing and leaves no line in the audit trail.

    Raises Conflict when somebody else has saved a different text since that version.
    """
    must(actor, Action.RECORD_RECEPTION)
    begun = session.scalar(select(Reception).where(Reception.booking_id == booking_id))
    if begun is None:
        raise RuleBroken("接待还没有开始，请先点“开始接待”。", field="state")
    wanted = {each.name: getattr(text, each.name).strip() for each in fields(text)}
    changed = [name for name, value in wanted.items() if getattr(begun, name) != value]
    if not changed:
        return begun
    if version is not None and begun.version != version:
        raise Conflict(RECORD_CHANGED)
    for name in changed:
        setattr(begun, name, wanted[name])
    record(session, actor, now, "record_saved", begun, summary="保存接待记录", fields=changed)
    return begun


def note_attendance(
    session: Session, booking_id: int, notes: Sequence[AttendanceNote], *, actor: Actor, now: datetime
) -> Booking:
    """Write down which invited units came and who came for them (NX-06)."""
    must(actor, Action.RECORD_RECEPTION)
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(selectinload(Booking.invited).joinedload(InvitedUnit.unit))
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    wanted = {note.unit_id: note for note in notes}
    changed = []
    for invited in booking.invited:
        note = wanted.get(invited.unit_id)
        if note is None or (invited.attendance, invited.representative) == (
            note.attendance,
            note.representative.strip(),
        ):
            continue
        invited.attendance = note.attendance
        invited.representative = note.representative.strip()
        changed.append(f"{invited.unit.short_name}{note.attendance.label}")
    if changed:
        record(session, actor, now, "attendance_noted", booking, summary=f"登记到场单位：{'、'.join(changed)[:300]}")
    return booking
