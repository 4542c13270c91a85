"""What is owed beside the clocks, counted a second time: the counting itself, and that what the records have otherwise is found."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from portal.domain.paper_kinds import PaperKind
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import AssistingUnit
from tests.bench import loop_checks
from tests.bench.loop_days import Days, Kept
from tests.bench.loop_owed import (
    OFFICE,
    SUPERVISOR,
    Closed,
    Help,
    LookedAt,
    Owed,
    Paper,
    in_order,
    looked_at_on,
    told_of_help,
    told_of_step,
)
from tests.bench.loop_play import Play
from tests.handled_matters import a_matter_in_hand
from tests.slip_builders import NOW
from tests.slip_builders import OFFICE as FEDERATION

DAYS = Days()
MADE = date(2025, 3, 3)
BLUE = Paper("supervision", 1, 2, "blue", MADE, date(2025, 3, 10))


@pytest.mark.parametrize(
    "came_of_it, may_follow",
    [
        ({}, True),
        ({"reply_by": date(2025, 3, 20)}, False),
        ({"replied_on": date(2025, 3, 10)}, False),
        ({"replied_on": date(2025, 3, 11)}, True),
        ({"replied_on": date(2025, 3, 5), "is_poor": True}, True),
        ({"replied_on": date(2025, 3, 5), "promised_on": date(2025, 3, 11)}, True),
        ({"replied_on": date(2025, 3, 5), "promised_on": date(2025, 3, 12)}, False),
        ({"is_void": True}, False),
    ],
)
def test_a_colour_follows_the_one_before_it_only_when_that_failed(came_of_it, may_follow):
    assert in_order(DAYS, [replace(BLUE, **came_of_it)], "yellow", date(2025, 3, 12)) is may_follow


def test_nobody_is_urged_again_within_three_working_days():
    failed = replace(BLUE, replied_on=MADE, is_poor=True)
    assert not in_order(DAYS, [failed], "yellow", date(2025, 3, 5))
    assert in_order(DAYS, [failed], "yellow", date(2025, 3, 6))
    assert in_order(DAYS, [replace(failed, is_void=True)], None, MADE), "a void one does not count"


def test_a_step_is_told_on_its_last_day_then_as_over_to_others_too():
    def told(day):
        return told_of_step(DAYS, "supervision", 5, date(2025, 3, 10), MADE, day, [("unit", 2)])

    assert told(date(2025, 3, 7)) == []
    assert told(date(2025, 3, 10)) == [("step-due:supervision:5:2025-03-10", (("unit", 2),))]
    assert told(date(2025, 3, 11)) == [
        ("step-over:supervision:5:2025-03-10", (("unit", 2),)),
        ("step-late:supervision:5:2025-03-10", (OFFICE, SUPERVISOR)),
    ]


def test_a_helper_is_told_three_days_before_one_day_before_and_on_the_day():
    days = [date(2025, 3, 4), date(2025, 3, 5), date(2025, 3, 7), date(2025, 3, 10), date(2025, 3, 11)]
    told = [told_of_help(DAYS, 1, 2, date(2025, 3, 10), MADE, day) for day in days]
    assert [[key.split(":")[0] + key[-2:] for key, _ in it] for it in told] == [
        [], ["helper-due:3"], ["helper-due:1"], ["helper-due:0"], ["helper-over10"],
    ]  # fmt: skip


def test_a_helper_keeps_its_distance_when_the_calendar_changes():
    after = Days({date(2025, 3, 14): False})
    counted = Help(7, date(2025, 3, 12), date(2025, 3, 17), MADE, 10, date(2025, 3, 17))
    own = replace(counted, due_on=date(2025, 3, 6))
    for it in (counted, own):
        it.recount(DAYS, after, False, date(2025, 3, 4))
    assert (counted.slip_due, counted.due_on) == (date(2025, 3, 18), date(2025, 3, 12))
    assert own.due_on == date(2025, 3, 6)


def test_look_backs_come_onto_the_list_once_a_round_and_come_forward_for_who_is_not_content():
    assert looked_at_on(DAYS, date(2025, 1, 31)) == date(2025, 4, 30)
    assert looked_at_on(DAYS, date(2025, 7, 1)) == date(2025, 10, 9), "after the holiday"
    owed, today = Owed(), date(2025, 3, 31)
    owed.closed = {(7, 1): Closed("n", date(2025, 1, 31), is_discontent=True)}
    owed.list_due(DAYS, {7: 1}, date(2025, 3, 28))
    assert owed.look_backs == {}, "not more than a month before"
    for _ in range(2):
        owed.list_due(DAYS, {7: 1}, today)
    assert owed.look_backs == {(7, 1, "discontent"): LookedAt(date(2025, 4, 30), date(2025, 4, 30))}
    owed.look_at_once(7, 1, today)
    assert owed.look_backs == {(7, 1, "discontent"): LookedAt(today)}


def test_what_the_records_have_otherwise_is_found(app, session):
    it = a_matter_in_hand(session, matters=1)
    late = NOW + timedelta(days=22)
    order = proposed_order(session, it.slip.id, PaperKind.REMINDER, actor=FEDERATION, now=late)
    paper = make_paper(session, it.slip.id, order, actor=FEDERATION, now=late)
    session.commit()
    play, helper = Play(None), it.slip.assisting[0]
    matter_due = it.matter.due_on
    play.kept = {it.matter.id: Kept("n", None, petition=False, reception=NOW.date(), due=matter_due)}
    play.owed.papers[paper.id] = Paper("reminder", it.slip.id, paper.unit_id, None, late.date(), order.reply_by)
    play.owed.helps[it.slip.id, helper.unit_id] = Help(it.matter.id, helper.due_on, matter_due, None, 0, matter_due)
    assert loop_checks.beside(play) == []
    session.execute(update(AssistingUnit).values(due_on=date(2026, 12, 1)))
    session.execute(update(SlipPaper).values(void_at=late, void_reason="文号有误", serial=3))
    session.commit()
    said = loop_checks.beside(play)
    assert [line.split(" ")[0] for line in said] == ["配合单位不符", "催办督办文书不符", "文号不连续"]
