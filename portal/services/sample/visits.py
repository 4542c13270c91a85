"""The enterprises of the sample: how they book, what they bring, how they are received (NX-09, NX-11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.bookings import Origin
from portal.domain.matters import Check, Disposition, MatterKind
from portal.domain.people import Actor, Role
from portal.domain.refusals import RefusalGround
from portal.services import bookings, dispositions, preparations, receptions, records
from portal.services.enterprises import EnterpriseGiven
from portal.services.sample.matters import MATTERS, SampleMatter
from portal.services.sample.people import person
from portal.services.sample.registers import Registers
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.reception import Slot

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
DAYS_TO_BOOK = 16
LATE = "企业来电说明情况紧急，请求近期反映。"
NOT_OURS = 29


@dataclass(slots=True)
class Told:
    """Where in the invented matters, enterprises and visitors the story has got to."""

    matters: Iterator[int]
    enterprises: Iterator[int]

    @classmethod
    def from_the_beginning(cls) -> "Told":
        """Nothing is told yet."""
        return cls(count(), count())

    def matter(self) -> SampleMatter:
        """The next matter of the list, beginning again at its end."""
        return MATTERS[next(self.matters) % len(MATTERS)]


def book_visit(
    session: Session,
    registers: Registers,
    told: Told,
    slot: Slot,
    *,
    firm: str | None = None,
    waits: bool = False,
    now: datetime,
) -> Booking:
    """The next enterprise books a slot with what it brings; `firm` names another one, `waits` puts it on the waiting list."""
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


def check_matters(session: Session, booking: Booking, *, now: datetime) -> None:
    """The office checks what was brought (NX-17, NX-19)."""
    for place, matter in enumerate(matters_of(session, booking)):
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


def receive_visit(session: Session, registers: Registers, booking: Booking, *, place: int, undecided: bool) -> None:
    """An enterprise in the room (NX-11): every matter is told, looked into and decided."""
    day = booking.reception_day.day
    begin = datetime.combine(day, booking.slot.starts_at, ZONE)
    raised = matters_of(session, booking)
    unit_ids = {unit_id for matter in raised for unit_id in units_of(registers, matter)}
    preparations.invite_units(session, booking.id, unit_ids, actor=OFFICE, now=begin - timedelta(days=2))
    receptions.check_in(session, booking.id, actor=OFFICE, now=begin - timedelta(minutes=12))
    receptions.start_reception(session, booking.id, actor=OFFICE, now=begin + timedelta(minutes=2))
    first = sample_of(raised[0])
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
    sample = sample_of(matter)
    decision = dispositions.Decision(Disposition.ASSIGN)
    if matter.id % NOT_OURS == 0:
        decision = dispositions.Decision(
            Disposition.REFUSE, "事项已进入诉讼程序，依法由人民法院处理", ground=RefusalGround.LITIGATION
        )
    elif settle:
        decision = dispositions.Decision(Disposition.SETTLE, sample.answer, sample.lead_unit)
    dispositions.dispose_matter(session, matter.id, decision, actor=OFFICE, now=now + timedelta(minutes=30))


def matters_of(session: Session, booking: Booking) -> Sequence[Matter]:
    """What was raised with a booking, in its order."""
    return session.scalars(select(Matter).where(Matter.booking_id == booking.id).order_by(Matter.position)).all()


def sample_of(matter: Matter) -> SampleMatter:
    """The invented matter one is made from."""
    return next(it for it in MATTERS if it.title == matter.title)


def units_of(registers: Registers, matter: Matter) -> list[int]:
    """Who handles it, the lead unit first."""
    sample = sample_of(matter)
    return [registers.units[name].id for name in (sample.lead_unit, *sample.assisting)]
