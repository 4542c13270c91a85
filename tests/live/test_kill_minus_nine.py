"""The power fails in the middle of the morning: what was confirmed is kept, what was not can simply be sent again."""

import random
import time
from dataclasses import dataclass, field
from datetime import date
from threading import Timer

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.services.slip_sheets import fingerprint
from portal.store.audit_trail import verify
from portal.store.extension import db, read
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.slips import Serial, Slip, SlipMatter, SlipVersion
from tests.builders import PASSWORD
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

pytestmark = pytest.mark.timeout(300)  # several starts of real servers, perhaps beside other tests

EACH = 50
KILLS = 3
CLIENTS = 6
ANSWERS_BEFORE_A_KILL = range(8, 25)
LONGEST_DELAY_SECONDS = 0.08


@dataclass
class Morning:
    """What the office has to enter, by name: the request, where its answer led once confirmed, what was never answered."""

    wishes: dict[str, bytes]
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
            elif answer.status == 303:
                self.confirmed[name] = answer.place
            else:
                again = name.startswith("slip") and name in self.unanswered and answer.status == 409
                assert again, f"{name}: {answer.status} {answer.text[:2000]}"
                self.confirmed[name] = ""


def test_after_every_kill_what_was_confirmed_is_there_and_everything_is_whole(district: District):
    chance = random.Random(20261122)
    running = district.start(workers=2)
    try:
        morning = a_morning(district, running.port)
        for _ in range(KILLS):
            work_until_killed(running, morning, chance)
            must_be_whole(district, morning)
            running = district.start(running.port, workers=2)
        names = morning.open()
        morning.note(names, crowd(running.port, [morning.wishes[it] for it in names], connections=CLIENTS))
    finally:
        running.stop()
    assert morning.unanswered, "no kill came in the middle of anything"
    assert morning.open() == []
    assert must_be_whole(district, morning) == (EACH, EACH)


def a_morning(district: District, port: int) -> Morning:
    """Fifty bookings of as many enterprises and fifty slips for as many matters, as a signed-in browser sends them."""
    with district.open():
        places = open_days(db.session(), 1, first=date(2026, 12, 15), slots=6, seats=10)
        matters = waiting_matters(db.session(), EACH)
        category, leader = a_category_code(read()), read().scalars(select(Leader.id).order_by(Leader.position)).first()
    with Browser(port) as office:
        office.sign_in("office", PASSWORD)
        wishes = {}
        for number, matter in enumerate(matters):
            fields = booking_fields(number, places[number % len(places)].slot_id, category)
            wishes[f"booking {number}"] = office.bytes_of_post(
                "/bookings/new", fields | {"form_token": f"form-{number}"}
            )
            order = {"matters": str(matter), "receiver_id": str(leader), "signer_id": str(leader), "then": "number"}
            wishes[f"slip {matter}"] = office.bytes_of_post(f"/slips/new?matter={matter}", order)
        return Morning(wishes)


def work_until_killed(running: Running, morning: Morning, chance: random.Random) -> None:
    """Let several clients work, and kill all processes of the server at some moment after some of the answers."""
    names = morning.open()
    chance.shuffle(names)
    left = chance.choice(ANSWERS_BEFORE_A_KILL)
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
        return check_bookings(session), check_slips(session)


def check_what_was_confirmed(session: Session, morning: Morning) -> None:
    for name, place in morning.confirmed.items():
        kind, _, key = name.partition(" ")
        if kind == "booking":
            made = session.get(Booking, int(place.rpartition("/")[2]))
            assert made is not None, f"{name} was confirmed and is lost"
            assert session.get_one(Enterprise, made.enterprise_id).name == enterprise_name(int(key))
        else:
            on = select(Slip.number).join(SlipMatter, SlipMatter.slip_id == Slip.id)
            numbers = session.scalars(on.where(SlipMatter.matter_id == int(key))).all()
            assert len(numbers) == 1, f"{name} was confirmed and is on {len(numbers)} slips"
            assert numbers[0] is not None, f"{name} was confirmed and has no number"


def check_bookings(session: Session) -> int:
    """Every booking has its seat to itself, its enterprise, its matter with a number of the row, and its audit line."""
    seats = session.scalars(select(Booking.seat_id)).all()
    ours = [seat for seat in seats if seat not in _prepared_seats(session)]
    assert len(set(seats)) == len(seats)
    matters = session.scalars(select(Matter.number).where(Matter.number.not_like("%W%")).order_by(Matter.number)).all()
    assert matters == [f"2026-{number:04}" for number in range(1, len(ours) + 1)]
    assert last_number(session, "matter") == len(ours)
    assert session.scalar(select(func.count(Enterprise.id)).where(Enterprise.credit_code.like("91510100MA%"))) == len(
        ours
    )
    assert lines(session, "booked") == len(ours)
    return len(ours)


def _prepared_seats(session: Session) -> set[int | None]:
    """The seats of the receptions that had taken place before this morning."""
    before = select(Booking.seat_id).join(Matter, Matter.booking_id == Booking.id).where(Matter.number.like("%W%"))
    return set(session.scalars(before))


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
    return session.scalar(select(Serial.last).where(Serial.paper == paper)) or 0


def lines(session: Session, act: str) -> int:
    return session.scalar(select(func.count(AuditLine.id)).where(AuditLine.act == act)) or 0


def let_the_database_finish(session: Session) -> None:
    """PostgreSQL finishes what it had been told to commit before its client died; look only when it has."""
    if session.get_bind().dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    until = time.monotonic() + 20
    while session.scalar(others) and time.monotonic() < until:
        session.rollback()
        time.sleep(0.05)
    session.rollback()
