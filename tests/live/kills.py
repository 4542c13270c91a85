"""A morning of the office that is cut off by the power several times, and what must be there after each time."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import Timer

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.bookings import BookingState
from portal.services import bookings
from portal.services.slip_sheets import fingerprint
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader
from portal.store.models.reception import Seat, Slot
from portal.store.models.slips import Serial, Slip, SlipMatter, SlipVersion
from tests.booking_orders import OFFICE, an_order
from tests.builders import PASSWORD
from tests.desks import must_be_true
from tests.live.browsers import Browser, Heard, crowd
from tests.live.districts import (
    District,
    a_category_code,
    booking_fields,
    enterprise_name,
    open_days,
    waiting_matters,
)
from tests.live.processes import Running

CLIENTS = 6
LONGEST_DELAY_SECONDS = 0.08
HTMX = {"HX-Request": "true"}
DONE = {200, 204, 303}
QUIET_DAY, BUSY_DAY = date(2026, 12, 15), date(2026, 12, 22)
AFTER: dict[str, tuple[BookingState, ...]] = {
    "cancel": (BookingState.CANCELLED,),
    "accept": (BookingState.PENDING,),
    "decline": (BookingState.WAITING, BookingState.OFFERED),
    "wait": (BookingState.WAITING, BookingState.OFFERED, BookingState.PENDING),
}
"""Where a booking may stand after an act that was confirmed: others give places up meanwhile, and offers follow."""


@dataclass
class Morning:
    """What the office has to enter, by name: the request, where its answer led once confirmed, what was never answered."""

    wishes: dict[str, bytes]
    day_ids: list[int]
    confirmed: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)

    def open(self) -> list[str]:
        """What has not been confirmed yet."""
        return [name for name in self.wishes if name not in self.confirmed]

    def note(self, names: list[str], heard: list[Heard]) -> None:
        """Take over the answers. Raises AssertionError for one that nobody should get."""
        for it in heard:
            name, answer = names[it.number], it.answer
            if answer.status == 0:
                self.unanswered.add(name)
            elif answer.status in DONE:
                self.confirmed[name] = answer.place
            else:
                kind = name.partition(" ")[0]
                again = name in self.unanswered and kind != "booking" and answer.status in (409, 422)
                assert again or kind == "hold", f"{name}: {answer.status} {answer.text[:2000]}"
                self.confirmed[name] = ""


def a_morning(district: District, port: int, *, each: int, slips: int, acts: int) -> Morning:
    """So many bookings, so many slips, and so many holds, places given up, waits and answers, as a signed-in browser sends them."""
    with district.open():
        places = open_days(db.session(), 1, first=QUIET_DAY, slots=6, seats=each // 6 + acts)
        busy = open_days(db.session(), 1, first=BUSY_DAY, slots=2, seats=2 * acts)
        matters = waiting_matters(db.session(), slips)
        category, leader = a_category_code(read()), read().scalars(select(Leader.id).order_by(Leader.position)).first()
        booked, offered = _a_full_day([it.slot_id for it in busy], acts)
        days = select(Booking.reception_day_id).where(Booking.id.in_(booked)).distinct()
        day_ids = [*read().scalars(days), *_days_of(read(), [it.slot_id for it in places])]
    with Browser(port) as office:
        office.sign_in("office", PASSWORD)
        wishes = {}
        for number in range(each):
            fields = booking_fields(number, places[number % len(places)].slot_id, category)
            wishes[f"booking {number}"] = office.bytes_of_post(
                "/bookings/new", fields | {"form_token": f"form-{number}"}
            )
        for matter in matters:
            order = {"matters": str(matter), "receiver_id": str(leader), "signer_id": str(leader), "then": "number"}
            wishes[f"slip {matter}"] = office.bytes_of_post(f"/slips/new?matter={matter}", order)
        for turn in range(acts):
            kept = {"slot": str(places[turn % len(places)].slot_id), "form_token": f"hold-{turn}"}
            wishes[f"hold {turn}"] = office.bytes_of_post("/bookings/hold", kept, headers=HTMX)
            fields = booking_fields(10_000 + turn, busy[turn % 2].slot_id, category) | {
                "form_token": f"wait-{turn}", "waits": "y", "visitor_phone": f"1371000{turn:04d}",
            }  # fmt: skip
            wishes[f"wait {10_000 + turn}"] = office.bytes_of_post("/bookings/new", fields)
        for one in booked[:acts]:
            wishes[f"cancel {one}"] = office.bytes_of_post(f"/bookings/{one}/cancel", {"reason": "企业来电不能到场"})
        for turn, one in enumerate(offered):
            act = "accept" if turn % 2 else "decline"
            wishes[f"{act} {one}"] = office.bytes_of_post(f"/bookings/{one}/{act}", {}, headers=HTMX)
        return Morning(wishes, day_ids)


def _a_full_day(slot_ids: list[int], acts: int) -> tuple[list[int], list[int]]:
    """Book every place, let others wait, and give some places up again; answers who is still booked and who has an offer."""
    session, now = db.session(), clock.now()
    session.info["unaudited"] = True
    session.merge(Category(code="0301", name="奖补资金"))
    session.commit()
    session.info.pop("unaudited")
    booked = []
    seats = session.scalar(select(func.count(Seat.id)).where(Seat.slot_id.in_(slot_ids))) or 0
    for number in range(seats + acts):
        with transaction() as writing:
            order = an_order(slot_ids[number % 2], phone=f"1361000{number:04d}", waits=True)
            booked.append(bookings.enter(writing, order, actor=OFFICE, now=now))
    for one in booked[: acts // 2 + 1]:
        with transaction() as writing:
            bookings.cancel_booking(writing, one, "企业来电不能到场", actor=OFFICE, now=now)
    states = dict(db.session().execute(select(Booking.id, Booking.state).where(Booking.id.in_(booked))).all())
    offered = [it for it, state in states.items() if state is BookingState.OFFERED]
    return [it for it, state in states.items() if state is BookingState.PENDING], offered


def _days_of(session: Session, slot_ids: list[int]) -> list[int]:
    return list(session.scalars(select(Slot.reception_day_id).where(Slot.id.in_(slot_ids)).distinct()))


def work_until_killed(running: Running, morning: Morning, chance: random.Random, answers: range) -> None:
    """Let several clients work, and kill all processes of the server at some moment after some of the answers."""
    names = morning.open()
    chance.shuffle(names)
    left = chance.choice(answers)
    fuse = Timer(chance.uniform(0, LONGEST_DELAY_SECONDS), running.kill)

    def count_down(_: Heard) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            fuse.start()

    heard = crowd(running.port, [morning.wishes[it] for it in names], connections=CLIENTS, on_answer=count_down)
    assert left <= 0, "the server died by itself"
    fuse.join()
    morning.note(names, heard)


def work_to_the_end(running: Running, morning: Morning) -> None:
    """Send everything that has not been confirmed."""
    names = morning.open()
    morning.note(names, crowd(running.port, [morning.wishes[it] for it in names], connections=CLIENTS))


def with_kills(
    district: District,
    *,
    each: int,
    slips: int,
    acts: int,
    kills: int,
    answers: range,
    chance: random.Random,
    told: Callable[[Morning, int], None] = lambda _morning, _kill: None,
) -> Morning:
    """A whole morning with so many kills, everything looked after each time. Raises AssertionError."""
    running = district.start(workers=2)
    try:
        morning = a_morning(district, running.port, each=each, slips=slips, acts=acts)
        for kill in range(kills):
            work_until_killed(running, morning, chance, answers)
            must_be_whole(district, morning)
            told(morning, kill + 1)
            running = district.start(running.port, workers=2)
        work_to_the_end(running, morning)
    finally:
        running.stop()
    assert morning.unanswered, "no kill came in the middle of anything"
    assert morning.open() == []
    must_be_whole(district, morning)
    return morning


# --- what must be there ------------------------------------------------------------


def must_be_whole(district: District, morning: Morning) -> tuple[int, int]:
    """Raise AssertionError for anything lost, doubled or half done; answer how many bookings and slips there are."""
    with district.open():
        session = read()
        let_the_database_finish(session)
        check_what_was_confirmed(session, morning)
        assert verify(session)[1] is None
        if session.get_bind().dialect.name == "sqlite":
            assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        must_be_true(session, clock.now(), morning.day_ids)
        return check_bookings(session), check_slips(session)


def check_what_was_confirmed(session: Session, morning: Morning) -> None:
    """Every answer that somebody saw is true."""
    for name, place in morning.confirmed.items():
        kind, _, key = name.partition(" ")
        if kind in ("booking", "wait"):
            made = session.get(Booking, int(place.rpartition("/")[2]))
            assert made is not None, f"{name} was confirmed and is lost"
            assert session.get_one(Enterprise, made.enterprise_id).name == enterprise_name(int(key))
            assert kind == "booking" or made.state in AFTER["wait"], f"{name}: {made.state}"
        elif kind == "slip":
            on = select(Slip.number).join(SlipMatter, SlipMatter.slip_id == Slip.id)
            numbers = session.scalars(on.where(SlipMatter.matter_id == int(key))).all()
            assert len(numbers) == 1, f"{name} was confirmed and is on {len(numbers)} slips"
            assert numbers[0] is not None, f"{name} was confirmed and has no number"
        elif kind != "hold":
            state = session.scalars(select(Booking.state).where(Booking.id == int(key))).one()
            assert state in AFTER[kind], f"{name} was confirmed and the booking is {state}"


def check_bookings(session: Session) -> int:
    """No seat twice; every booking has its enterprise, its matter with a number of the row, and its audit line."""
    seats = Counter(session.scalars(select(Booking.seat_id).where(Booking.seat_id.is_not(None))))
    assert all(times == 1 for times in seats.values())
    before = select(Matter.booking_id).where(Matter.number.like("%W%"))
    ours = session.scalars(select(Booking.id).where(Booking.id.not_in(before))).all()
    matters = session.scalars(select(Matter.number).where(Matter.number.not_like("%W%")).order_by(Matter.number)).all()
    assert matters == [f"2026-{number:04}" for number in range(1, len(ours) + 1)]
    assert last_number(session, "matter") == len(ours)
    told = select(func.count(func.distinct(Matter.booking_id))).where(Matter.number.not_like("%W%"))
    assert session.scalar(told) == len(ours)
    assert lines(session, "booked") + lines(session, "put_on_waiting_list") == len(ours)
    return len(ours)


def check_slips(session: Session) -> int:
    """Numbers run from 1 without gap; every slip has its matter, its frozen paper and its audit lines."""
    slips = session.execute(select(Slip.id, Slip.serial).order_by(Slip.serial)).all()
    assert [it.serial for it in slips] == list(range(1, len(slips) + 1))
    assert last_number(session, "slip") == len(slips)
    versions = session.scalars(select(SlipVersion)).all()
    assert sorted(it.slip_id for it in versions) == sorted(it.id for it in slips)
    assert all(fingerprint(it.sheet) == it.sha256 for it in versions)
    assert session.scalar(select(func.count(func.distinct(SlipMatter.matter_id)))) == len(slips)
    assert lines(session, "slip_numbered") == lines(session, "slip_drafted") == len(slips)
    return len(slips)


def last_number(session: Session, paper: str) -> int:
    """The number given last in a row."""
    return session.scalar(select(Serial.last).where(Serial.paper == paper)) or 0


def lines(session: Session, act: str) -> int:
    """How many audit lines an act has."""
    return session.scalar(select(func.count(AuditLine.id)).where(AuditLine.act == act)) or 0


def let_the_database_finish(session: Session) -> None:
    """PostgreSQL finishes what it had been told to commit before its client died; look only when it has."""
    if session.get_bind().dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    until = time.monotonic() + 100
    while session.scalar(others) and time.monotonic() < until:
        session.rollback()
        time.sleep(0.05)
    session.rollback()
