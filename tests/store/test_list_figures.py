from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import literal, select

from portal.domain.ages import Age
from portal.domain.call_backs import CallBackStanding
from portal.domain.handling_figures import Counted, Fact
from portal.domain.matters import MatterKind, MatterState
from portal.domain.office import OfficeRules
from portal.domain.people import Actor, Role
from portal.domain.results import ClosingStep
from portal.domain.slips import SlipState
from portal.store.paging import COUNT_CAP, Wanted, up_to_cap
from portal.store.queries.call_backs import CallBackFilter, call_back_counts, call_backs_waiting
from portal.store.queries.closings import STATE_OF, ClosingFilter, closing_counts, closings_waiting
from portal.store.queries.list_figures import matter_figures, slip_figures
from portal.store.queries.look_backs import LookBackFilter, LookBackWanted, look_back_counts, look_backs_due
from portal.store.queries.matter_filters import MatterFilter, WhoDecides
from portal.store.queries.matters import how_many, matter_rows
from portal.store.queries.overdue import start_of
from portal.store.queries.slips import SlipFilter, slip_rows
from tests.handled_ledger import a_handled_ledger
from tests.slip_builders import OFFICE

TODAY = date(2026, 11, 22)


def rows(session, actor, asked):
    return matter_rows(session, actor, asked, Wanted("raised", size=500), now=start_of(TODAY)).total


@pytest.mark.parametrize(
    "asked",
    [
        MatterFilter(),
        MatterFilter(kind=MatterKind.PROBLEM),
        MatterFilter(state=MatterState.HANDLING),
        MatterFilter(state=MatterState.HANDLING, age=Age.OLDER),
        MatterFilter(age=Age.HALF, first=date(2026, 10, 1)),
        MatterFilter(overdue=True, category="90"),
        MatterFilter(slow=True),
    ],
)
@pytest.mark.parametrize("who", ["office", "unit", "leader"])
def test_each_figure_is_as_many_as_the_list_has_with_that_filter(session, asked, who):
    ledger = a_handled_ledger(session, 150, today=TODAY)
    actor = {
        "office": OFFICE,
        "unit": Actor(8, "单位", Role.UNIT, unit_id=ledger.units[0]),
        "leader": Actor(9, "领导", Role.LEADER, leader_ids=frozenset({ledger.officials[0]})),
    }[who]
    found = matter_figures(session, actor, asked, now=start_of(TODAY))
    assert found.states == {it: rows(session, actor, replace(asked, state=it)) for it in MatterState}
    assert found.ages == {it: rows(session, actor, replace(asked, age=it)) for it in Age}
    assert found.overdue == rows(session, actor, replace(asked, overdue=True))
    assert found.slow == rows(session, actor, replace(asked, slow=True))


def test_the_figures_beside_a_list_cost_one_statement(session, statements):
    a_handled_ledger(session, 20, today=TODAY)
    statements.clear()
    matter_figures(session, OFFICE, MatterFilter(), now=start_of(TODAY))
    assert len([it for it in statements if it.startswith("SELECT")]) == 1


@pytest.mark.parametrize(
    "asked",
    [SlipFilter(), SlipFilter(state=SlipState.ISSUED), SlipFilter(aged=(Age.OLDER, TODAY)), SlipFilter(late_on=TODAY)],
)
def test_each_figure_beside_the_slips_is_as_many_as_the_list_has(session, asked):
    a_handled_ledger(session, 120, today=TODAY)

    def total(**changed):
        return slip_rows(session, OFFICE, replace(asked, **changed), Wanted("newest", size=500)).total

    found = slip_figures(session, OFFICE, asked, today=TODAY)
    assert found.states == {it: total(state=it) for it in SlipState}
    assert found.ages == {it: total(aged=(it, TODAY)) for it in Age}
    assert found.overdue == total(late_on=TODAY)
    assert sum(found.states.values()) > 0


@pytest.mark.parametrize(
    "days,age", [(-9, Age.WEEK), (0, Age.WEEK), (7, Age.WEEK), (8, Age.HALF), (15, Age.HALF), (16, Age.MONTH),
                 (30, Age.MONTH), (31, Age.OLDER), (4000, Age.OLDER)],
)  # fmt: skip
def test_the_steps_of_age_leave_no_day_out_and_none_in_two(days, age):
    day = date.fromordinal(TODAY.toordinal() - days)
    spans = {it: it.span(TODAY) for it in Age}
    assert [it for it, (first, last) in spans.items() if (first or date.min) <= day <= (last or date.max)] == [age]


@pytest.mark.parametrize("who", ["office", "unit", "leader", "stand-in"])
def test_what_waits_is_as_many_as_its_list_has(session, who):
    ledger = a_handled_ledger(session, 200, today=TODAY)
    official = frozenset({ledger.officials[0]})
    actor = {
        "office": OFFICE,
        "unit": Actor(8, "单位", Role.UNIT, unit_id=ledger.units[0]),
        "leader": Actor(9, "领导", Role.LEADER, leader_ids=official),
        "stand-in": Actor(9, "领导", Role.LEADER, leader_ids=frozenset({-1}), stands_in_for=official),
    }[who]
    calls = CallBackFilter(CallBackStanding.WAITING)
    rules = OfficeRules(call_back_within_days=400)
    listed = call_back_counts(session, actor, calls, rules, late_before=TODAY, today=TODAY)
    assert call_backs_waiting(session, actor, rules, today=TODAY) == listed[CallBackStanding.WAITING]
    looks = look_back_counts(session, actor, LookBackFilter(), today=TODAY)
    assert look_backs_due(session, actor, today=TODAY) == looks[LookBackWanted.DUE]
    waiting = closing_counts(session, actor, ClosingFilter(), now=start_of(TODAY))
    steps = [waiting.get(STATE_OF[step], 0) for step in ClosingStep]
    assert closings_waiting(session, actor, list(ClosingStep), now=start_of(TODAY)) == steps
    kinds = [
        MatterFilter(overdue=True),
        MatterFilter(slow=True, words="第1"),
        MatterFilter(asks_for_time=WhoDecides.ANYBODY),
        MatterFilter(decided_by=official, overdue=True),
        MatterFilter(category="90", first=date(2026, 8, 1)),
        MatterFilter(counted=Counted(Fact.REDONE), state=MatterState.HANDLING),
    ]
    assert how_many(session, actor, kinds, now=start_of(TODAY)) == [rows(session, actor, each) for each in kinds]


def test_nobody_counts_further_than_the_page_says(session):
    numbers = select(literal(1).label("number")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < 3000))
    assert session.scalar(up_to_cap(select(numbers.c.number))) == COUNT_CAP
    assert session.scalar(up_to_cap(select(numbers.c.number).where(numbers.c.number <= 7))) == 7
