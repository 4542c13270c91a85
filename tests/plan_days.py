"""Rotas for tests: plans drafted and published as the office does it."""

from datetime import date, datetime

from portal.domain.duty_plans import PlanMode
from portal.domain.people import Actor, Role
from portal.services.duty_plans import draft_plan, publish, rework_plan
from portal.services.plan_problems import PlanOrder, reworked_plan, worked_plan
from portal.store.extension import read
from portal.store.queries.duty_plans import PlanFile, plan_file
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
TODAY = NOW.date()
FIRST, LAST = date(2026, 11, 22), date(2027, 12, 31)


def drafted(*, mode: PlanMode = PlanMode.FILL, first: date = FIRST, last: date = LAST) -> PlanFile:
    """A plan worked out and kept as a draft."""
    order = PlanOrder(first, last, mode)
    worked = worked_plan(read(), order, today=TODAY)
    with audited() as session:
        plan = draft_plan(session, order, worked, actor=OFFICE, now=NOW)
        return plan_file(session, plan.id, reasons=True)


def reworked(plan: PlanFile) -> PlanFile:
    """The same plan worked out again."""
    before = plan_file(read(), plan.row.id)
    worked = reworked_plan(read(), before, today=TODAY)
    with audited() as session:
        rework_plan(session, plan.row.id, worked, version=before.row.version, actor=OFFICE, now=NOW)
        return plan_file(session, plan.row.id, reasons=True)


def published(plan: PlanFile, *, now: datetime = NOW) -> PlanFile:
    """The plan published as it stands."""
    with audited() as session:
        publish(session, plan.row.id, version=plan_file(session, plan.row.id).row.version, actor=OFFICE, now=now)
        return plan_file(session, plan.row.id, reasons=True)


def seated(plan: PlanFile) -> dict[tuple[date, str, int], str]:
    """Who would sit where."""
    return {(it.day, it.seat.value, it.position): it.leader for it in plan.turns}
