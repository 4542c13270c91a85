"""Whether a plan can be published as it stands: what has changed in the records since it was worked out (NX-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.rota import DutySeat
from portal.services.plan_problems import PLANNABLE
from portal.services.reception_days import dated
from portal.services.rota_problems import Given, Place, PlanDay, rota_problem
from portal.store.queries.duty_plans import PlanFile
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_numbered


def obstacles(session: Session, plan: PlanFile, *, today: date) -> list[str]:
    """What has changed in the records so that the plan cannot be published as it stands; empty when nothing has."""
    rules = office_rules(session)
    days = {it.id: it for it in days_numbered(session, {turn.day_id for turn in plan.turns})}
    return [
        *_moved_days(plan, days, today),
        *_moved_turns(plan, days, rules.seats),
        *_no_longer_possible(session, plan),
    ]


def _moved_days(plan: PlanFile, days: Mapping[int, DayRow], today: date) -> list[str]:
    told = []
    for day_id, kept in sorted((int(it), date.fromisoformat(day)) for it, day in plan.findings["days"].items()):
        row = days.get(day_id)
        if row is None or row.state not in PLANNABLE:
            told.append(f"{dated(kept)}接待日{row.state.label if row else '已删去'}")
        elif row.day != kept:
            told.append(f"{dated(kept)}接待日已改到{dated(row.day)}")
        elif row.day < today:
            told.append(f"{dated(row.day)}接待日已过")
    return told


def _moved_turns(plan: PlanFile, days: Mapping[int, DayRow], seats: Sequence[str]) -> list[str]:
    """Places that somebody else has taken or left since."""
    kept = {(it[0], DutySeat(it[1]), it[2]): it[3] for it in plan.findings["held"]}
    held = {(turn.day_id, turn.seat, turn.position): turn for day in days.values() for turn in day.turns}
    told = []
    for place in sorted(kept.keys() | held.keys()):
        there = held.get(place)
        if (there.leader_id if there else None) == kept.get(place):
            continue
        row = days.get(place[0])
        if row is not None:
            now_there = f"已由{there.leader}担任" if there else "已撤下"
            told.append(f"{dated(row.day)}{place[1].label}{now_there}")
    if sorted(plan.findings["seats"]) != sorted(seats):
        told.append("每个接待日的席位设置已改")
    return told


def _no_longer_possible(session: Session, plan: PlanFile) -> list[str]:
    """Leaders who would be seated anew but have become unable to come since."""
    fresh = {it.place: it for it in _new_places(plan)}
    if not fresh:
        return []
    asked = rota_problem(session, Given(tuple({it.day_id: PlanDay(it.day_id, it.day) for it in plan.turns}.values())))
    told = []
    pools = {seat.id: seat.pool for seat in asked.problem.seats}
    serving = {person.id: person for person in asked.problem.leaders}
    for it in fresh.values():
        person = serving.get(str(it.leader_id))
        where = f"{it.leader}{dated(it.day)}"
        pool = pools.get(it.seat.value)
        if person is None or not person.in_term(it.day):
            told.append(f"{where}不在任期内")
        elif (it.day, it.leader_id) in asked.away:
            advice = "（已固定，请改选他人或取消固定）" if it.is_fixed else ""
            told.append(f"{where}{asked.away[it.day, it.leader_id]}{advice}")
        elif pool is not None and person.id not in pool and not it.is_fixed:
            told.append(f"{it.leader}已不在{it.seat.label}名单")
    return told


@dataclass(frozen=True, slots=True)
class _NewPlace:
    place: Place
    day: date
    seat: DutySeat
    leader_id: int
    leader: str
    is_fixed: bool


def _new_places(plan: PlanFile) -> Iterable[_NewPlace]:
    kept = {(it[0], DutySeat(it[1]), it[2]): it[3] for it in plan.findings["held"]}
    for it in plan.turns:
        place = (it.day_id, it.seat, it.position)
        if it.leader_id is not None and kept.get(place) != it.leader_id:
            yield _NewPlace(place, it.day, it.seat, it.leader_id, it.leader, it.is_fixed)
