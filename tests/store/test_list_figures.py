from dataclasses import replace
from datetime import date

import pytest

from portal.domain.ages import Age
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.domain.slips import SlipState
from portal.store.paging import Wanted
from portal.store.queries.list_figures import matter_figures, slip_figures
from portal.store.queries.matters import MatterFilter, matter_rows
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
