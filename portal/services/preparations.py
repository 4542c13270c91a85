"""What is prepared before the day: prior checks, urgency, and the units asked to sit in (NX-06, NX-17, NX-18, NX-19)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.domain.attendance import Attendance
from portal.domain.bookings import ACTIVE_STATES
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matters import Check
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.queries.slip_pages import standing_slips

MATTER_CHANGED = "您打开页面之后，别人已修改了这项诉求。请核对最新内容后再保存。"


@dataclass(frozen=True, slots=True)
class PriorCheck:
    """The three questions of the pre-check, what was found out, and how pressing the matter is."""

    is_true: Check = Check.UNKNOWN
    is_lawful: Check = Check.UNKNOWN
    is_reasonable: Check = Check.UNKNOWN
    note: str = ""
    urgent: bool = False
    grave: bool = False
    hard: bool = False


def check_matter(
    session: Session, matter_id: int, check: PriorCheck, *, version: int | None = None, actor: Actor, now: datetime
) -> Matter:
    """Write down whether a matter is true, lawful and reasonable, and whether it is urgent, grave or hard (NX-17, NX-19).

    Possible as long as the matter is not on a slip. Raises NotFound, or Conflict if it is no longer that version.
    """
    must(actor, Action.REVIEW_BOOKING)
    matter = matter_to_change(session, matter_id, version)
    on_it = standing_slips(session, [matter.id]).get(matter.id)
    if on_it is not None:
        raise RuleBroken(f"事项已列入{on_it[1] or '交办单草稿'}，不能再核实。如确需变更，请先作废该单。", field="state")
    wanted = {
        "is_true": check.is_true,
        "is_lawful": check.is_lawful,
        "is_reasonable": check.is_reasonable,
        "check_note": check.note.strip(),
        "urgent": check.urgent,
        "grave": check.grave,
        "hard": check.hard,
    }
    changed = [name for name, value in wanted.items() if getattr(matter, name) != value]
    for name in changed:
        setattr(matter, name, wanted[name])
    if changed:
        record(session, actor, now, "matter_checked", matter, summary=f"核实诉求 {matter.number}", fields=changed)
    return matter


def invite_units(
    session: Session, booking_id: int, unit_ids: Collection[int], *, actor: Actor, now: datetime
) -> Booking:
    """Ask exactly these units to sit in; one that has already come cannot be taken off the list."""
    must(actor, Action.REVIEW_BOOKING)
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(selectinload(Booking.invited).joinedload(InvitedUnit.unit))
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    if booking.state not in ACTIVE_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不必再通知单位。", field="units")
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}
    if set(units) != set(unit_ids):
        raise RuleBroken("所选单位不存在，请重新选择。", field="units")
    gone = [it for it in booking.invited if it.unit_id not in units]
    came = [it.unit.short_name for it in gone if it.attendance is Attendance.ATTENDED]
    if came:
        raise RuleBroken(f"{'、'.join(came)}已登记到场，不能从名单中去掉。", field="units")
    known = {it.unit_id for it in booking.invited}
    added = [unit for unit_id, unit in units.items() if unit_id not in known]
    for each in gone:
        booking.invited.remove(each)
    booking.invited += [InvitedUnit(unit_id=unit.id, unit=unit, attendance=Attendance.INVITED) for unit in added]
    if gone or added:
        names = "、".join(unit.short_name for unit in units.values()) or "无"
        record(
            session, actor, now, "units_invited", booking,
            summary=f"确定参加单位：{names[:300]}", units=sorted(units),
        )  # fmt: skip
    return booking


def matter_to_change(session: Session, matter_id: int, version: int | None) -> Matter:
    """A matter. Raises NotFound, or Conflict if it is no longer that version."""
    matter = session.get(Matter, matter_id, with_for_update=True, populate_existing=True)
    if matter is None:
        raise NotFound("没有找到这项诉求。请从诉求事项列表进入。")
    if version is not None and matter.version != version:
        raise Conflict(MATTER_CHANGED)
    return matter
