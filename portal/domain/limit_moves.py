"""Open last days that come out otherwise when the working calendar changes (domain 11.10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.clocks import Counted
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar


class LimitOf(Labelled):
    """Whose last day it is."""

    SLIP = "slip", "交办单"
    RECEIPT = "receipt", "签收"
    MATTER = "matter", "诉求"
    STEP = "step", "下一步"
    ASSISTING = "assisting", "配合单位"
    LOOK_BACK = "look_back", "回头看"


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """A last day that is still ahead, how it was counted, and of what; `record_id` is the row that carries it.

    `slip_id` or `matter_id` says which page shows it; `unit_id` is the assisting unit whose day it is.
    """

    of: LimitOf
    record_id: int
    name: str
    state: Labelled
    limit: Counted
    slip_id: int | None = None
    matter_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class LimitMove:
    """A last day that comes out otherwise; one that `stays` would have moved to today or before."""

    it: OpenLimit
    after: date
    stays: bool

    @property
    def before(self) -> date:
        """The last day it has."""
        return self.it.limit.due

    @property
    def name(self) -> str:
        """Of what, in the office's words."""
        return self.it.name

    @property
    def state(self) -> Labelled:
        """Where that stands."""
        return self.it.state

    @property
    def slip_id(self) -> int | None:
        """The slip, if it is a slip's."""
        return self.it.slip_id

    @property
    def matter_id(self) -> int | None:
        """The matter, if it is a matter's."""
        return self.it.matter_id


def limit_moves(limits: Iterable[OpenLimit], after: WorkingCalendar, today: date) -> list[LimitMove]:
    """What of these comes out otherwise under a calendar; never one that has passed, and none to today or before."""
    return [
        LimitMove(it, it.limit.under(after), stays=it.limit.moved(after, today) == it.limit.due)
        for it in limits
        if it.limit.under(after) != it.limit.due
    ]


def how_many(moves: Sequence[LimitMove]) -> list[str]:
    """The moves in the office's words, one phrase for slips, one for matters, one for look-backs."""
    slips = {it.slip_id for it in moves if it.slip_id is not None}
    matters = {it.matter_id for it in moves if it.it.of in {LimitOf.MATTER, LimitOf.STEP}}
    look_backs = {it.it.record_id for it in moves if it.it.of is LimitOf.LOOK_BACK}
    said = [
        f"{len(slips)} 张交办单的时限随之调整" if slips else "",
        f"{len(matters)} 件诉求的时限随之调整" if matters else "",
        f"{len(look_backs)} 次回头看的日期随之调整" if look_backs else "",
    ]
    return [it for it in said if it]
