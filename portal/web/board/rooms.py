"""What stands under each room on the board: numbers and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.queueing import Stage, call_order
from portal.domain.receiving import ReceptionMode
from portal.store.queries.receptions import Board, BoardRow


@dataclass(frozen=True, slots=True)
class BoardRoom:
    """One room: which numbers are inside, called, next, waiting, away for a moment; still to come and done."""

    name: str
    inside: Sequence[int]
    called: BoardRow | None
    waiting: Sequence[int]
    away: Sequence[int]
    coming: Sequence[int]
    done: int
    is_group: bool

    @property
    def next(self) -> int | None:
        """The number called next."""
        return self.waiting[0] if self.waiting else None


def rooms_of(board: Board) -> list[BoardRoom]:
    """The rooms of a day in the order of their names."""
    return [_room(name, [it for it in board.rows if it.room == name]) for name in board.rooms]


def _room(name: str, rows: Sequence[BoardRow]) -> BoardRoom:
    def at(*stages: Stage) -> list[BoardRow]:
        return [it for it in rows if it.stage in stages]

    inside, called = at(Stage.INSIDE), at(Stage.CALLED)
    return BoardRoom(
        name,
        [it.number for it in inside],
        called[0] if called else None,
        [it.number for it in call_order(rows)],
        [it.number for it in at(Stage.PARKED)],
        [it.number for it in at(Stage.COMING)],
        len(at(Stage.FINISHED)),
        bool(inside) and inside[0].mode is ReceptionMode.GROUP,
    )
