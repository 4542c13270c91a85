"""How many enterprises and matters a day takes at most: the office's rule, or a day's own figure (domain 2.2)."""

from datetime import date, datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Problem, refuse
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import day_text
from portal.services import waiting_list
from portal.services.places import UNSYNCHRONISED
from portal.services.reception_days import day_to_change
from portal.store.audit_trail import record
from portal.store.models.reception import ReceptionDay
from portal.store.queries.slots import BOOKABLE_STATES

MOST = {"most_groups": (200, "家"), "most_matters": (500, "项")}


def follow_caps(session: Session, before: OfficeRules, after: OfficeRules, *, today: date) -> None:
    """Let the coming days that still have the office's old caps take the new ones, never below what is booked already."""
    changed = (
        (ReceptionDay.most_groups, ReceptionDay.groups_booked, before.groups_a_day, after.groups_a_day),
        (ReceptionDay.most_matters, ReceptionDay.matters_booked, before.matters_a_day, after.matters_a_day),
    )
    for most, booked, old, new in changed:
        if old != new:
            wanted = case((booked > new, booked), else_=new) if new else 0
            session.execute(
                update(ReceptionDay)
                .where(ReceptionDay.day >= today, ReceptionDay.state.in_(BOOKABLE_STATES), most == old)
                .values({most: wanted}),
                execution_options=UNSYNCHRONISED,
            )


def change_caps(
    session: Session, day_id: int, groups: int, matters: int, *, version: int, actor: Actor, now: datetime
) -> ReceptionDay:
    """Give a day its own caps, 0 for none; what that makes free is offered to those who wait.

    Raises RuleBroken below what is booked already, Conflict for a stale page.
    """
    must(actor, Action.PLAN_DAYS)
    day = day_to_change(session, day_id, version)
    wanted = {"most_groups": groups, "most_matters": matters}
    booked = {"most_groups": day.groups_booked, "most_matters": day.matters_booked}
    refuse([problem for name in wanted for problem in _problems(name, wanted[name], booked[name])])
    if (day.most_groups, day.most_matters) != (groups, matters):
        day.most_groups, day.most_matters = groups, matters
        told = "、".join(f"{most}{MOST[name][1]}" if most else "不限" for name, most in wanted.items())
        record(session, actor, now, "caps_changed", day, summary=f"{day_text(day.day)}接待上限改为：{told}", **wanted)
        session.flush()
        waiting_list.offer_free_places(session, day_id, actor=actor, now=now)
    return day


def _problems(name: str, most: int, booked: int) -> list[Problem]:
    greatest, unit = MOST[name]
    if not 0 <= most <= greatest:
        return [Problem(name, f"应在 0 至 {greatest} {unit}之间，0 为不限。")]
    if most and most < booked:
        return [Problem(name, f"当天已登记 {booked} {unit}，上限不能更低；请先改约，或填 {booked} 以上、0 为不限。")]
    return []


def caps_of(session: Session, day_id: int) -> tuple[int, int, int, int]:
    """A day's caps and what is booked under them: groups, matters, groups booked, matters booked."""
    row = session.execute(
        select(
            ReceptionDay.most_groups, ReceptionDay.most_matters, ReceptionDay.groups_booked, ReceptionDay.matters_booked
        ).where(ReceptionDay.id == day_id)
    ).one()
    return (row[0], row[1], row[2], row[3])
