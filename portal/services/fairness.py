"""How evenly the turns of a span came out: served and still to come, by person and seat, weighted (NX-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.people import held_on
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turn_counts import Member, Tally, average, spread, tallies
from portal.store.queries.duty import rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import days_between
from portal.store.queries.rota import chief_ids, counted_turns, seat_pools


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A leader with the post held last in the span, and the turns."""

    leader_id: int
    leader: str
    post: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Fairness:
    """Everybody in office at some time of a span; `mean` and `spreads` compare those who were there all the time.

    `spreads` has one entry a seat and, under None, one for all seats; None stands for nobody to compare. `listed` are the
    seats that only some leaders may take, `chiefs` the leaders who must receive regularly.
    """

    rows: tuple[FairnessRow, ...]
    days: int
    mean: float | None
    spreads: Mapping[DutySeat | None, float | None]
    listed: frozenset[DutySeat]
    chiefs: frozenset[int]


def fairness(session: Session, first: date, last: date, *, today: date) -> Fairness:
    """The turns of a span, both ends included, in the district's order; seven statements."""
    rules, pools = office_rules(session), seat_pools(session)
    days = [row.day for row in days_between(session, first, last) if row.state is not DayState.CANCELLED]
    turns = counted_turns(session, first, last, empty_days=rules.empty_day_counts)
    taken = {it.leader_id for it in turns}
    leaders = [it for it in rota_leaders(session, first) if it.serves_from <= last or it.id in taken]
    members = [Member(it.id, it.serves_from, it.serves_until, it.weight) for it in leaders]
    counted = tallies(members, turns, today=today, days=days)
    rows = []
    for it, tally in zip(leaders, counted, strict=True):
        held = held_on(it.posts, min(last, max(today, first), it.serves_until or date.max))
        rows.append(FairnessRow(it.id, it.name, held.title if held else "", tally))
    seats = [seat for seat in DutySeat if seat.value in rules.seats]
    spreads: dict[DutySeat | None, float | None] = {
        seat: spread(counted, seat, pools.get(seat, frozenset())) for seat in seats
    }
    spreads[None] = spread(counted)
    return Fairness(tuple(rows), len(days), average(counted), spreads, frozenset(pools), chief_ids(session))
