"""A district for servers to serve: an instance folder with registers, accounts, and as many free places as wanted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from portal import clock
from portal.app import create_app
from portal.cli.migrating import know_migrations
from portal.cli.serve import server_arguments
from portal.config import Settings, load_settings
from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import slip_drafts, slips
from portal.services.sample.registers import open_accounts, set_up_registers
from portal.store.extension import db, transaction
from portal.store.models.matters import Category
from portal.store.models.people import Leader
from tests.builders import PASSWORD, a_booking, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.live.processes import HOST, Running, environment, free_port, start

TODAY = "2026-11-22T09:00"
OFFICE = Actor(1, "工商联办公室", Role.OFFICE)


@dataclass(frozen=True)
class District:
    """An instance folder and its database, with the clock standing."""

    folder: Path
    database_url: str | None = None

    def settings(self, port: int = 8000, workers: int = 2) -> Settings:
        """The settings its servers get."""
        return load_settings(
            instance=self.folder,
            database_url=self.database_url,
            bind=f"{HOST}:{port}",
            workers=workers,
            today=TODAY,
            sample=False,
        )

    def environment(self, port: int, workers: int = 2) -> dict[str, str]:
        """The same settings as environment variables."""
        return environment(
            instance=self.folder,
            database_url=self.database_url,
            bind=f"{HOST}:{port}",
            workers=workers,
            today=TODAY,
            sample=0,
        )

    @contextmanager
    def open(self) -> Iterator[Flask]:
        """The portal in this process, inside its application context: to prepare records and to look at them."""
        app = create_app(self.settings())
        know_migrations(app)
        try:
            with app.app_context():
                yield app
        finally:
            with app.app_context():
                db.session.remove()
                for engine in db.engines.values():
                    engine.dispose()
            clock.stand_at(None)

    def start(self, port: int | None = None, *, workers: int = 2, command: Sequence[str] | None = None) -> Running:
        """Start the server program with the arguments of `./manage run`, or with another command."""
        port = port or free_port()
        words = command or server_arguments(self.settings(port, workers))
        return start(words, port, self.folder / "server.log", self.environment(port, workers))

    @contextmanager
    def served(self, *, workers: int = 2) -> Iterator[Running]:
        """A server for as long as the block lasts."""
        running = self.start(workers=workers)
        try:
            yield running
        finally:
            running.stop()


def settle_in(district: District, *, migrate: bool = True) -> None:
    """Make the registers and one account a role, all with the tests' password."""
    with district.open():
        if migrate:
            upgrade()
        with transaction() as session:
            registers = set_up_registers(session, today=clock.today(), now=clock.now())
            open_accounts(
                session, registers, registers.leaders[0], password=PASSWORD, opened=clock.now(), now=clock.now()
            )


@dataclass(frozen=True)
class Places:
    """A slot somebody may book and how many places it has."""

    day: date
    slot_id: int
    seats: int


def open_days(
    session: Session, count: int, *, first: date = date(2026, 12, 1), slots: int = 6, seats: int = 12
) -> list[Places]:
    """Published days one after another, without audit lines; answers their slots."""
    session.info["unaudited"] = True
    leader = a_leader(name="主接待", post="副区长")
    days = [
        a_reception_day(day=first + timedelta(days=number), slots=slots, seats=seats, turns=[a_turn(leader)])
        for number in range(count)
    ]
    session.add_all(days)
    session.commit()
    session.info.pop("unaudited")
    return [Places(day.day, slot.id, seats) for day in days for slot in day.slots]


def a_category_code(session: Session) -> str:
    """The code of a category of the lower level."""
    return session.scalars(select(Category.code).where(Category.parent_code.is_not(None)).limit(1)).one()


def credit_code(number: int) -> str:
    """The valid unified social credit code of the `number`-th invented enterprise."""
    stem = f"91510100MA{number:07d}"
    return stem + uscc.calc_check_digit(stem)


_SIGNS = "云山安澜清河长宁瑞丰锦程泰和昌盛嘉禾永兴德康源通达海鑫光明华远正中天成宏博雅文景春晓阳东西南北木林石玉金银"


def enterprise_name(number: int) -> str:
    """A name for the `number`-th invented enterprise that looks like no other's."""
    place, signs = number * 7919, ""
    for _ in range(4):
        place, sign = divmod(place, len(_SIGNS))
        signs += _SIGNS[sign]
    return f"{signs}商贸有限公司"


def booking_fields(number: int, slot_id: int, category: str) -> dict[str, str]:
    """What somebody types who books a place for the `number`-th invented enterprise with one matter."""
    return {
        "slot": str(slot_id),
        "enterprise_name": enterprise_name(number),
        "credit_code": credit_code(number),
        "registered_place": f"云山市安澜区示例路{number}号",
        "visitor_name": "申示例",
        "visitor_phone": "13800005678",
        "identity": "legal_representative",
        "matters-0-kind": "problem",
        "matters-0-category": category,
        "matters-0-title": f"厂区门前道路积水（第{number}家）",
        "matters-0-detail": "雨天车辆不能进出，请协调修复。",
    }


def waiting_matters(session: Session, count: int, *, day: date = date(2026, 11, 16)) -> list[int]:
    """So many enterprises received on a day that is over, each with one matter that waits for its slip."""
    session.info["unaudited"] = True
    leader = session.scalars(select(Leader).order_by(Leader.position).limit(1)).one()
    category = session.get_one(Category, a_category_code(session))
    held = a_reception_day(
        day=day, state=DayState.CLOSED, slots=1, seats=count, turns=[a_turn(leader, post="区委书记")]
    )
    matters = [
        a_matter(
            a_booking(held, an_enterprise(), seat=place, state=BookingState.FINISHED),
            category,
            number=f"2026-W{place:04}",
            state=MatterState.AWAITING_ASSIGNMENT,
            title="申请协调解决厂区门前道路积水问题",
            detail="雨天积水约三十厘米，货车不能进出，已影响交货。恳请协调市政部门尽快修复排水管网。",
        )
        for place in range(count)
    ]
    session.add_all(matters)
    session.commit()
    session.info.pop("unaudited")
    return [matter.id for matter in matters]


def numbered_slips(session: Session, count: int, *, day: date = date(2026, 11, 16)) -> list[int]:
    """So many slips of one day, each numbered and frozen for the signature."""
    matters = waiting_matters(session, count, day=day)
    made = []
    for matter in matters:
        with transaction() as writing:
            slip = slip_drafts.draft_slip(writing, [matter], actor=OFFICE, now=clock.now())
            slips.number_slip(writing, slip.id, actor=OFFICE, now=clock.now())
        made.append(slip.id)
    return made
