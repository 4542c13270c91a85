import pytest

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import Disposition, MatterState
from portal.domain.refusals import RefusalGround
from portal.services import dispositions
from portal.services.dispositions import Decision, refusal_parts
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene, unit_actor

LATE = {"late_reason": "会后核对更正", "actor": OFFICE, "now": NOW}
"""The day of the scene was six days ago."""


def dispose(session, matter, disposition, answer="", *, by="", channel="信访", ground=None, **given):
    decision = Decision(disposition, answer, by, channel, ground)
    return dispositions.dispose_matter(session, matter.id, decision, **LATE | given)


def test_a_matter_settled_on_site_keeps_the_answer_and_who_gave_it(session):
    matter = a_scene(session).matters[0]
    dispose(session, matter, Disposition.SETTLE, "已当场答复", by="区住建局")
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


def test_a_ground_says_why_and_where_to_turn_instead(session):
    matter = a_scene(session).matters[0]
    dispose(session, matter, Disposition.REFUSE, channel="", ground=RefusalGround.LITIGATION)
    assert refusal_parts(matter.ended_reason) == (
        "已经或应当通过诉讼解决",
        "向有管辖权的人民法院提起诉讼或申请执行",
    )
    dispose(session, matter, Disposition.REFUSE, "二审中", channel="区法院", ground=RefusalGround.LITIGATION)
    assert matter.ended_reason == "已经或应当通过诉讼解决：二审中。应走渠道：区法院。"
    assert matter.refusal_ground is RefusalGround.LITIGATION
    dispose(session, matter, Disposition.ASSIGN)
    assert (matter.refusal_ground, matter.ended_reason) == (None, "")


def test_a_reason_longer_than_the_record_keeps_is_refused(session):
    with pytest.raises(RuleBroken, match="最多 400 个字"):
        dispose(session, a_scene(session).matters[0], Disposition.REFUSE, "长" * 400)


def test_an_older_version_is_a_conflict_a_missing_matter_not_found_a_stranger_not_allowed(session):
    scene = a_scene(session)
    with pytest.raises(Conflict):
        dispose(session, scene.matters[0], Disposition.SETTLE, "答复", version=scene.matters[0].version - 1)
    with pytest.raises(NotFound):
        dispositions.dispose_matter(session, 99_999, Decision(Disposition.ASSIGN), actor=OFFICE, now=NOW)
    with pytest.raises(NotAllowed):
        dispose(session, scene.matters[0], Disposition.ASSIGN, actor=unit_actor(scene.units[0]))
