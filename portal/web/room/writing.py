"""What the room's page shows of the record: its form, whether it is late for it, and who else is writing."""

from datetime import datetime
from typing import Any

from portal.domain.people import Role
from portal.domain.reception_days import HELD, DayState
from portal.domain.writers import others_writing
from portal.services.late_entries import passed_limit
from portal.store.extension import read
from portal.store.queries.receptions import RoomDay
from portal.store.queries.records import RecordFacts, record_of_booking
from portal.web.access import me
from portal.web.room.forms import RecordForm


def writing_parts(
    room: RoomDay, booking_id: int | None, now: datetime, form: RecordForm | None = None
) -> dict[str, Any]:
    """The record of the enterprise in the middle, and what one can do with it now."""
    record = record_of_booking(read(), booking_id) if booking_id else None
    may_write = me().role is Role.OFFICE and room.state in HELD
    return {
        "record": record,
        "record_form": form or (RecordForm.of(record) if record else None),
        "may_write": may_write,
        "is_closed": room.state is DayState.CLOSED,
        "late_since": late_since(room, now) if may_write else None,
        "others": writing_in(record, now),
    }


def late_since(room: RoomDay, now: datetime) -> datetime | None:
    """The hour since which an entry needs a reason, None while it needs none."""
    return passed_limit(read(), room.day, is_closed=room.state is DayState.CLOSED, now=now)


def writing_in(record: RecordFacts | None, now: datetime) -> dict[str, str]:
    """Who else is writing in which part at this moment."""
    found: dict[str, list[str]] = {}
    for other in others_writing(record.writers, me().account_id, now) if record else ():
        for part in other.parts:
            found.setdefault(part, []).append(other.name)
    return {part: "、".join(names) + "正在写" for part, names in found.items()}
