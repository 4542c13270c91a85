"""Who held a place when, and how it changed hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct
from portal.store.models.duty import DutyChange
from portal.store.models.people import Leader

_from = aliased(Leader)
_to = aliased(Leader)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of who holds a place; `before` and `after` are empty where nobody did."""

    at: datetime
    who: str
    act: TurnAct
    seat: DutySeat
    position: int
    before: str
    after: str
    reason: str

    @property
    def text(self) -> str:
        """What happened: 补位 主接待：甲示一 → 丁示四; a place left empty says so."""
        gone = "" if self.act is TurnAct.ABSENT else "空缺"
        hands = " → ".join(name for name in (self.before, self.after or gone) if name)
        number = f" {self.position}" if self.position > 1 else ""
        return f"{self.act.label} {self.seat.label}{number}：{hands}"


def duty_changes_of_day(session: Session, day_id: int) -> Sequence[ChangeRow]:
    """Every change of a day's duty, the latest first, in one statement."""
    rows = session.execute(
        select(
            DutyChange.done_at, DutyChange.done_by, DutyChange.act, DutyChange.seat, DutyChange.position,
            _from.name, _to.name, DutyChange.reason,
        )
        .outerjoin(_from, _from.id == DutyChange.from_leader_id)
        .outerjoin(_to, _to.id == DutyChange.to_leader_id)
        .where(DutyChange.reception_day_id == day_id)
        .order_by(DutyChange.id.desc())
    )  # fmt: skip
    return [
        ChangeRow(at, who, act, DutySeat(seat), position, before or "", after or "", reason)
        for at, who, act, seat, position, before, after, reason in rows
    ]
