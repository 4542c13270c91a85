"""The workbench of a leader, and of whoever serves one."""

from typing import Any

from flask import url_for

from portal import clock
from portal.domain.duty_plans import PlanState
from portal.domain.mandates import MandateState
from portal.domain.matters import MatterState
from portal.domain.office import SEATS
from portal.domain.people import Role
from portal.domain.results import ClosingStep
from portal.domain.slips import SlipState
from portal.services import day_changes
from portal.store.extension import read
from portal.store.queries.day_changes import waiting_changes
from portal.store.queries.duty_plans import open_plan
from portal.store.queries.mandates import mandate_rows
from portal.store.queries.matter_filters import WhoDecides
from portal.store.queries.swaps import offers_to
from portal.store.queries.workbench_days import next_turn
from portal.store.queries.workbench_slips import slips_signed, slips_to_sign
from portal.web.access import me
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.home.followed import closing_todos
from portal.web.home.todos import due
from portal.web.home.waits import OVERDUE, Wait, asking_for_time, decided_by, in_state, todos_of
from portal.web.office import rules


def for_a_leader() -> dict[str, Any]:
    """The next turn, slips to sign, swaps to answer, what came of earlier instructions."""
    session, actor, today = read(), me(), clock.today()
    waits = slips_to_sign(session, actor.leader_ids | actor.stands_in_for, actor.leader_ids)
    to_sign = [it for it in waits if it.state is SlipState.AWAITING_SIGNATURE]
    to_countersign = [it for it in waits if it.state is SlipState.SIGNED]
    turn = next_turn(session, actor.leader_ids, today)
    plan = open_plan(session)
    return {
        "decisions": [
            *closing_todos(actor, [(ClosingStep.APPROVAL, "待销号审批")]),
            *todos_of(actor, [decided_by(actor.leader_ids, it) for it in decisions()]),
        ],
        "plan": plan if plan is not None and plan.state is PlanState.CONSULTING else None,
        "turn": turn,
        "seats": SEATS,
        "days_left": working_calendar_now().between(today, turn.day) if turn else None,
        "day_url": url_for("reception_days.show", day=turn.day) if turn else None,
        "preparation_url": url_for("reception_days.preparation", day=turn.day) if turn else None,
        "changes": waiting_changes(session)
        if actor.role is Role.SECRETARY or day_changes.decides(session, actor, rules())
        else (),
        "to_sign": [due(it, today) for it in to_sign],
        "to_countersign": [due(it, today) for it in to_countersign],
        "mandates": [it for it in mandate_rows(session, actor, today) if it.state is MandateState.STANDING]
        if actor.stands_in_for
        else (),
        "signed": [due(it, today) for it in slips_signed(session, actor.leader_ids)],
        "offers": offers_to(session, actor.leader_ids),
        "several": len(actor.leader_ids) > 1,
        "signs": actor.role is Role.LEADER,
        "calendar_warning": calendar_warning(
            [today, turn.day if turn else None, *(it.due_on for it in waits)], "接待日和时限"
        ),
    }


def decisions() -> list[Wait]:
    """What a leader decides on matters in hand, and how those instructed on are getting on."""
    return [
        *([asking_for_time("A类事项延期待审批", WhoDecides.LEADER)] if rules().extension_by_leader else []),
        in_state("挂账中", MatterState.LONG_TERM),
        OVERDUE,
    ]
