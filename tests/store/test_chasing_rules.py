"""What is asked of somebody above, or done with a unit, is asked and done once at a time: the database says so."""

import pytest
from sqlalchemy.exc import IntegrityError

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.store.extension import db
from portal.store.models.chasing import Escalation, Measure
from tests.slip_builders import NOW, a_scene

pytestmark = pytest.mark.postgresql


@pytest.fixture
def session(each_app):
    with each_app.app_context():
        found = db.session()
        found.info["unaudited"] = True
        yield found
        found.rollback()
        db.session.remove()


@pytest.fixture
def scene(session):
    return a_scene(session, matters=1)


def an_escalation(scene, **given):
    values = {"to": EscalatedTo.UPPER_LEVEL, "organ": "市工商联", "leader_id": None} | given
    return Escalation(matter_id=scene.matters[0].id, why="请协调。", by="工商联", at=NOW, **values)


def a_measure(scene, **given):
    values = {"unit_id": scene.units[0].id, "kind": MeasureKind.TALK} | given
    return Measure(matter_id=scene.matters[0].id, why="逾期未办。", by="督查室", at=NOW, **values)


def to_the_signer(scene):
    return {"to": EscalatedTo.SIGNER, "organ": "", "leader_id": scene.receiver.id}


def kept(session, *rows):
    for row in rows:
        session.add(row)
        session.flush()


def test_an_organ_is_asked_once_until_it_answered(session, scene):
    kept(session, an_escalation(scene), an_escalation(scene, organ="市信访局"))
    with pytest.raises(IntegrityError), session.begin_nested():
        kept(session, an_escalation(scene))
    first = session.query(Escalation).filter_by(organ="市工商联").one()
    first.answer, first.answered_by, first.answered_at = "请一周内办结。", "市工商联", NOW
    session.flush()
    kept(session, an_escalation(scene))


def test_a_leader_is_asked_once_until_he_answered(session, scene):
    kept(session, an_escalation(scene, **to_the_signer(scene)))
    with pytest.raises(IntegrityError), session.begin_nested():
        kept(session, an_escalation(scene, **to_the_signer(scene)))


def test_a_measure_of_a_kind_with_a_unit_runs_once_at_a_time(session, scene):
    other = {"unit_id": scene.units[1].id}
    kept(session, a_measure(scene), a_measure(scene, kind=MeasureKind.LISTED), a_measure(scene, **other))
    with pytest.raises(IntegrityError), session.begin_nested():
        kept(session, a_measure(scene))
    first = session.query(Measure).filter_by(kind=MeasureKind.TALK, unit_id=scene.units[0].id).one()
    first.outcome, first.ended_by, first.ended_at = "已办结。", "督查室", NOW
    session.flush()
    kept(session, a_measure(scene))
