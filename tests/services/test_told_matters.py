"""Matters told in the room: numbered as they are told, corrected by several at once, completed after the day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import pytest

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matters import Disposition, MatterKind, MatterState
from portal.domain.reception_days import DayState
from portal.services import dispositions, receptions, told_matters
from portal.services.booking_orders import MatterTold
from portal.services.dispositions import Decision
from portal.services.records import RecordText, fingerprint
from portal.store.extension import read
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.queries.records import undisposed_matters
from tests.held_receptions import LI, ZHANG, Held

LATE = datetime(2026, 11, 23, 9, tzinfo=ZONE)
SETTLE = Decision(Disposition.SETTLE, "本月内拨付到位", "区财政局")


def told(title="当场提出", **given):
    return MatterTold(**{"kind": MatterKind.SUGGESTION, "category_code": "0301", "title": title} | given)


@pytest.fixture
def held(each_app):
    return Held(each_app)


@pytest.fixture
def closed(each_app):
    day = {"day": date(2026, 11, 20), "state": DayState.CLOSED}
    held = Held(each_app, now=datetime(2026, 11, 20, 15, tzinfo=ZONE), **day)
    held.finish()
    return held


def test_a_matter_told_on_the_spot_gets_the_next_place_and_a_number(held):
    matter = held.do(told_matters.add_matter, held.booking, told())
    assert (matter.number, matter.position, matter.state) == ("2026-0001", 2, MatterState.REGISTERED)


def test_a_matter_of_somebody_who_has_not_come_cannot_be_told(app):
    held = Held(app)
    held.change(Booking, held.booking, state=BookingState.CONFIRMED)
    with pytest.raises(RuleBroken, match="签到以后"):
        held.do(told_matters.add_matter, held.booking, told())


def test_those_who_add_matters_at_the_same_moment_all_get_theirs_in_places_of_their_own(each_app):
    held, people = Held(each_app), 8
    start = Barrier(people)

    def add(number):
        start.wait()
        return held.do(told_matters.add_matter, held.booking, told(f"第{number}条"), form_token=f"form-{number}").number

    with ThreadPoolExecutor(people) as pool:
        numbers = set(pool.map(add, range(people)))
    assert numbers == {f"2026-{number:04}" for number in range(1, people + 1)}
    assert [it.position for it in held.matters()] == list(range(1, people + 2))


def test_the_same_form_sent_many_times_at_once_makes_one_matter(each_app):
    held, times = Held(each_app), 8
    start = Barrier(times)

    def add(_):
        start.wait()
        return held.do(told_matters.add_matter, held.booking, told(), form_token="one-form").id

    with ThreadPoolExecutor(times) as pool:
        assert len(set(pool.map(add, range(times)))) == 1
    assert len(held.matters()) == 2


def test_two_who_correct_a_matter_both_keep_what_they_wrote(held):
    begun = told("二期补贴", kind=MatterKind.PROBLEM, detail="去年申报。")
    held.do(told_matters.edit_matter, held.matter, begun)
    held.do(
        told_matters.edit_matter, held.matter,
        told("二期补贴", kind=MatterKind.COMPLAINT, detail="去年申报。\n已催三次。"), base=begun,
    )  # fmt: skip
    held.do(
        told_matters.edit_matter, held.matter,
        told("二期厂房补贴", kind=MatterKind.PROBLEM, detail="去年三月申报。"), base=begun, actor=LI,
    )  # fmt: skip
    matter = held.the_matter()
    assert (matter.title, matter.detail, matter.kind) == (
        "二期厂房补贴", "去年三月申报。\n已催三次。", MatterKind.COMPLAINT,
    )  # fmt: skip


def test_a_title_that_grew_too_long_for_both_is_given_back(held):
    begun = told("短")
    held.do(told_matters.edit_matter, held.matter, begun)
    held.do(told_matters.edit_matter, held.matter, told("甲" * 100), base=begun)
    with pytest.raises(RuleBroken, match="最多 120 个字") as refused:
        held.do(told_matters.edit_matter, held.matter, told("乙" * 100), base=begun, actor=LI)
    assert refused.value.field == "title"


def test_a_matter_with_a_disposition_is_not_corrected_while_the_day_is_held(held):
    held.do(dispositions.dispose_matter, held.matter, SETTLE)
    with pytest.raises(RuleBroken, match="重新处置"):
        held.do(told_matters.edit_matter, held.matter, told())


def test_a_correction_by_one_does_not_stop_the_disposition_by_another(held):
    seen = held.the_matter().version
    held.do(told_matters.edit_matter, held.matter, told())
    held.do(dispositions.dispose_matter, held.matter, SETTLE, version=seen, actor=LI)
    assert held.the_matter().state is MatterState.SETTLED


def test_two_who_settle_a_matter_both_keep_their_answer(held):
    seen = held.the_matter().version
    held.do(dispositions.dispose_matter, held.matter, SETTLE, version=seen)
    second = Decision(Disposition.SETTLE, "会后派人上门指导", "区住建局")
    held.do(dispositions.dispose_matter, held.matter, second, version=seen, actor=LI)
    matter = held.the_matter()
    assert matter.on_site_answer == "本月内拨付到位\n会后派人上门指导"
    assert matter.answered_by == "区财政局、区住建局"


def test_two_who_dispose_of_a_matter_otherwise_do_not_overwrite_each_other(held):
    seen = held.the_matter().version
    held.do(dispositions.dispose_matter, held.matter, Decision(Disposition.ASSIGN), version=seen)
    with pytest.raises(Conflict, match="待交办"):
        held.do(dispositions.dispose_matter, held.matter, SETTLE, version=seen, actor=LI)
    assert held.the_matter().on_site_answer == ""


def test_what_still_has_no_disposition_is_told_with_where_it_is(held):
    with held.inside():
        waiting = undisposed_matters(read(), held.day)
    assert [(it.id, it.booking_id) for it in waiting] == [(held.matter, held.booking)]


def test_a_matter_can_be_disposed_of_before_its_day_has_begun(app):
    held = Held(app, state=DayState.PUBLISHED)
    assert held.do(dispositions.dispose_matter, held.matter, SETTLE).state is MatterState.SETTLED


# --- after the day ---------------------------------------------------------------------


def test_a_matter_entered_after_the_day_is_to_be_assigned_so_the_closed_day_lacks_no_disposition(closed):
    matter = closed.do(told_matters.add_matter, closed.booking, told())
    assert matter.state is MatterState.AWAITING_ASSIGNMENT
    with pytest.raises(RuleBroken, match="补录时限"):
        closed.do(told_matters.add_matter, closed.booking, told(), now=LATE)
    closed.do(told_matters.add_matter, closed.booking, told("漏记的"), now=LATE, late_reason="当日漏记一条")
    assert closed.stands().late_reason == "当日漏记一条"


@pytest.mark.parametrize(
    "act, given",
    [
        (dispositions.dispose_matter, SETTLE),
        (told_matters.edit_matter, told()),
    ],
)
def test_every_late_entry_needs_a_reason(app, act, given):
    held = Held(app, now=datetime(2026, 11, 20, 15, tzinfo=ZONE), day=date(2026, 11, 20), state=DayState.CLOSED)
    held.change(Matter, held.matter, state=MatterState.AWAITING_ASSIGNMENT)
    with pytest.raises(RuleBroken, match="补录时限") as refused:
        held.do(act, held.matter, given, now=LATE)
    assert refused.value.field == "late_reason"
    held.do(act, held.matter, given, now=LATE, late_reason="按录音补录")
    assert "按录音补录" in held.details()[0]
    assert held.stands().late_reason == "按录音补录"


def test_a_closed_day_takes_no_decision_back_but_changes_it(closed):
    closed.change(Matter, closed.matter, state=MatterState.AWAITING_ASSIGNMENT)
    with pytest.raises(RuleBroken, match="不能没有处置"):
        closed.do(dispositions.reopen_matter, closed.matter)
    assert closed.do(dispositions.dispose_matter, closed.matter, SETTLE).state is MatterState.SETTLED


def test_the_day_is_closed_only_when_every_matter_has_a_disposition(held):
    held.finish()
    with pytest.raises(RuleBroken, match="没有处置"):
        held.do(receptions.close_day, held.day)
    held.do(dispositions.dispose_matter, held.matter, SETTLE)
    assert held.do(receptions.close_day, held.day, actor=ZHANG).state is DayState.CLOSED
    assert fingerprint(RecordText()) in held.details()[-1]
