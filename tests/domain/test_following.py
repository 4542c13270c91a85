from datetime import date

import pytest

from portal.domain.bookings import BookingState
from portal.domain.following import (
    HIDDEN_TITLE,
    Course,
    Tone,
    called_off,
    is_end_of,
    may_give_opinion,
    may_object,
    may_rate,
    may_say,
    reason_told,
    title_told,
    where_it_stands,
)
from portal.domain.matters import Disposition, MatterState
from portal.domain.refusals import RefusalGround
from portal.domain.results import ResultCode
from portal.domain.voices import WordKind

S = MatterState
TODAY = date(2026, 12, 20)
DUE = date(2027, 1, 5)
NOT_SAID = ("异议", "退回", "裁定", "督办", "催办", "批示", "中止", "挂账", "销号")
"""Words of the work inside, which an entrepreneur need not understand and must not read."""


def standing(state, **given):
    return where_it_stands(Course(**{"state": state, "today": TODAY, "unit": "税务局", "due_on": DUE} | given))


@pytest.mark.parametrize("state", MatterState)
def test_every_state_has_plain_words_and_a_place_among_the_steps(state):
    it = standing(state, step_due_on=DUE, held_on=date(2026, 12, 15))
    assert it.told.endswith("。")
    assert 2 <= len(it.word) <= 6
    assert 0 <= it.at <= len(it.steps)
    assert not [word for word in NOT_SAID if word in it.told + it.word + "".join(it.steps)]


@pytest.mark.parametrize("disposition", Disposition)
def test_every_way_out_of_the_room_is_told(disposition):
    expected = {
        Disposition.SETTLE: "当面答复",
        Disposition.ASSIGN: "确定由哪个单位办理",
        Disposition.REFUSE: "应走的渠道",
    }
    assert expected[disposition] in standing(disposition.state).told


def test_a_matter_in_hand_says_who_handles_it_and_until_when():
    assert standing(S.HANDLING).told == "税务局正在办理，预计2027年1月5日前答复。"
    assert standing(S.HANDLING, due_on=date(2026, 12, 25)).told == "税务局正在办理，预计12月25日前答复。"
    assert standing(S.HANDLING, round=2).told.startswith("税务局正在重新办理")
    assert standing(S.HANDLING, due_on=None).told == "税务局正在办理。"


def test_the_last_day_itself_is_not_late_and_the_next_is():
    assert standing(S.HANDLING, due_on=TODAY).tone is Tone.UNDERWAY
    late = standing(S.HANDLING, due_on=date(2026, 12, 19))
    assert late.tone is Tone.LATE
    assert "原定12月19日前答复，现在已经超过" in late.told


def test_no_unit_is_named_before_a_slip_was_issued_to_it():
    assert "税务局" in standing(S.ASSIGNED).told
    assert standing(S.ASSIGNED, unit="").told == "领导已经签批，正在交给承办单位。"


def test_a_registered_matter_looks_forward_to_its_day_and_no_further():
    assert standing(S.REGISTERED, held_on=TODAY).told == "已经登记，12月20日接待日当面听取。"
    assert "确定怎样办理" in standing(S.REGISTERED, held_on=date(2026, 12, 15)).told


@pytest.mark.parametrize("state", BookingState)
def test_a_visit_that_came_to_nothing_says_so_and_any_other_does_not(state):
    why = called_off(state)
    assert bool(why) == (state in {BookingState.CANCELLED, BookingState.NO_SHOW, BookingState.LEFT})
    it = standing(S.REGISTERED, held_on=DUE, called_off=why)
    assert it.stopped == bool(why)
    assert ("重新预约" in it.told) == bool(why)
    ended = standing(S.WITHDRAWN, held_on=DUE, called_off=why)
    assert ("撤回" in ended.told) != bool(why), "nobody who did not come has taken anything back"


def test_a_waiting_result_asks_the_enterprise_by_its_last_day():
    assert (
        standing(S.CONFIRMING, step_due_on=date(2026, 12, 25)).told == "税务局已经答复，请在12月25日前说说您是否认可。"
    )
    assert "请尽快" in standing(S.CONFIRMING, step_due_on=date(2026, 12, 1)).told
    assert standing(S.CONFIRMING).tone is Tone.YOURS


def test_what_is_closed_has_all_its_steps_behind_it_and_names_the_result():
    it = standing(S.CLOSED, result=ResultCode.EXPLAINED)
    assert it.at == len(it.steps)
    assert it.told == "已经办结，结果：不符合政策已解释。"


@pytest.mark.parametrize("state", MatterState)
def test_each_state_opens_exactly_its_acts(state):
    assert may_give_opinion(state) == (state is S.CONFIRMING)
    assert may_rate(state) == (state in {S.SETTLED, S.CLOSED})
    assert may_object(state) == (state not in {S.REGISTERED, S.CONFIRMING, S.WITHDRAWN})
    assert may_say(WordKind.OBJECTION, state) == may_object(state)
    assert may_say(WordKind.BREACH, state)
    assert may_say(WordKind.REMARK, state)


def test_an_objection_is_about_a_matter_and_a_breach_need_not_be():
    assert not may_say(WordKind.OBJECTION, None)
    assert may_say(WordKind.BREACH, None)


def test_of_what_is_classified_neither_title_nor_reason_is_told():
    assert title_told("某工程", RefusalGround.CLASSIFIED) == HIDDEN_TITLE
    assert reason_told("涉及某工程", RefusalGround.CLASSIFIED) == RefusalGround.CLASSIFIED.channel
    assert title_told("二期厂房补贴", RefusalGround.ANSWERED) == title_told("二期厂房补贴", None) == "二期厂房补贴"
    assert reason_told("已有答复", RefusalGround.ANSWERED) == "已有答复"


@pytest.mark.parametrize(
    "number, digits, fits",
    [
        ("13800005678", "5678", True),
        ("13800005678", "5679", False),
        ("13800005678", "678", False),
        ("13800005678", "05678", False),
        ("0830-4291234", "1234", True),
        ("0830-4291234-12", "1234", True),
        ("0830-4291234-12", "3412", True),
        ("13800005678", "５６７８", False),
        ("13800005678", "", False),
        ("", "5678", False),
    ],
)
def test_only_the_last_four_digits_of_the_number_fit(number, digits, fits):
    assert is_end_of(number, digits) is fits
