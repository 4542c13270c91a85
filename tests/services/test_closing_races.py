"""Two people at the same step at once: one of them was first, the other is told, and the record bears one name (each engine)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import ClosingStep
from portal.services import call_backs, closing, result_opinions, results
from portal.services.closing_batches import BatchAct, Outcome, carry_out
from portal.store.audit_trail import verify
from portal.store.extension import db, read, write
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from portal.store.models.voices import CallBack
from tests.handled_matters import CONTENT, CONTESTED, SOLVED, a_matter_in_hand, closed, to_review
from tests.services.test_call_backs import GLAD, SAD
from tests.slip_builders import NOW, OFFICE

OTHER = Actor(9, "办公室另一人", Role.OFFICE)
THIRD = Actor(10, "办公室第三人", Role.OFFICE)


@pytest.fixture
def in_hand(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield each_app, session, a_matter_in_hand(session)
        session.rollback()
        db.session.remove()


def at_once(app, *acts):
    """What came of each act, begun at the same moment in threads of their own."""
    start = Barrier(len(acts))

    def run(act):
        with app.app_context():
            start.wait()
            try:
                write(act)
            except RuleBroken as refusal:
                return refusal
            finally:
                db.session.remove()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def one_was_first(outcomes):
    refused = [it for it in outcomes if it is not None]
    assert len(refused) == len(outcomes) - 1
    assert all(isinstance(it, (Conflict, RuleBroken)) for it in refused)


def test_two_approve_at_once_and_one_name_stands(in_hand):
    app, session, it = in_hand
    session.add(OfficeSetting(name="office_approves", value=True))
    to_review(session, it)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    session.commit()
    seen = it.matter.version
    one_was_first(
        at_once(
            app,
            *(
                lambda records, who=who: closing.approve_closing(
                    records, it.matter.id, approved=True, version=seen, actor=who, now=NOW
                )
                for who in (OTHER, THIRD, it.signer)
            ),
        )
    )
    session.expire_all()
    row = session.scalars(select(Closing)).one()
    assert row.approved_by in {OTHER.name, THIRD.name, it.signer.name}
    assert len(session.scalars(select(AuditLine).where(AuditLine.act == "matter_closed")).all()) == 1


def test_the_enterprise_speaks_once_even_when_office_and_enterprise_speak_at_once(in_hand):
    app, session, it = in_hand
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    session.commit()
    seen = it.matter.version
    outcomes = at_once(
        app,
        lambda records: result_opinions.give_opinion(
            records, it.matter.id, CONTENT, version=seen, actor=OFFICE, now=NOW
        ),
        lambda records: result_opinions.give_opinion(
            records, it.matter.id, CONTESTED, version=seen, actor=OTHER, now=NOW
        ),
    )
    one_was_first(outcomes)
    assert any(isinstance(it, Conflict) for it in outcomes)
    session.expire_all()
    row = session.scalars(select(Closing)).one()
    state = session.get(Matter, it.matter.id).state
    assert state is (MatterState.REVIEWING if row.opinion_recorded_by == OFFICE.name else MatterState.HANDLING)


def test_two_batches_over_the_same_matters_do_each_once_and_never_wait_for_each_other(in_hand):
    app, session, it = in_hand
    for matter in it.scene.matters:
        to_review(session, replace(it, matter=matter))
    session.commit()
    ids = [matter.id for matter in it.scene.matters]
    fates = []

    def batch(who, order):
        def act(records):
            came = carry_out(records, order, BatchAct(ClosingStep.REVIEW), versions={}, actor=who, now=NOW)
            fates.append([fate.outcome for fate in came])

        return act

    assert at_once(app, batch(OFFICE, ids), batch(OTHER, ids[::-1])) == [None, None]
    assert sorted(fates) == [[Outcome.DONE] * 2, [Outcome.LEFT] * 2]
    session.expire_all()
    assert len(session.scalars(select(AuditLine).where(AuditLine.act == "review_passed")).all()) == 2


def test_two_calls_entered_at_once_are_one(in_hand):
    app, session, it = in_hand
    closed(session, it)
    session.commit()
    outcomes = at_once(
        app,
        lambda records: call_backs.record_call_back(records, it.matter.id, GLAD, actor=OFFICE, now=NOW),
        lambda records: call_backs.record_call_back(records, it.matter.id, SAD, actor=OTHER, now=NOW),
    )
    one_was_first(outcomes)
    session.expire_all()
    assert len(session.scalars(select(CallBack)).all()) == 1
    assert verify(read())[1] is None


def test_the_schema_keeps_nobody_from_approving_what_he_reviewed(in_hand):
    _, session, it = in_hand
    to_review(session, it)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    row = session.scalars(select(Closing)).one()
    row.approved_by, row.approved_at = OFFICE.name, NOW
    with pytest.raises(Exception, match="nobody_approves_his_own_review"):
        session.flush()


def test_the_schema_reviews_nothing_the_enterprise_was_not_asked_about(in_hand):
    _, session, it = in_hand
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    row = session.scalars(select(Closing)).one()
    row.reviewed_by, row.reviewed_at = OFFICE.name, NOW
    with pytest.raises(Exception, match="asked_before_reviewed"):
        session.flush()
