from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.leaves import LeaveState, Span
from portal.domain.people import Actor, Role
from portal.services.leaves import Decision, LeaveOrder, ask_leave, decide_leave, withdraw_leave
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from portal.store.queries.leaves import leave_row, turns_within
from portal.store.queries.rota import approved_leaves
from tests.duty_people import DECEMBER, JANUARY, District
from tests.services.acting import audited

WEEK = Span(date(2026, 12, 14), date(2026, 12, 18))
APPROVED = Decision(True, "周示安 区委书记")


@pytest.fixture
def district(session):
    return District(session)


def ask(district, name="甲示一", span=WEEK, *, reason="外出培训", actor=None, now):
    with audited() as session:
        return ask_leave(
            session, LeaveOrder(district.id[name], span, reason), actor=actor or district.person(name), now=now
        ).id


def decide(district, leave_id, decision=APPROVED, *, actor=None, now):
    with audited() as session:
        return decide_leave(session, leave_id, decision, actor=actor or district.office, now=now)


def withdraw(leave_id, *, actor, now):
    with audited() as session:
        return withdraw_leave(session, leave_id, actor=actor, now=now)


def told(session, key):
    return set(session.scalars(select(Message.account_id).where(Message.key == key)))


def test_a_leader_asks_and_the_office_writes_down_who_approved(session, district, now):
    leave_id = ask(district, now=now)
    assert told(session, f"leave-asked:{leave_id}") == {district.account["office"]}
    decide(district, leave_id, now=now)
    row = leave_row(session, leave_id, actor=district.office)
    assert (row.leader, row.state, row.decided_by, row.is_late) == (
        "甲示一", LeaveState.APPROVED, "周示安 区委书记", False,
    )  # fmt: skip
    assert told(session, f"leave-decided:{leave_id}") == {district.account["甲示一"]}
    assert session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all() == ["leave_asked", "leave_approved"]


def test_the_reason_stays_on_the_leave_itself(session, district, now):
    leave_id = ask(district, reason="住院治疗", now=now)
    decide(district, leave_id, now=now)
    assert not [it for it in session.scalars(select(AuditLine.summary)) if "住院" in it]
    assert not [it for it in session.scalars(select(Message.subject)) if "住院" in it]


def test_only_approved_leave_keeps_days_clear(session, district, now):
    leave_id = ask(district, now=now)
    assert not approved_leaves(session, DECEMBER, DECEMBER)
    decide(district, leave_id, now=now)
    assert [it.leader_id for it in approved_leaves(session, DECEMBER, DECEMBER)] == [district.id["甲示一"]]
    assert not approved_leaves(session, JANUARY, JANUARY)
    withdraw(leave_id, actor=district.person("甲示一"), now=now)
    assert not approved_leaves(session, DECEMBER, DECEMBER)


def test_leave_asked_later_than_the_notice_before_a_turn_is_taken_and_marked(session, district, now):
    late = ask(district, now=now.replace(month=12, day=9))
    assert leave_row(session, late, actor=district.office).is_late
    other_week = ask(district, span=Span(date(2026, 12, 21), date(2026, 12, 22)), now=now.replace(month=12, day=20))
    assert not leave_row(session, other_week, actor=district.office).is_late


def test_the_turns_that_fall_into_a_leave_are_named(session, district):
    turns = turns_within(session, district.id["甲示一"], Span(date(2026, 12, 1), date(2027, 3, 1)), today=DECEMBER)
    assert [(it.day, it.seat.value, it.position) for it in turns] == [(DECEMBER, "main", 1)]
    assert not turns_within(session, district.id["甲示一"], WEEK, today=date(2026, 12, 16))


def test_nobody_asks_for_another_leader_but_the_office(session, district, now):
    with pytest.raises(NotAllowed, match="本人或所服务领导"):
        ask(district, actor=district.person("乙示二"), now=now)
    with pytest.raises(NotAllowed, match="督查室"):
        ask(district, actor=Actor(9, "督查", Role.SUPERVISOR), now=now)
    leave_id = ask(district, actor=district.office, now=now)
    assert told(session, f"leave-asked:{leave_id}") == {district.account["甲示一"]}
    with pytest.raises(NotAllowed):
        withdraw(leave_id, actor=district.person("乙示二"), now=now)


def test_two_leaves_of_a_leader_do_not_overlap_and_the_standing_one_is_named(session, district, now):
    first = ask(district, now=now)
    overlapping = Span(date(2026, 12, 18), date(2026, 12, 20))
    with pytest.raises(RuleBroken, match="已有12月14日 周一至12月18日 周五的请假（待批准）"):
        ask(district, span=overlapping, now=now)
    ask(district, "乙示二", overlapping, now=now)
    withdraw(first, actor=district.person("甲示一"), now=now)
    ask(district, span=overlapping, now=now)


def test_a_decision_is_taken_once(session, district, now):
    leave_id = ask(district, now=now)
    decide(district, leave_id, now=now)
    with pytest.raises(Conflict, match="已是“已批准”（周示安 区委书记）"):
        decide(district, leave_id, Decision(False, "吴示宁 区长", "人手不足"), now=now)
    withdraw(leave_id, actor=district.office, now=now)
    with pytest.raises(Conflict, match="已是“已撤回”"):
        withdraw(leave_id, actor=district.office, now=now)


@pytest.mark.parametrize(
    "decision, field",
    [
        (Decision(True, " "), "decided_by"),
        (Decision(False, "周示安"), "remark"),
        (Decision(True, "长" * 81), "decided_by"),
    ],
)
def test_a_decision_names_who_took_it_and_a_refusal_why(district, now, decision, field):
    leave_id = ask(district, now=now)
    with pytest.raises(RuleBroken) as caught:
        decide(district, leave_id, decision, now=now)
    assert caught.value.field == field


def test_only_the_office_decides(district, now):
    leave_id = ask(district, now=now)
    with pytest.raises(NotAllowed):
        decide(district, leave_id, actor=district.person("甲示一"), now=now)


def test_leave_that_is_over_stays(district, now):
    leave_id = ask(district, now=now)
    decide(district, leave_id, now=now)
    with pytest.raises(RuleBroken, match="已经过去"):
        withdraw(leave_id, actor=district.person("甲示一"), now=now.replace(year=2027))
