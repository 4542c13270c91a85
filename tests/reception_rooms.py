"""A reception day as its room finds it: who is booked where, and the office's verbs with one press each."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.queueing import Stage
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.store.extension import transaction
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.receptions import queue_of_day
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_booking, a_reception_day, an_enterprise


class ReceptionRoom:
    """An ongoing day with a slot an hour from nine on in each of its rooms, one booking a seat; known by their ids."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        *,
        rooms: tuple[str, ...] = ("",),
        slots: int = 2,
        seats: int = 1,
        **given: Any,
    ) -> None:
        mode = given.pop("mode", ReceptionMode.SINGLE)
        day = a_reception_day(**{"state": DayState.ONGOING} | given)
        day.slots = [_slot(9 + hour, room, seats, mode) for hour in range(slots) for room in rooms]
        bookings = [
            a_booking(day, an_enterprise(), slot=place, seat=seat)
            for place in range(len(day.slots))
            for seat in range(seats)
        ]
        session.add_all([*the_district(), day, *bookings])
        session.commit()
        self.day, self.now = day.id, now
        self.slots = [it.id for it in day.slots]
        self.bookings = [it.id for it in bookings]
        session.info.pop("unaudited", None)

    def do(self, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Carry a verb out as the office, in a transaction of its own."""
        with transaction() as session:
            return verb(session, *given, actor=OFFICE, now=named.pop("now", self.now), **named)

    def stages(self, session: Session) -> list[Stage]:
        """Where everybody stands, in the order of the places."""
        session.expire_all()
        return [it.stage for it in queue_of_day(session, self.day)]


def _slot(hour: int, room: str, seats: int, mode: ReceptionMode) -> Slot:
    return Slot(
        starts_at=time(hour),
        ends_at=time(hour, 40),
        room=room,
        mode=mode,
        seats=[Seat(number=it + 1) for it in range(seats)],
    )


def day_of(session: Session, room: ReceptionRoom) -> ReceptionDay:
    """The day itself."""
    return session.get_one(ReceptionDay, room.day)
