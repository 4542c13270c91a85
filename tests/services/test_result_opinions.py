"""What the enterprise says of a result: accepted, handled again, or noted and reviewed all the same."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.results import AskedHow, Grade, Resolved
from portal.services import closing, result_opinions, results
from portal.services.result_opinions import Opinion
from tests.handled_matters import CONTENT, CONTESTED, SOLVED, a_matter_in_hand, to_review
from tests.slip_builders import NOW, OFFICE


def test_an_enterprise_that_does_not_accept_has_it_handled_again_with_a_new_last_day(session):
    it = a_matter_in_hand(session)
    later = NOW + timedelta(days=9)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=later)
    results.head_signs(session, it.matter.id, actor=it.head, now=later)
    first = result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=later)
    assert (it.matter.state, it.matter.round) == (MatterState.HANDLING, 2)
    assert it.matter.due_on > date(2026, 12, 7)
    assert first.ended_why.startswith("企业不认可")


def test_dissent_beyond_what_the_rules_let_is_noted_and_reviewed_all_the_same(session):
    it = a_matter_in_hand(session)
    for _ in range(2):
        results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
        results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
        last = result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert it.matter.state is MatterState.REVIEWING
    assert last.resolved is Resolved.NOT


def test_an_enterprise_speaks_only_of_a_result_that_waits_for_it(session):
    it = a_matter_in_hand(session)
    enterprise = Actor.enterprise("企业")
    said = Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.LINK)
    with pytest.raises(Conflict, match="没有等待确认"):
        result_opinions.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(RuleBroken, match="待企业确认"):
        result_opinions.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    result_opinions.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    assert it.matter.state is MatterState.REVIEWING
    with pytest.raises(NotAllowed):
        closing.review(session, it.matter.id, passed=True, actor=enterprise, now=NOW)


def test_a_round_the_enterprise_was_content_with_does_not_count_as_contested(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    closing.review(session, it.matter.id, passed=False, remark="佐证材料不是本企业的", actor=OFFICE, now=NOW)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert it.matter.state is MatterState.HANDLING


def test_the_way_the_office_asked_is_never_the_enterprises_own_link(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    with pytest.raises(RuleBroken, match="什么方式"):
        result_opinions.give_opinion(session, it.matter.id, replace(CONTENT, how=AskedHow.LINK), actor=OFFICE, now=NOW)


def test_what_follows_is_what_comes(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    told = result_opinions.what_follows(session, it.matter.id, NOW.date())
    result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert (told.contests_left, told.again_until) == (1, it.matter.due_on)
    assert result_opinions.what_follows(session, it.matter.id, NOW.date()).contests_left == 0
