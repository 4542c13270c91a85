"""The record of a reception: what was asked, reported, analysed and answered, and which units sat in (NX-06, NX-11)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain.attendance import Attendance
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.merging import merged_text, merged_words
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.writers import with_writer
from portal.services.late_entries import leave_to_change, leave_to_enter
from portal.store.audit_trail import record, record_now_and_then
from portal.store.models.bookings import Booking, InvitedUnit, Reception
from portal.store.models.reception import ReceptionDay

ONE_LINE_FOR = timedelta(minutes=5)
"""A record saves itself every few seconds; its writer leaves one audit line in so long (docs/decisions/0016)."""


@dataclass(frozen=True, slots=True)
class RecordText:
    """The parts of the record besides the matters themselves (NX-11)."""

    inquiry: str = ""
    department_reports: str = ""
    crux: str = ""
    approach: str = ""
    answer: str = ""
    recorder: str = ""

    @classmethod
    def of(cls, begun: Reception) -> "RecordText":
        """The record as it stands."""
        return cls(**{name: getattr(begun, name) for name in PARTS})


PARTS = tuple(each.name for each in fields(RecordText))


@dataclass(frozen=True, slots=True)
class AttendanceNote:
    """Whether an invited unit came, and who came for it."""

    unit_id: int
    attendance: Attendance
    representative: str = ""


def save_record(
    session: Session,
    booking_id: int,
    text: RecordText,
    *,
    base: RecordText | None = None,
    late_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Reception:
    """Write the record down, together with what somebody else has written in it since `base` (None: since just now).

    Neither overwrites the other: each part is merged. Writing what is already there changes nothing. While the day is held,
    who saves every few seconds leaves one audit line in five minutes; what is entered after the day leaves one each time.
    """
    must(actor, Action.RECORD_RECEPTION)
    begun = begun_reception(session, booking_id)
    day = session.scalars(
        select(ReceptionDay)
        .join(Booking, Booking.reception_day_id == ReceptionDay.id)
        .where(Booking.id == booking_id)
        .execution_options(populate_existing=True)
    ).one()
    reason = leave_to_enter(session, day, late_reason, now=now)
    stands = RecordText.of(begun)
    merged = _merged(base or stands, text, stands, actor.name)
    changed = tuple(name for name in PARTS if getattr(merged, name) != getattr(stands, name))
    if not changed:
        return begun
    within = timedelta() if day.state is DayState.CLOSED else ONE_LINE_FOR
    record_now_and_then(
        session, actor, now, "record_saved", begun, within=within, summary="保存接待记录",
        alike=reason, text=fingerprint(merged),
    )  # fmt: skip
    for name in changed:
        setattr(begun, name, getattr(merged, name))
    begun.writers = with_writer(begun.writers, actor.account_id, actor.name, changed, now)
    begun.late_reason = reason.get("late_reason", begun.late_reason)
    return begun


def fingerprint(text: RecordText) -> str:
    """The seal of a record's text, for the audit trail: whether it was changed outside the portal can be told from it."""
    return sha256("\x1f".join(asdict(text).values()).encode()).hexdigest()


def seals_of_day(session: Session, day_id: int) -> dict[str, str]:
    """The seal of every record of a day, by the id of its reception; the records are held, so that none is being saved."""
    receptions = session.scalars(
        select(Reception)
        .join(Booking, Booking.id == Reception.booking_id)
        .where(Booking.reception_day_id == day_id)
        .order_by(Reception.id)
        .with_for_update(of=Reception)
        .execution_options(populate_existing=True)
    )
    return {str(it.id): fingerprint(RecordText.of(it)) for it in receptions}


def _merged(base: RecordText, mine: RecordText, theirs: RecordText, name: str) -> RecordText:
    texts = {
        part: merged_text(*(_plain(getattr(it, part)) for it in (base, mine, theirs)), name=name)
        for part in PARTS
        if part != "recorder"
    }
    recorder = merged_words(base.recorder.strip(), mine.recorder.strip(), theirs.recorder)
    return RecordText(**texts, recorder=recorder)


def _plain(text: str) -> str:
    """A text with one kind of line end, and nothing where there are only blanks."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text.strip() else ""


def begun_reception(session: Session, booking_id: int) -> Reception:
    """The reception, held until the transaction ends: whoever saves second sees what the first has saved.

    Raises RuleBroken before it has begun.
    """
    begun = session.scalar(
        select(Reception)
        .where(Reception.booking_id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if begun is None:
        raise RuleBroken("接待还没有开始，请先点“开始接待”。", field="state")
    return begun


def note_attendance(
    session: Session,
    booking_id: int,
    notes: Sequence[AttendanceNote],
    *,
    late_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Booking:
    """Write down which invited units came and who came for them; units not named stay as they are (NX-06)."""
    must(actor, Action.RECORD_RECEPTION)
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(joinedload(Booking.reception_day), selectinload(Booking.invited).joinedload(InvitedUnit.unit))
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    wanted = {note.unit_id: (note.attendance, note.representative.strip()) for note in notes}
    changed = []
    for invited in booking.invited:
        note = wanted.get(invited.unit_id)
        if note is None or note == (invited.attendance, invited.representative):
            continue
        invited.attendance, invited.representative = note
        changed.append(f"{invited.unit.short_name}{invited.attendance.label}")
    if changed:
        reason = leave_to_change(session, booking.reception_day, late_reason, now=now)
        summary = f"登记到场单位：{'、'.join(changed)[:300]}"
        record(session, actor, now, "attendance_noted", booking, summary=summary, **reason)
        keep_late_reason(session, booking.id, reason)
    return booking


def keep_late_reason(session: Session, booking_id: int, reason: dict[str, str]) -> None:
    """Keep the last reason of a late entry with the reception it belongs to, whatever was entered."""
    if not reason:
        return
    begun = session.scalar(select(Reception).where(Reception.booking_id == booking_id))
    if begun is not None:
        begun.late_reason = reason["late_reason"]
