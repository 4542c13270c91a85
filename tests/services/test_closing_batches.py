"""Like matters closed together: each by itself, the rest or nothing, and the same form twice is once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.domain.errors import RuleBroken
from portal.domain.matters import MatterState
from portal.domain.results import ClosingStep, ReviewPoint
from portal.services import results
from portal.services.closing_batches import BatchAct, NotAllCanGo, Outcome, carry_out, propose_together
from portal.services.uploads import AcceptedFile
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Closing, HandlingFile
from tests.handled_matters import CONTENT, SOLVED, a_matter_in_hand, to_review
from tests.slip_builders import NOW, OFFICE

COMMON = AcceptedFile("c" * 64, "会议纪要.pdf", "application/pdf", 2_000)


def review(session, it, *, only=None, **given):
    ids = [matter.id for matter in only or it.scene.matters]
    return carry_out(session, ids, BatchAct(ClosingStep.REVIEW), versions={}, actor=OFFICE, now=NOW, **given)


def test_one_press_reviews_all_that_were_ticked_with_an_audit_line_each(session):
    it = a_matter_in_hand(session)
    for matter in it.scene.matters:
        to_review(session, replace(it, matter=matter))
    fates = review(session, it)
    session.commit()
    assert [fate.outcome for fate in fates] == [Outcome.DONE, Outcome.DONE]
    assert {matter.state for matter in it.scene.matters} == {MatterState.APPROVING}
    lines = session.scalars(select(AuditLine.target_id).where(AuditLine.act == "review_passed")).all()
    assert sorted(lines) == sorted(str(matter.id) for matter in it.scene.matters)


def test_what_cannot_go_is_named_with_its_reason_and_the_rest_goes(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    done, left = review(session, it)
    assert (done.outcome, left.outcome) == (Outcome.DONE, Outcome.LEFT)
    assert "没有等待确认的办理结果" in left.reason
    assert it.scene.matters[1].state is MatterState.HANDLING


def test_all_or_nothing_leaves_everything_as_it_was(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    session.commit()
    with pytest.raises(NotAllCanGo, match="全部没有办理") as refused:
        review(session, it, all_or_nothing=True)
    session.rollback()
    assert [fate.outcome for fate in refused.value.fates] == [Outcome.DONE, Outcome.LEFT]
    session.refresh(it.matter)
    assert it.matter.state is MatterState.REVIEWING


def test_the_same_batch_sent_twice_changes_nothing(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    review(session, it, only=[it.matter])
    lines = session.scalar(select(AuditLine.id).order_by(AuditLine.id.desc()).limit(1))
    (again,) = review(session, it, only=[it.matter])
    assert again.outcome is Outcome.BEFORE
    assert session.scalar(select(AuditLine.id).order_by(AuditLine.id.desc()).limit(1)) == lines


def test_a_checklist_that_is_not_ticked_through_passes_nothing(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    act = BatchAct(ClosingStep.REVIEW, points={ReviewPoint.FACTS})
    (fate,) = carry_out(session, [it.matter.id], act, versions={}, actor=OFFICE, now=NOW)
    assert "结果属实" in fate.reason


def test_a_unit_reports_like_matters_together_each_with_its_own_file_and_the_common_one(session):
    it = a_matter_in_hand(session)
    first, second = it.scene.matters
    own = {first.id: AcceptedFile("a" * 64, "甲.pdf", "application/pdf", 9), second.id: None}
    given = {
        id_: replace(SOLVED, files=(file,) if file else (), form_token=f"batch:{id_}") for id_, file in own.items()
    }
    fates = propose_together(session, given, [COMMON], actor=it.handler, now=NOW)
    assert [fate.outcome for fate in fates] == [Outcome.DONE, Outcome.LEFT]
    assert "自己的佐证材料" in fates[1].reason
    result = session.scalars(select(Closing)).one()
    names = session.scalars(select(HandlingFile.caption).where(HandlingFile.closing_id == result.id)).all()
    assert sorted(names) == ["会议纪要.pdf", "甲.pdf"]
    again = propose_together(session, {first.id: given[first.id]}, [COMMON], actor=it.handler, now=NOW)
    assert again[0].outcome is Outcome.DONE
    assert session.query(Closing).count() == 1


def test_an_unseen_matter_is_not_even_named(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match="勾选"):
        carry_out(session, [], BatchAct(ClosingStep.HEAD), versions={}, actor=it.head, now=NOW)


def test_heads_sign_together_and_the_office_enters_one_word_for_all(session):
    it = a_matter_in_hand(session)
    ids = [matter.id for matter in it.scene.matters]
    for matter in it.scene.matters:
        results.propose_result(session, matter.id, SOLVED, actor=it.handler, now=NOW)
    carry_out(session, ids, BatchAct(ClosingStep.HEAD, "情况属实"), versions={}, actor=it.head, now=NOW)
    fates = carry_out(session, ids, BatchAct(ClosingStep.OPINION, opinion=CONTENT), versions={}, actor=OFFICE, now=NOW)
    assert {fate.outcome for fate in fates} == {Outcome.DONE}
    assert {matter.state for matter in it.scene.matters} == {MatterState.REVIEWING}
