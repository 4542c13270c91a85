"""A year of reception days as the office would have held them, and the year that is planned."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.day_changes import ChangeKind
from portal.domain.messages import MessageState
from portal.domain.people import Actor, Role
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_rules import parse_rule
from portal.domain.refusals import RefusalGround
from portal.services import (
    bookings,
    calls,
    day_changes,
    day_plans,
    duty_plans,
    plan_problems,
    preparations,
    reception_days,
    receptions,
)
from portal.services.booking_orders import CompanionGiven
from portal.services.calendars import calendar_now
from portal.services.companions import CompanionKept, change_companions
from portal.services.sample.enterprises import LONG_NAME
from portal.services.sample.issuing import issue_slips, main_receiver_id, moment_of
from portal.services.sample.people import person
from portal.services.sample.preparing import prepare_opinions
from portal.services.sample.registers import UNIT_ACCOUNT, Registers
from portal.services.sample.visits import (
    DAYS_TO_BOOK,
    Told,
    book_visit,
    check_matters,
    matters_of,
    receive_visit,
    units_of,
)
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message
from portal.store.models.reception import ReceptionDay, Slot

RULE = "monthday:15"
MONTHS_BACK, MONTHS_AHEAD = 12, 12
VENUE = "区工商联会议室"
LAYOUT = day_plans.DayLayout(VENUE, time(9, 0), slot_minutes=40, gap_minutes=0, slots=6, seats=1)
OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
VISITS_A_DAY = (4, 3, 5, 4)
MOVED = 4


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
    told, signer_id = Told.from_the_beginning(), main_receiver_id(session, coming[0])
    for number, day in enumerate(past):
        latest = number == len(past) - 1
        _hold(session, registers, told, day, number=number, latest=latest, signer_id=signer_id, now=now)
    _prepare(session, registers, told, coming[0], now=now)
    _move_one(session, coming[MOVED], now=now - timedelta(hours=5))
    return coming[0]


def beginning(today: date) -> datetime:
    """When the story begins: a week before its first month."""
    return moment_of(_month(today, -MONTHS_BACK) - timedelta(days=7), 9)


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


def _hold(
    session: Session,
    registers: Registers,
    told: Told,
    day: ReceptionDay,
    *,
    number: int,
    latest: bool,
    signer_id: int,
    now: datetime,
) -> None:
    """One past day from publishing to its slips; the latest days are not finished yet."""
    before = moment_of(day.day - timedelta(days=DAYS_TO_BOOK), 10)
    reception_days.publish_day(session, day.id, version=day.version, actor=OFFICE, now=before)
    taken = [
        book_visit(session, registers, told, slot, now=before + timedelta(days=place // 2, minutes=7 * place))
        for place, slot in enumerate(_slots(session, day)[: VISITS_A_DAY[number % len(VISITS_A_DAY)]])
    ]
    for booking in taken:
        check_matters(session, booking, now=before + timedelta(days=3))
        bookings.confirm_booking(session, booking.id, actor=OFFICE, now=before + timedelta(days=3, hours=1))
        _call(session, booking, now=before + timedelta(days=3, hours=2))
    receptions.open_day(session, day.id, actor=OFFICE, now=moment_of(day.day, 8, 30))
    for place, booking in enumerate(taken):
        stays_away = not latest and number % 4 == 3 and place == len(taken) - 1
        if not stays_away:
            receive_visit(session, registers, booking, place=place, undecided=latest and place == 2)
    if not latest:
        receptions.close_day(session, day.id, actor=OFFICE, now=moment_of(day.day, 17))
    issue_slips(session, registers, day, latest=latest, signer_id=signer_id, now=now)


def _call(session: Session, booking: Booking, *, now: datetime) -> None:
    """The enterprise was told by telephone."""
    waiting = select(Message.id).where(Message.booking_id == booking.id, Message.state == MessageState.WAITING)
    for message_id in session.scalars(waiting).all():
        calls.note_called(session, message_id, "", actor=OFFICE, now=now)


def _prepare(session: Session, registers: Registers, told: Told, day: ReceptionDay, *, now: datetime) -> None:
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
        booking = book_visit(session, registers, told, slot, firm=firm, now=at)
        if place == 3:
            bookings.refuse_booking(
                session, booking.id, "合同纠纷已由人民法院立案，尚在审理", "",
                ground=RefusalGround.LITIGATION, actor=OFFICE, now=at + timedelta(hours=1),
            )  # fmt: skip
        if place < 2:
            check_matters(session, booking, now=at + timedelta(hours=1))
            bookings.confirm_booking(session, booking.id, actor=OFFICE, now=at + timedelta(hours=2))
            unit_ids = {units_of(registers, matter)[0] for matter in matters_of(session, booking)}
            preparations.invite_units(session, booking.id, unit_ids, actor=OFFICE, now=at + timedelta(hours=2))
        if place == 0:
            first = booking
        last = booking
    prepare_opinions(session, day, first, registers.units[UNIT_ACCOUNT], now=now - timedelta(hours=13))
    withdrawn = book_visit(session, registers, told, slots[5], now=now - timedelta(hours=9))
    for place, slot in enumerate((slots[5], slots[0])):
        book_visit(session, registers, told, slot, waits=True, now=now - timedelta(hours=8 - place))
    bookings.cancel_booking(
        session, withdrawn.id, "企业负责人出差，改约下月。", actor=OFFICE, now=now - timedelta(hours=3)
    )
    accountant = CompanionGiven(person(7), "财务负责人", "13900000000")
    change_companions(session, last.id, [CompanionKept(None, accountant)], actor=OFFICE, now=now - timedelta(hours=1))


def _slots(session: Session, day: ReceptionDay) -> Sequence[Slot]:
    return session.scalars(select(Slot).where(Slot.reception_day_id == day.id).order_by(Slot.starts_at)).all()


def _month(today: date, by: int) -> date:
    index = today.year * 12 + today.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)
