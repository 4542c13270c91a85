"""The rehearsed year itself: a piece of it holds, and what does not hold is found."""

import json
from datetime import date

import pytest
from sqlalchemy import update

from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from tests.bench import loop_checks
from tests.bench.closed_loop_year import FIRST, YearFigure, as_json, as_table, years
from tests.bench.loop_days import Days, Kept, Open, handling_keys
from tests.bench.loop_play import Play
from tests.handled_matters import a_matter_in_hand, closed


@pytest.mark.timeout(900)
def test_the_first_weeks_hold_with_a_worker_that_is_killed():
    (figure,) = years(matters=8, seed=3, kills=3, engines=["sqlite"], last=date(2025, 2, 14))
    assert figure.wrong == []
    assert figure.acts > 10
    assert figure.kills > 0
    assert sum(figure.states.values()) == 8
    assert "全部相符" in as_table([figure])


def test_a_second_counting_knows_the_holidays_and_what_was_changed():
    days = Days()
    assert days.on(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert days.to(date(2025, 9, 26), date(2025, 10, 9)) == 4, "the 28th is made up"
    days.changed[date(2025, 10, 9)] = False
    assert days.on(date(2025, 9, 30), 1) == date(2025, 10, 10)


def test_the_second_counting_says_what_is_due_about_a_matter():
    days, kept = Days(), Kept("n", "B", petition=False, reception=FIRST)
    kept.assign(days, FIRST)
    it = Open(7, "handling", 1, FIRST, FIRST, 2, 3)
    told = {}
    for number in range(1, 23):
        day = days.on(FIRST, number)
        told |= {key: number for key, _ in handling_keys(days, it, kept, day) if key not in told}
    assert [(key.split(":")[0], number) for key, number in told.items()] == [
        ("matter-half", 8), ("matter-due", 12), ("matter-due", 14), ("matter-due", 15), ("matter-over", 16),
        ("matter-official", 20),
    ]  # fmt: skip


def test_what_does_not_hold_is_found(app, session):
    in_hand = a_matter_in_hand(session)
    closed(session, in_hand)
    session.commit()
    assert loop_checks.closings() == loop_checks.slips_in_step() == []
    session.execute(
        update(Closing).values(head_at=None, reviewed_at=None, reviewed_by="", approved_at=None, approved_by="")
    )
    session.execute(
        update(Matter).where(Matter.id == in_hand.scene.ids[1]).values(state="handling", due_on=None, step_due_on=None)
    )
    session.commit()
    play = Play(None)
    play.kept = {it: Kept(str(it), None, petition=False, reception=FIRST, due=FIRST) for it in in_hand.scene.ids}
    assert "没有完整的销号程序 1 处" in loop_checks.closings()[0]
    assert "时限不符" in loop_checks.deadlines(play, "x")[0]
    assert "既未办结" in loop_checks.states(date(2026, 12, 31))[1][0]
    wrong = YearFigure("sqlite", 2, 1, wrong=loop_checks.closings())
    assert "✗ 没有完整的销号程序" in as_table([wrong])
    assert json.loads(as_json([wrong]))["years"][0]["wrong"] == wrong.wrong
