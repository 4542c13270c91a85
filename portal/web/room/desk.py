"""What the desk sees of the queue: who stands where in which room, and what may be called (look: 现场)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.queueing import Stage, call_order, minutes_missing
from portal.store.queries.receptions import QueueRow

ONLY_ROOM = "接待室"


@dataclass(frozen=True, slots=True)
class Place:
    """One room: who was called to it, who is inside, who comes next."""

    name: str
    called: QueueRow | None
    inside: Sequence[QueueRow]
    waiting: Sequence[QueueRow]
    rows: Sequence[QueueRow]

    @property
    def label(self) -> str:
        """Its name; the only room of a day may have none."""
        return self.name or ONLY_ROOM

    @property
    def next(self) -> QueueRow | None:
        """Whose turn it is."""
        return self.waiting[0] if self.waiting else None

    @property
    def joiners(self) -> Sequence[QueueRow]:
        """Who waits for the session that is going on, or that begins next."""
        slot_id = self.inside[0].slot_id if self.inside else self.next.slot_id if self.next else None
        return [it for it in self.waiting if it.is_group and it.slot_id == slot_id]

    @property
    def is_group(self) -> bool:
        """Whether many are received together now, or next."""
        return self.inside[0].is_group if self.inside else self.next is not None and self.next.is_group

    @property
    def together(self) -> Sequence[QueueRow]:
        """Everybody of the session that is going on, those who have left it too."""
        if not self.inside or not self.is_group:
            return ()
        return [it for it in self.rows if it.slot_id == self.inside[0].slot_id and it.started_at]

    @property
    def doing(self) -> str:
        """In three or four signs what goes on here, for its tab."""
        if self.inside:
            return f"座谈 {len(self.inside)} 家" if self.is_group else f"在室 {self.inside[0].number}号"
        if self.called:
            return f"已叫 {self.called.number}号"
        return f"等候 {len(self.waiting)}" if self.waiting else "空闲"


@dataclass(frozen=True, slots=True)
class Desk:
    """The queue of a day as one screen shows it: all rooms, or the one that was chosen."""

    places: Sequence[Place]
    chosen: str | None
    rows: Sequence[QueueRow]
    turns: Mapping[int, int]
    missing: Mapping[int, int]

    @property
    def shown(self) -> Sequence[Place]:
        """The rooms on this screen."""
        return [it for it in self.places if self.chosen in (None, it.name)]

    @property
    def tally(self) -> Sequence[tuple[str, int]]:
        """How many stand where, without what nobody does."""
        stages = (Stage.WAITING, Stage.CALLED, Stage.INSIDE, Stage.PARKED, Stage.COMING, Stage.FINISHED)
        counted = ((stage.label, sum(it.stage is stage for it in self.rows)) for stage in stages)
        return [(label, count) for label, count in counted if count]

    def place_of(self, row: QueueRow | None) -> Place | None:
        """The room somebody is received in."""
        return next((it for it in self.places if row is not None and it.name == row.room), None)


def desk_of(
    queue: Sequence[QueueRow], rooms: Sequence[str], *, chosen: str | None, now: datetime, call_after: int
) -> Desk:
    """The desk of a day; a room that was asked for and is not there counts as none chosen."""
    places = [_place(name, [it for it in queue if it.room == name]) for name in rooms]
    known = chosen if chosen in rooms and len(rooms) > 1 else None
    missing = {it.booking_id: minutes_missing(it, now, call_after=call_after) for it in queue}
    return Desk(
        places,
        known,
        [it for it in queue if known in (None, it.room)],
        {it.booking_id: turn for place in places for turn, it in enumerate(place.waiting, start=1)},
        {booking_id: minutes for booking_id, minutes in missing.items() if minutes is not None},
    )


def _place(name: str, rows: Sequence[QueueRow]) -> Place:
    called = next((it for it in rows if it.stage is Stage.CALLED), None)
    return Place(name, called, [it for it in rows if it.in_room], call_order(rows), rows)
