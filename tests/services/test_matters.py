import pytest

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import Check, Disposition, MatterState
from portal.services import matters
from portal.services.preparations import PriorCheck, check_matter
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene, unit_actor


def dispose(session, matter, disposition, answer="", **given):
    return matters.dispose_matter(session, matter.id, disposition, answer, **{"actor": OFFICE, "now": NOW} | given)


def test_a_matter_settled_on_site_keeps_the_answer_and_who_gave_it(session):
    matter = a_scene(session).matters[0]
    dispose(session, matter, Disposition.SETTLE, "已当场答复", answered_by="区住建局")
    session.commit()
    assert (matter.state, matter.on_site_answer, matter.answered_by) == (
        MatterState.SETTLED,
        "已当场答复",
        "区住建局",
    )


@pytest.mark.parametrize("disposition", [Disposition.SETTLE, Disposition.REFUSE])
def test_settling_and_refusing_need_words(session, disposition):
    with pytest.raises(RuleBroken):
        dispose(session, a_scene(session).matters[0], disposition, "  ")


def test_what_was_decided_can_be_decided_otherwise(session):
    matter = a_scene(session).matters[0]
    for disposition in (
        Disposition.REFUSE,
        Disposition.SETTLE,
        Disposition.ASSIGN,
        Disposition.REFUSE,
        Disposition.ASSIGN,
    ):
        dispose(session, matter, disposition, "理由或答复")
        session.commit()
        assert matter.state is disposition.state
    assert matter.ended_reason == ""


def test_a_matter_on_a_slip_stays_as_it_is(session):
    scene = a_scene(session)
    a_draft(session, scene)
    with pytest.raises(RuleBroken, match="请先作废该单"):
        dispose(session, scene.matters[0], Disposition.SETTLE, "已答复")
    with pytest.raises(RuleBroken, match="不能再核实"):
        check_matter(session, scene.ids[0], PriorCheck(), actor=OFFICE, now=NOW)


def test_the_check_is_written_down(session):
    matter = a_scene(session).matters[0]
    check = PriorCheck(Check.YES, Check.NO, Check.UNKNOWN, "区住建局已核对。", urgent=True)
    check_matter(session, matter.id, check, actor=OFFICE, now=NOW)
    session.commit()
    assert (matter.is_true, matter.is_lawful, matter.is_reasonable, matter.check_note, matter.urgent) == (
        Check.YES,
        Check.NO,
        Check.UNKNOWN,
        "区住建局已核对。",
        True,
    )


def test_an_older_version_is_a_conflict_a_missing_matter_not_found_a_stranger_not_allowed(session):
    scene = a_scene(session)
    with pytest.raises(Conflict):
        dispose(session, scene.matters[0], Disposition.ASSIGN, version=scene.matters[0].version - 1)
    with pytest.raises(NotFound):
        matters.dispose_matter(session, 99_999, Disposition.ASSIGN, actor=OFFICE, now=NOW)
    with pytest.raises(NotAllowed):
        dispose(session, scene.matters[0], Disposition.ASSIGN, actor=unit_actor(scene.units[0]))
