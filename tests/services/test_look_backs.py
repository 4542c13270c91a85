"""Looking back: drawn by nobody's choice, done by somebody else, and what was closed falsely is told and taken up again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.services import closing, look_backs, result_opinions, results
from portal.services.look_backs import (
    Found,
    assign_look_back,
    is_drawn,
    look_backs_to_plan,
    order_look_back,
    plan_look_backs,
    record_look_back,
)
from portal.store.models.handling import HandlingFile, LookBack
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from tests.builders import an_account
from tests.handled_matters import CONTENT, CONTESTED, EVIDENCE, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE

SUPERVISOR = Actor(70, "督查室甲", Role.SUPERVISOR)
LATER = NOW + timedelta(days=92)
FOUND = Found(Finding.HOLDS, "到企业现场查看，资金确已到账。", LATER.date(), "企业负责人")


def percent(session, number):
    session.add(OfficeSetting(name="look_back_percent", value=number))
    session.flush()


def closed_discontent(session, it):
    """The enterprise contests as often as it may; the second time it is noted and closed all the same."""
    for said in (CONTESTED, CONTESTED):
        results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
        results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
        result_opinions.give_opinion(session, it.matter.id, said, actor=OFFICE, now=NOW)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    closing.approve_closing(session, it.matter.id, approved=True, actor=it.signer, now=NOW)


def ordered(session, it):
    closed(session, it)
    return order_look_back(session, it.matter.id, NOW.date() + timedelta(days=3), actor=OFFICE, now=NOW)


def test_everybody_who_was_not_content_is_planned_and_of_the_others_the_sample(session):
    percent(session, 0)
    it = a_matter_in_hand(session)
    closed_discontent(session, it)
    closed(session, replace(it, matter=it.scene.matters[1]))
    (planned,) = plan_look_backs(session, now=LATER)
    assert (planned.matter_id, planned.why) == (it.matter.id, LookBackWhy.DISCONTENT)
    assert planned.planned_on >= NOW.date() + timedelta(days=89)


def test_planning_again_plans_nothing_more(session):
    percent(session, 100)
    it = a_matter_in_hand(session)
    closed(session, it)
    assert look_backs_to_plan(session, now=LATER)
    assert len(plan_look_backs(session, now=LATER)) == 1
    assert not look_backs_to_plan(session, now=LATER)
    assert plan_look_backs(session, now=LATER + timedelta(days=1)) == []


def test_nothing_is_planned_long_before_its_day(session):
    percent(session, 100)
    it = a_matter_in_hand(session)
    closed(session, it)
    assert plan_look_backs(session, now=NOW + timedelta(days=20)) == []


def test_about_so_many_of_a_hundred_are_drawn_and_always_the_same():
    drawn = [number for number in range(2_000) if is_drawn(f"2026-{number:04d}", 1, 10)]
    assert 150 < len(drawn) < 250
    assert drawn == [number for number in range(2_000) if is_drawn(f"2026-{number:04d}", 1, 10)]


def test_one_look_back_waits_at_a_time(session):
    it = a_matter_in_hand(session)
    ordered(session, it)
    with pytest.raises(Conflict, match="已列入回头看"):
        order_look_back(session, it.matter.id, NOW.date() + timedelta(days=9), actor=SUPERVISOR, now=NOW)


def test_only_what_is_closed_is_looked_back_at(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match="已销号"):
        order_look_back(session, it.matter.id, NOW.date(), actor=OFFICE, now=NOW)


def test_whoever_handled_it_does_not_look(session):
    it = a_matter_in_hand(session)
    waits = ordered(session, it)
    handler = an_account(Role.OFFICE, display_name=it.handler.name)
    other = an_account(Role.SUPERVISOR, display_name="督查室乙")
    of_a_unit = an_account(Role.UNIT, unit_id=it.scene.units[2].id)
    session.add_all([handler, other, of_a_unit])
    session.flush()
    for account, sentence in ((handler, "经办过"), (of_a_unit, "没有经办")):
        with pytest.raises(RuleBroken, match=sentence):
            assign_look_back(session, waits.id, account.id, actor=OFFICE, now=NOW)
    assign_look_back(session, waits.id, other.id, actor=OFFICE, now=NOW)
    told = session.scalars(select(Message.account_id).where(Message.key.startswith("look-back-assigned")))
    assert set(told) == {other.id}
    with pytest.raises(RuleBroken, match="经办这件事的人"):
        record_look_back(session, waits.id, FOUND, actor=replace(OFFICE, name=it.handler.name), now=LATER)


def test_what_holds_is_recorded_once_with_its_photo(session):
    it = a_matter_in_hand(session)
    waits = ordered(session, it)
    record_look_back(session, waits.id, replace(FOUND, files=(EVIDENCE,)), actor=SUPERVISOR, now=LATER)
    session.commit()
    assert (waits.finding, waits.done_by, waits.reopened) == (Finding.HOLDS, "督查室甲", False)
    assert it.matter.state is MatterState.CLOSED
    assert session.scalar(select(HandlingFile.matter_id).where(HandlingFile.look_back_id == waits.id)) == it.matter.id
    with pytest.raises(Conflict, match="已有记录"):
        record_look_back(session, waits.id, FOUND, actor=SUPERVISOR, now=LATER)


def test_a_false_closing_is_told_to_supervision_and_signer_and_handled_again(session):
    it = a_matter_in_hand(session)
    supervisor = an_account(Role.SUPERVISOR)
    signer = an_account(Role.LEADER, serves=[it.scene.receiver])
    unit = an_account(Role.UNIT, unit_id=it.scene.units[0].id)
    session.add_all([supervisor, signer, unit])
    waits = ordered(session, it)
    before = it.matter.due_on
    record_look_back(session, waits.id, replace(FOUND, finding=Finding.FAKE), actor=SUPERVISOR, now=LATER)
    session.commit()
    assert (it.matter.state, it.matter.round, waits.reopened) == (MatterState.HANDLING, 2, True)
    assert it.matter.due_on > before
    fake = session.scalars(select(Message.account_id).where(Message.key.startswith("fake-closing")))
    assert set(fake) == {supervisor.id, signer.id}
    (again,) = session.scalars(
        select(Message).where(Message.account_id == unit.id, Message.subject.contains("重新办理"))
    )
    assert ("前办结" in again.subject, again.body) == (True, "回头看虚假销号")


def test_a_look_back_needs_words_and_a_day_that_has_come(session):
    it = a_matter_in_hand(session)
    waits = ordered(session, it)
    for given, sentence in (({"told": "好"}, "回头看的情况"), ({"done_on": date(2027, 12, 1)}, "不能晚于今天")):
        with pytest.raises(RuleBroken, match=sentence):
            record_look_back(session, waits.id, replace(FOUND, **given), actor=SUPERVISOR, now=LATER)


def test_a_closed_matter_is_taken_up_again_with_a_reason_and_a_new_last_day(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    with pytest.raises(RuleBroken, match="理由"):
        look_backs.reopen(session, it.matter.id, "再办", actor=OFFICE, now=LATER)
    look_backs.reopen(session, it.matter.id, "企业来电，承诺没有兑现", actor=SUPERVISOR, now=LATER)
    assert (it.matter.state, it.matter.round, it.matter.closed_at) == (MatterState.HANDLING, 2, None)
    assert it.matter.due_on > LATER.date()
    with pytest.raises((NotAllowed, NotFound)):
        look_backs.reopen(session, it.matter.id, "企业来电，承诺没有兑现", actor=it.handler, now=LATER)


def test_a_round_that_was_taken_up_again_is_planned_anew(session):
    percent(session, 100)
    it = a_matter_in_hand(session)
    closed(session, it)
    plan_look_backs(session, now=LATER)
    look_backs.reopen(session, it.matter.id, "企业来电，承诺没有兑现", actor=OFFICE, now=LATER)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=LATER)
    results.head_signs(session, it.matter.id, actor=it.head, now=LATER)
    result_opinions.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=LATER)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=LATER)
    closing.approve_closing(session, it.matter.id, approved=True, actor=it.signer, now=LATER)
    plan_look_backs(session, now=LATER + timedelta(days=92))
    assert session.scalars(select(LookBack.round).order_by(LookBack.id)).all() == [1, 2]


def test_a_matter_closed_twice_before_its_look_back_is_planned_only_for_the_round_that_stands(session):
    it = a_matter_in_hand(session, matters=1)
    session.add(OfficeSetting(name="look_back_percent", value=100))
    closed(session, it)
    session.commit()
    look_backs.reopen(session, it.matter.id, "企业反映问题又出现了，重新办理", actor=OFFICE, now=NOW)
    session.commit()
    closed(session, it)
    session.commit()
    plan_look_backs(session, now=LATER)
    assert session.scalars(select(LookBack.round)).all() == [it.matter.round]
