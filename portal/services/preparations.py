"""What is prepared before the day: prior checks, urgency, and the units asked to sit in (NX-06, NX-17, NX-18, NX-19)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matters import Check
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import day_text
from portal.services.messages import accounts_of_units, tell
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.queries.awaiting_matters import standing_slips
from portal.store.queries.category_units import usual_units

MATTER_CHANGED = "您打开页面之后，别人已修改了这项诉求。请核对最新内容后再保存。"
LONGEST_REPRESENTATIVE = 40


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
    """Ask exactly these units to sit in, and tell those that come in or fall out; one that has already come stays (NX-06)."""
    must(actor, Action.REVIEW_BOOKING)
    booking = _invited_booking(session, booking_id)
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
        _tell_invited(session, booking, [it.id for it in added], [it.unit_id for it in gone], now=now)
    return booking


def invite_usual(session: Session, booking_id: int, *, actor: Actor, now: datetime) -> int:
    """Ask the units usual for the categories of a booking's matters as well; answers how many came in (NX-06)."""
    must(actor, Action.REVIEW_BOOKING)
    booking = _invited_booking(session, booking_id)
    codes = set(session.scalars(select(Matter.category_code).where(Matter.booking_id == booking_id)))
    usual = {unit_id for ids in usual_units(session, codes).values() for unit_id in ids}
    known = {it.unit_id for it in booking.invited}
    if usual - known:
        invite_units(session, booking_id, known | usual, actor=actor, now=now)
    return len(usual - known)


def invite_usual_for_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> int:
    """The same for every enterprise still expected on a day; answers how many invitations went out."""
    must(actor, Action.REVIEW_BOOKING)
    expected = session.scalars(
        select(Booking.id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_((BookingState.PENDING, BookingState.CONFIRMED)))
        .order_by(Booking.id)
    ).all()
    sent = sum(invite_usual(session, booking_id, actor=actor, now=now) for booking_id in expected)
    if not sent:
        raise RuleBroken("没有可补的邀请：类别常请的单位都已在名单中，或诉求类别还没有设常请单位。", field="units")
    return sent


def name_representative(
    session: Session, booking_id: int, name: str, post: str, *, actor: Actor, now: datetime
) -> InvitedUnit:
    """An invited unit says who will come for it."""
    must(actor, Action.GIVE_OPINION)
    invited = session.scalar(
        select(InvitedUnit)
        .where(InvitedUnit.booking_id == booking_id, InvitedUnit.unit_id == actor.unit_id)
        .options(
            joinedload(InvitedUnit.unit),
            joinedload(InvitedUnit.booking).options(
                joinedload(Booking.reception_day), joinedload(Booking.enterprise), joinedload(Booking.slot)
            ),
        )
        .with_for_update(of=InvitedUnit)
    )
    if invited is None:
        raise NotFound("没有邀请本单位参加这场接待，或邀请已撤销。请从工作台进入。")
    booking = invited.booking
    day = booking.reception_day
    if booking.state not in ACTIVE_STATES or day.day < now.astimezone(ZONE).date():
        raise RuleBroken("这场接待已经取消或已经过去，不必再回复。", field="name")
    if invited.attendance is not Attendance.INVITED:
        raise RuleBroken(f"工作人员已登记“{invited.attendance.label}”，不能再改，请联系工商联办公室。", field="name")
    representative = " ".join(part for part in (name.strip(), post.strip()) if part)
    if not name.strip() or len(representative) > LONGEST_REPRESENTATIVE:
        raise RuleBroken(
            f"请填写参加人的姓名和职务，合计不超过 {LONGEST_REPRESENTATIVE} 个字，现为 {len(representative)} 个字。",
            field="name",
        )
    if invited.representative != representative:
        invited.representative = representative
        summary = f"{invited.unit.short_name}确定参加人：{booking.enterprise.name}"
        record(session, actor, now, "representative_named", booking, summary=summary)
    return invited


def _invited_booking(session: Session, booking_id: int) -> Booking:
    """A booking that holds its place, with its invitations. Raises NotFound, RuleBroken."""
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            selectinload(Booking.invited).joinedload(InvitedUnit.unit),
            joinedload(Booking.reception_day),
            joinedload(Booking.slot),
            joinedload(Booking.enterprise),
        )
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    if booking.state not in ACTIVE_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不必再通知单位。", field="units")
    return booking


def _tell_invited(
    session: Session, booking: Booking, added: Collection[int], gone: Collection[int], *, now: datetime
) -> None:
    """Tell units when and where they are expected and for what; nothing is told of a day that has come already."""
    day, slot = booking.reception_day, booking.slot
    today = now.astimezone(ZONE).date()
    if day.day < today:
        return
    when = f"{day_text(day.day, today)} {slot.starts_at:%H:%M}"
    titles = session.scalars(
        select(Matter.title).where(Matter.booking_id == booking.id).order_by(Matter.position, Matter.id)
    )
    lines = [f"{when}，{day.venue}{f'（{slot.room}）' if slot.room else ''}", booking.enterprise.name]
    lines += [f"{place}. {title}" for place, title in enumerate(titles, start=1)]
    said = (
        (added, "invited", f"请参加{when}的企业接待：{booking.enterprise.name}", "\n".join(lines)),
        (gone, "uninvited", f"不必再参加{when}的企业接待：{booking.enterprise.name}", ""),
    )
    for unit_ids, kind, subject, body in said:
        url = f"/invitations/{booking.id}" if kind == "invited" else f"/reception-days/{day.day.isoformat()}"
        key = f"{kind}:{booking.id}:{now.isoformat(timespec='seconds')}"
        tell(session, accounts_of_units(session, unit_ids), key, subject, body=body, url=url, now=now)


def matter_to_change(session: Session, matter_id: int, version: int | None) -> Matter:
    """A matter. Raises NotFound, or Conflict if it is no longer that version."""
    matter = session.get(Matter, matter_id, with_for_update=True, populate_existing=True)
    if matter is None:
        raise NotFound("没有找到这项诉求。请从诉求事项列表进入。")
    if version is not None and matter.version != version:
        raise Conflict(MATTER_CHANGED)
    return matter
