"""What the calendar is asked to pick out: one leader's days, one venue's, or both; kept in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.domain.reception_days import DayState
from portal.store.queries.reception_days import DayRow
from portal.web.asked import asked_number, asked_text

LONGEST_VENUE = 120


@dataclass(frozen=True, slots=True)
class Chosen:
    """A leader's id and a venue; neither means every reception day."""

    leader: int | None = None
    venue: str = ""

    def __bool__(self) -> bool:
        """Whether anything is picked out at all."""
        return self.leader is not None or bool(self.venue)

    def holds(self, row: DayRow) -> bool:
        """Whether this reception day is one of those asked for."""
        serves = self.leader is None or any(turn.leader_id == self.leader for turn in row.turns)
        return serves and (not self.venue or row.venue == self.venue)

    def standing(self, rows: Sequence[DayRow]) -> list[DayRow]:
        """The days asked for that have not been cancelled."""
        return [row for row in rows if row.state is not DayState.CANCELLED and self.holds(row)]

    @property
    def words(self) -> dict[str, Any]:
        """How the address says it."""
        said = {"leader": str(self.leader) if self.leader is not None else "", "venue": self.venue}
        return {name: value for name, value in said.items() if value}

    def among(self, leaders: Sequence[tuple[int, str]], venues: Sequence[str]) -> "Chosen":
        """The same without a leader or venue that nobody knows."""
        known = any(leader == self.leader for leader, _ in leaders)
        return replace(self, leader=self.leader if known else None, venue=self.venue if self.venue in venues else "")

    def label(self, leaders: Sequence[tuple[int, str]]) -> str:
        """What is picked out, in words: 吴示宁、区工商联会议室; empty for nothing."""
        names = [name for leader, name in leaders if leader == self.leader]
        return "、".join([*names, *([self.venue] if self.venue else [])])


def asked() -> Chosen:
    """What this address asks for."""
    return Chosen(asked_number("leader"), asked_text("venue")[:LONGEST_VENUE])
