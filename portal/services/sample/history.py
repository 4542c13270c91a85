"""A year of reception days as the office would have held them, and the year that is planned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.bookings import Origin
from portal.domain.day_changes import ChangeKind
from portal.domain.matters import Check, Disposition, MatterKind
from portal.domain.messages import MessageState
from portal.domain.people import Actor, Role
from portal.domain.reception_rules import OnHoliday, parse_rule
from portal.domain.refusals import RefusalGround
from portal.domain.rota import DutySeat
from portal.domain.signing import SignedHow
from portal.services import (
    bookings,
    calls,
    day_changes,
    day_plans,
    dispositions,
    duty_plans,
    plan_problems,
    preparations,
    reception_days,
    receptions,
    records,
    slip_drafts,
    slip_orders,
    slip_signing,
    slips,
)
from portal.services.booking_orders import CompanionGiven
from portal.services.calendars import calendar_now
from portal.services.companions import CompanionKept, change_companions
from portal.services.enterprises import EnterpriseGiven
from portal.services.sample.enterprises import LONG_NAME
from portal.services.sample.handwriting import handwriting
from portal.services.sample.matters import MATTERS, SampleMatter
from portal.services.sample.people import person
from portal.services.sample.preparing import prepare_opinions
from portal.services.sample.receipts import sign_for
from portal.services.sample.registers import UNIT_ACCOUNT, Registers
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay, Slot
from portal.store.models.slips import Slip

RULE = "monthday:15"
MONTHS_BACK, MONTHS_AHEAD = 12, 12
VENUE = "区工商联会议室"
LAYOUT = day_plans.DayLayout(VENUE, time(9, 0), slot_minutes=40, gap_minutes=0, slots=6, seats=1)
OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
VISITS_A_DAY = (4, 3, 5, 4)
DAYS_TO_BOOK = 16
LATE = "企业来电说明情况紧急，请求近期反映。"
MOVED = 4
NOT_OURS = 29
DISCARDED = "企业补充材料后另行交办，本单作废。"


@dataclass(slots=True)
class _Told:
    """Where in the invented matters, enterprises and visitors the story has got to."""

    matters: Iterator[int]
    enterprises: Iterator[int]

    @classmethod
    def from_the_beginning(cls) -> "_Told":
        return cls(count(), count())

    def matter(self) -> SampleMatter:
        """The next matter of the list, beginning again at its end."""
        return MATTERS[next(self.matters) % len(MATTERS)]


def live_two_years(session: Session, registers: Registers, *, now: datetime) -> ReceptionDay:
    """Plan two years, hold the past one, prepare the next day; answers the next reception day.

    Every act goes through the office's own services at the hour it would have been done, so the audit trail, numbers
    and posts are what real use would have left.
    """
    today = now.date()
    first, began = _month(today, -MONTHS_BACK), beginning(today)
    order = day_plans.PlanOrder(
        rule=parse_rule(RULE),
        first_month=(first.year, first.month),
        months=MONTHS_BACK + MONTHS_AHEAD,
        on_holiday=OnHoliday.NEXT,
        make_up_days=False,
        layout=LAYOUT,
        include_past=True,
    )
    day_plans.plan_reception_days(session, order, actor=OFFICE, now=began)
    _publish_rota(session, now=began)
    days = list(session.scalars(select(ReceptionDay).order_by(ReceptionDay.day)))
    past = [day for day in days if day.day < today]
    coming = [day for day in days if day.day >= today]
    told, signer_id = _Told.from_the_beginning(), main_receiver_id(session, coming[0])
    for number, day in enumerate(past):
        latest = number == len(past) - 1
        _hold(session, registers, told, day, number=number, latest=latest, signer_id=signer_id, now=now)
    _prepare(session, registers, told, coming[0], now=now)
    _move_one(session, coming[MOVED], now=now - timedelta(hours=5))
    return coming[0]


def beginning(today: date) -> datetime:
    """When the story begins: a week before its first month."""
    return _at(_month(today, -MONTHS_BACK) - timedelta(days=7), 9)


def _move_one(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """A day some months ahead was moved by a week, or by as much as it takes to meet a working day."""
    to_day = calendar_now(session).next_working(day.day + timedelta(days=7))
    wish = day_changes.Wish(ChangeKind.REDATE, "与区人民代表大会会期冲突", to_day)
    day_changes.ask(session, day.id, wish, actor=OFFICE, now=now)


def _publish_rota(session: Session, *, now: datetime) -> None:
    """One plan for the whole time, published as it was worked out."""
    first, last = plan_problems.empty_span(session, today=now.date()) or (now.date(), now.date())
    order = plan_problems.PlanOrder(first, last)
    worked = plan_problems.worked_plan(session, order, today=now.date())
    plan = duty_plans.draft_plan(session, order, worked, actor=OFFICE, now=now)
    duty_plans.publish(session, plan.id, version=plan.version, actor=OFFICE, now=now)


def main_receiver_id(session: Session, day: ReceptionDay) -> int:
    """The leader who receives on that day."""
    return session.scalars(
        select(DutyTurn.leader_id).where(
            DutyTurn.reception_day_id == day.id, DutyTurn.seat == DutySeat.MAIN, DutyTurn.position == 1
        )
    ).one()


def _hold(
    session: Session,
    registers: Registers,
    told: _Told,
    day: ReceptionDay,
    *,
    number: int,
    latest: bool,
    signer_id: int,
    now: datetime,
) -> None:
    """One past day from publishing to its slips; the latest days are not finished yet."""
    before = _at(day.day - timedelta(days=DAYS_TO_BOOK), 10)
    reception_days.publish_day(session, day.id, version=day.version, actor=OFFICE, now=before)
    taken = [
        _book(session, registers, told, slot, now=before + timedelta(days=place // 2, minutes=7 * place))
        for place, slot in enumerate(_slots(session, day)[: VISITS_A_DAY[number % len(VISITS_A_DAY)]])
    ]
    for booking in taken:
        _check(session, booking, now=before + timedelta(days=3))
        bookings.confirm_booking(session, booking.id, actor=OFFICE, now=before + timedelta(days=3, hours=1))
        _call(session, booking, now=before + timedelta(days=3, hours=2))
    receptions.open_day(session, day.id, actor=OFFICE, now=_at(day.day, 8, 30))
    for place, booking in enumerate(taken):
        stays_away = not latest and number % 4 == 3 and place == len(taken) - 1
        if not stays_away:
            _receive(session, registers, booking, place=place, undecided=latest and place == 2)
    if not latest:
        receptions.close_day(session, day.id, actor=OFFICE, now=_at(day.day, 17))
    _issue_slips(session, registers, day, latest=latest, signer_id=signer_id, now=now)


def _call(session: Session, booking: Booking, *, now: datetime) -> None:
    """The enterprise was told by telephone."""
    waiting = select(Message.id).where(Message.booking_id == booking.id, Message.state == MessageState.WAITING)
    for message_id in session.scalars(waiting).all():
        calls.note_called(session, message_id, "", actor=OFFICE, now=now)


def _prepare(session: Session, registers: Registers, told: _Told, day: ReceptionDay, *, now: datetime) -> None:
    """The next day: published, some places taken, some of them still to be reviewed.

    One enterprise withdrew; of two that wait for one slot only, one has been offered its place.
    """
    reception_days.publish_day(session, day.id, version=day.version, actor=OFFICE, now=now - timedelta(hours=20))
    slots = _slots(session, day)
    first: Booking
    last: Booking
    for place, slot in enumerate(slots[:5]):
        at = now - timedelta(hours=18 - place)
        firm = LONG_NAME if place == 2 else None
        booking = _book(session, registers, told, slot, firm=firm, now=at)
        if place == 3:
            bookings.refuse_booking(
                session, booking.id, "合同纠纷已由人民法院立案，尚在审理", "",
                ground=RefusalGround.LITIGATION, actor=OFFICE, now=at + timedelta(hours=1),
            )  # fmt: skip
        if place < 2:
            _check(session, booking, now=at + timedelta(hours=1))
            bookings.confirm_booking(session, booking.id, actor=OFFICE, now=at + timedelta(hours=2))
            unit_ids = {_units(registers, matter)[0] for matter in _matters_of(session, booking)}
            preparations.invite_units(session, booking.id, unit_ids, actor=OFFICE, now=at + timedelta(hours=2))
        if place == 0:
            first = booking
        last = booking
    prepare_opinions(session, day, first, registers.units[UNIT_ACCOUNT], now=now - timedelta(hours=13))
    withdrawn = _book(session, registers, told, slots[5], now=now - timedelta(hours=9))
    for place, slot in enumerate((slots[5], slots[0])):
        _book(session, registers, told, slot, waits=True, now=now - timedelta(hours=8 - place))
    bookings.cancel_booking(
        session, withdrawn.id, "企业负责人出差，改约下月。", actor=OFFICE, now=now - timedelta(hours=3)
    )
    accountant = CompanionGiven(person(7), "财务负责人", "13900000000")
    change_companions(session, last.id, [CompanionKept(None, accountant)], actor=OFFICE, now=now - timedelta(hours=1))


def _book(
    session: Session,
    registers: Registers,
    told: _Told,
    slot: Slot,
    *,
    firm: str | None = None,
    waits: bool = False,
    now: datetime,
) -> Booking:
    number = next(told.enterprises)
    pool = registers.enterprises[:-1]
    enterprise = pool[(number * 7) % len(pool)]
    if firm is not None:
        enterprise = next(it for it in registers.enterprises if it.name == firm)
    raised = [told.matter() for _ in range(1 + number % 3)]
    order = bookings.BookingOrder(
        slot_id=slot.id,
        enterprise=EnterpriseGiven(
            name=enterprise.name,
            credit_code=enterprise.credit_code or "",
            registered_place=enterprise.registered_place,
            industry=enterprise.industry,
        ),
        visitor=bookings.VisitorGiven(
            name=enterprise.legal_representative or person(number), phone=f"138{number % 10000:04d}0000", post="董事长"
        ),
        matters=tuple(
            bookings.MatterTold(it.kind, registers.categories[it.category], it.title, it.detail) for it in raised
        ),
        origin=Origin.INVITED if number % 4 == 0 else Origin.APPLIED,
        companions=(bookings.CompanionGiven(person(number + 1), "财务负责人"),) if number % 5 == 0 else (),
        waits=waits,
        any_slot=not waits,
        urgent_reason=LATE if slot.reception_day.day - now.date() < timedelta(days=DAYS_TO_BOOK - 4) else "",
    )
    return bookings.book(session, order, actor=OFFICE, now=now)


def _check(session: Session, booking: Booking, *, now: datetime) -> None:
    for place, matter in enumerate(_matters_of(session, booking)):
        found = preparations.PriorCheck(
            is_true=Check.YES,
            is_lawful=Check.YES,
            is_reasonable=Check.YES,
            note="已与企业和有关部门核对，情况属实。",
            urgent=place == 0 and matter.id % 3 == 0,
            grave=matter.id % 5 == 0,
            hard=matter.id % 7 == 0,
        )
        preparations.check_matter(session, matter.id, found, actor=OFFICE, now=now)


def _receive(session: Session, registers: Registers, booking: Booking, *, place: int, undecided: bool) -> None:
    """An enterprise in the room (NX-11): every matter is told, looked into and decided."""
    day = booking.reception_day.day
    begin = datetime.combine(day, booking.slot.starts_at, ZONE)
    raised = _matters_of(session, booking)
    unit_ids = {unit_id for matter in raised for unit_id in _units(registers, matter)}
    preparations.invite_units(session, booking.id, unit_ids, actor=OFFICE, now=begin - timedelta(days=2))
    receptions.check_in(session, booking.id, actor=OFFICE, now=begin - timedelta(minutes=12))
    receptions.start_reception(session, booking.id, actor=OFFICE, now=begin + timedelta(minutes=2))
    first = _sample_of(raised[0])
    records.save_record(
        session,
        booking.id,
        records.RecordText(
            inquiry="接待领导逐条询问了事项经过、前期办理情况和企业目前的困难程度。",
            department_reports=f"{first.lead_unit}汇报：{first.answer}",
            crux="涉及部门之间衔接不够，办理时限和责任未完全明确。",
            approach=f"由{first.lead_unit}牵头，倒排时间，依法依规办理，按期答复企业。",
            answer=first.answer,
            recorder=person(place + 3),
        ),
        actor=OFFICE,
        now=begin + timedelta(minutes=25),
    )
    notes = [
        records.AttendanceNote(unit_id, Attendance.ATTENDED, person(unit_id + place)) for unit_id in sorted(unit_ids)
    ]
    records.note_attendance(session, booking.id, notes, actor=OFFICE, now=begin + timedelta(minutes=5))
    for number, matter in enumerate(raised):
        if undecided and number == len(raised) - 1:
            continue
        _decide(session, matter, settle=matter.kind is MatterKind.ENQUIRY or matter.id % 4 == 1, now=begin)
    receptions.finish_reception(session, booking.id, actor=OFFICE, now=begin + timedelta(minutes=36))


def _decide(session: Session, matter: Matter, *, settle: bool, now: datetime) -> None:
    """Settle a matter on the spot, assign it, or, now and then, show it another way (domain 11.11)."""
    sample = _sample_of(matter)
    decision = dispositions.Decision(Disposition.ASSIGN)
    if matter.id % NOT_OURS == 0:
        decision = dispositions.Decision(
            Disposition.REFUSE, "事项已进入诉讼程序，依法由人民法院处理", ground=RefusalGround.LITIGATION
        )
    elif settle:
        decision = dispositions.Decision(Disposition.SETTLE, sample.answer, sample.lead_unit)
    dispositions.dispose_matter(session, matter.id, decision, actor=OFFICE, now=now + timedelta(minutes=30))


def _issue_slips(
    session: Session, registers: Registers, day: ReceptionDay, *, latest: bool, signer_id: int, now: datetime
) -> None:
    """One slip an enterprise (NX-14); of the latest days some are still being drafted, numbered or signed."""
    waiting: dict[int, list[Matter]] = {}
    for matter in session.scalars(
        select(Matter)
        .where(Matter.reception_day_id == day.id, Matter.state == "awaiting_assignment")
        .order_by(Matter.id)
    ):
        waiting.setdefault(matter.booking_id or 0, []).append(matter)
    for place, raised in enumerate(waiting.values()):
        stop_after = place + 1 if latest else None
        _issue(session, registers, day, raised, stop_after=stop_after, signer_id=signer_id, place=place, now=now)


def _issue(
    session: Session,
    registers: Registers,
    day: ReceptionDay,
    raised: Sequence[Matter],
    *,
    stop_after: int | None,
    signer_id: int,
    place: int,
    now: datetime,
) -> None:
    """Take one slip as far as it has got by now: drafted (1), numbered (2), signed (3), issued (4), received.

    The one that waits for its signature waits for `signer_id`, so that the leader's account has something to sign; the one
    that is signed waits for that leader to sign it as well; the one just issued was signed by hand and is not scanned yet.
    """
    at = min(_at(day.day, 15, 10 * place), now - timedelta(hours=2))
    sample, ids = _sample_of(raised[0]), [matter.id for matter in raised]
    reckoned = now if stop_after in (2, 3) else at  # what still waits for a pen must not be over already
    draft = slip_drafts.proposed_draft(session, ids, today=reckoned.date())
    order = _order(session, registers, day, sample, place, due_on=draft.order.due_on)
    if stop_after == 2:
        draft = replace(draft, signer_id=signer_id, order=order, countersigner_ids=(_besides(registers, signer_id),))
    elif stop_after == 3:
        draft = replace(draft, countersigner_ids=tuple({signer_id} - {draft.signer_id}))
    slip = slip_drafts.draft_slip(session, ids, draft, actor=OFFICE, now=at)
    if stop_after == 1:
        return
    slips.number_slip(session, slip.id, actor=OFFICE, now=at + timedelta(minutes=5))
    if stop_after == 2:
        return
    signed = min(at + timedelta(hours=3), now - timedelta(hours=1))
    if stop_after == 4:
        signed = now - timedelta(hours=1)
        order = replace(order, due_on=calendar_now(session).after(now.date(), 10))
        slip_signing.record_signature(session, slip.id, order, signed.date(), actor=OFFICE, now=signed)
    else:
        _sign_on_screen(session, slip, order, by_hand=stop_after == 3, now=signed)
    if stop_after == 3:
        return
    if slip.id % 17 == 0:
        slips.void_slip(session, slip.id, DISCARDED, actor=OFFICE, now=signed + timedelta(minutes=10))
        return
    issued = signed + timedelta(minutes=20)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=issued)
    if stop_after is None:
        units = [registers.units[name] for name in (sample.lead_unit, *sample.assisting)]
        sign_for(session, slip, units, issued=issued, now=now)


def _order(
    session: Session, registers: Registers, day: ReceptionDay, sample: SampleMatter, place: int, *, due_on: date | None
) -> slip_orders.SlipOrder:
    """What the leader decides on the slip of a matter."""
    return slip_orders.SlipOrder(
        instruction=f"请{sample.lead_unit}牵头，会同有关部门抓紧研究，依法依规尽快落实到位，结果报我并答复企业。",
        lead_official_id=_lead_official(session, day, registers, place),
        lead_unit_id=registers.units[sample.lead_unit].id,
        assisting=tuple(slip_orders.Helper(registers.units[name].id, None) for name in sample.assisting),
        due_on=due_on,
    )


def _sign_on_screen(
    session: Session, slip: Slip, order: slip_orders.SlipOrder, *, by_hand: bool, now: datetime
) -> None:
    """The leader signs in the portal: confirmed, or written by hand on a tablet."""
    how, strokes = (SignedHow.TABLET, handwriting()) if by_hand else (SignedHow.SCREEN, ())
    leader = session.get_one(Leader, slip.signer_id)
    actor = Actor(0, leader.name, Role.LEADER, leader_ids=frozenset({leader.id}))
    slip_signing.sign_slip(session, slip.id, order, how=how, strokes=strokes, actor=actor, now=now)


def _besides(registers: Registers, leader_id: int) -> int:
    """Another leader."""
    return next(it.id for it in registers.leaders[2:] if it.id != leader_id)


def _lead_official(session: Session, day: ReceptionDay, registers: Registers, place: int) -> int:
    """Somebody other than the receiver leads every second matter, as in life."""
    main = main_receiver_id(session, day)
    return main if place % 2 else next(it.id for it in registers.leaders[3:] if it.id != main)


def _slots(session: Session, day: ReceptionDay) -> Sequence[Slot]:
    return session.scalars(select(Slot).where(Slot.reception_day_id == day.id).order_by(Slot.starts_at)).all()


def _matters_of(session: Session, booking: Booking) -> Sequence[Matter]:
    return session.scalars(select(Matter).where(Matter.booking_id == booking.id).order_by(Matter.position)).all()


def _sample_of(matter: Matter) -> SampleMatter:
    return next(it for it in MATTERS if it.title == matter.title)


def _units(registers: Registers, matter: Matter) -> list[int]:
    sample = _sample_of(matter)
    return [registers.units[name].id for name in (sample.lead_unit, *sample.assisting)]


def _month(today: date, by: int) -> date:
    index = today.year * 12 + today.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour), ZONE) + timedelta(minutes=minute)
