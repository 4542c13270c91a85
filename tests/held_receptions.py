"""A reception that has begun, for tests of what is written down in it; on the database of whichever portal is given."""

from contextlib import contextmanager
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import records
from portal.services.records import RecordText
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Reception
from portal.store.models.matters import Matter
from tests.booking_orders import the_district
from tests.builders import a_booking, a_matter, a_reception_day, an_enterprise
from tests.conftest import NOW

ZHANG = Actor(11, "张示例", Role.OFFICE)
LI = Actor(12, "李示例", Role.OFFICE)


class Held:
    """One enterprise with one matter, being received; `booking`, `matter` and `day` are their ids."""

    def __init__(self, app: Flask, *, now: datetime = NOW, **day):
        self.app, self.now = app, now
        with self.inside():
            session = db.session()
            session.info["unaudited"] = True
            held = a_reception_day(**{"state": DayState.ONGOING} | day)
            booking = a_booking(held, an_enterprise(), state=BookingState.ARRIVED)
            matter = a_matter(booking, position=1, number="2026-W001")
            session.add_all([*the_district(), held, booking, matter, Reception(booking=booking, started_at=now)])
            session.commit()
            self.day, self.booking, self.matter = held.id, booking.id, matter.id
            session.info.pop("unaudited")

    @contextmanager
    def inside(self):
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    def do(self, verb, *given, actor=ZHANG, now=None, **named):
        with self.inside(), transaction() as session:
            return verb(session, *given, actor=actor, now=now or self.now, **named)

    def save(self, *, base=None, actor=ZHANG, now=None, late_reason="", **parts):
        text = RecordText(**parts)
        begun = RecordText(**base) if base is not None else RecordText()
        return self.do(
            records.save_record, self.booking, text, base=begun, late_reason=late_reason, actor=actor, now=now
        )

    def change(self, model, identity, **values):
        with self.inside():
            session = db.session()
            session.info["unaudited"] = True
            for name, value in values.items():
                setattr(session.get_one(model, identity), name, value)
            session.commit()
            session.info.pop("unaudited")

    def stands(self) -> Reception:
        with self.inside():
            return read().scalars(select(Reception)).one()

    def matters(self) -> list[Matter]:
        with self.inside():
            return list(
                read().scalars(select(Matter).where(Matter.booking_id == self.booking).order_by(Matter.position))
            )

    def the_matter(self) -> Matter:
        with self.inside():
            return read().get_one(Matter, self.matter)

    def acts(self) -> list[tuple[str, str]]:
        with self.inside():
            lines = read().execute(select(AuditLine.act, AuditLine.actor_name).order_by(AuditLine.id))
            return [(it.act, it.actor_name) for it in lines]

    def details(self) -> list[str]:
        with self.inside():
            return list(read().scalars(select(AuditLine.details).order_by(AuditLine.id)))

    def finish(self) -> None:
        self.change(Booking, self.booking, state=BookingState.FINISHED)
