"""Common tasks: several enterprises' matters handled as one, each with its own word, answer and evidence (PT-27)."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.services import common_tasks
from portal.services.common_proposals import likely_groups
from portal.services.common_tasks import AnswersRefused, TaskOrder
from portal.services.progress import ProgressTold
from portal.services.slip_drafts import draft_slip
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Closing, HandlingFile, Progress
from portal.store.models.meetings import CommonMatter
from portal.store.queries.common_tasks import common_task_of_matter, task_page
from tests.builders import a_booking, a_category, a_matter, an_enterprise
from tests.handled_matters import EVIDENCE, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_scene, unit_actor

ORDER = TaskOrder("加快办理验收办证", "统一核实、统一口径。")
TOLD = ProgressTold(ProgressKind.PROGRESS, "已召集几家企业座谈，逐家核对情况。", form_token="form-1")


def joined(session, *matters, **given):
    made = common_tasks.join_matters(session, [it.id for it in matters], replace(ORDER, **given), actor=OFFICE, now=NOW)
    session.commit()
    return made


def two_in_hand(session):
    """Two matters the same unit leads, on one slip."""
    return a_matter_in_hand(session, matters=2)


def acts_on(session, matter):
    found = select(AuditLine.act).where(AuditLine.target_kind == "matter", AuditLine.target_id == str(matter.id))
    return list(session.scalars(found.order_by(AuditLine.id)))


def test_joined_matters_keep_their_own_state_and_are_marked_as_common(session):
    scene, it = a_scene(session, matters=1), a_matter_in_hand(session, day=date(2026, 11, 17))
    task = joined(session, scene.matters[0], it.matter)
    assert [m.state for m in (scene.matters[0], it.matter)] == [MatterState.AWAITING_ASSIGNMENT, MatterState.HANDLING]
    assert all(m.is_common for m in (scene.matters[0], it.matter))
    assert acts_on(session, it.matter)[-1] == "matters_joined"
    assert common_task_of_matter(session, OFFICE, it.matter.id) == (task.id, ORDER.title)


def test_a_matter_is_under_one_task_at_most(session):
    scene = a_scene(session, matters=3)
    joined(session, *scene.matters[:2])
    with pytest.raises(RuleBroken, match="已并入共性任务"):
        joined(session, *scene.matters[1:])
    session.rollback()
    with pytest.raises(RuleBroken, match="至少合并 2 件"):
        joined(session, scene.matters[2])


def test_what_is_over_is_not_joined(session):
    it = two_in_hand(session)
    closed(session, it)
    with pytest.raises(RuleBroken, match="不必合并"):
        joined(session, *it.scene.matters)


def test_joined_matters_of_several_enterprises_may_share_a_slip(session):
    scene = a_scene(session, matters=1)
    booking = a_booking(scene.day, an_enterprise(), slot=1)
    other = a_matter(booking, scene.matters[0].category, state=MatterState.AWAITING_ASSIGNMENT)
    session.add_all([booking, other])
    session.commit()
    ids = [scene.matters[0].id, other.id]
    with pytest.raises(RuleBroken, match="共性"):
        draft_slip(session, ids, actor=OFFICE, now=NOW)
    session.rollback()
    joined(session, scene.matters[0], other)
    assert len(draft_slip(session, ids, actor=OFFICE, now=NOW).entries) == 2


def test_a_word_about_the_task_is_put_on_each_matter_the_unit_leads(session):
    it, other = two_in_hand(session), a_matter_in_hand(session, day=date(2026, 11, 17))
    task = joined(session, *it.scene.matters, other.matter)
    made = common_tasks.report_on_task(session, task.id, replace(TOLD, files=(EVIDENCE,)), actor=it.handler, now=NOW)
    session.commit()
    assert {row.matter_id for row in made} == {m.id for m in it.scene.matters}
    assert session.scalar(select(func.count()).select_from(HandlingFile)) == 2
    for matter in it.scene.matters:
        assert acts_on(session, matter).count("progress_reported") == 1
    assert "progress_reported" not in acts_on(session, other.matter)


def test_the_same_form_sent_twice_is_one_word_on_each_matter(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        it = two_in_hand(session)
        task = joined(session, *it.scene.matters)
        for _ in range(2):
            common_tasks.report_on_task(session, task.id, TOLD, actor=it.handler, now=NOW)
            session.commit()
        assert session.scalar(select(func.count()).select_from(Progress)) == 2


def test_a_unit_without_a_matter_of_the_task_tells_nothing_of_it(session):
    it = two_in_hand(session)
    task = joined(session, *it.scene.matters)
    with pytest.raises(RuleBroken, match="没有由贵单位牵头"):
        common_tasks.report_on_task(session, task.id, TOLD, actor=it.helper, now=NOW)
    with pytest.raises(NotFound):
        common_tasks.report_on_task(session, task.id, TOLD, actor=unit_actor(it.scene.units[2]), now=NOW)
    with pytest.raises(NotAllowed):
        common_tasks.report_on_task(session, task.id, TOLD, actor=OFFICE, now=NOW)


def test_each_matter_gets_its_own_answer_with_its_own_evidence(session):
    it = two_in_hand(session)
    first, second = it.scene.matters
    task = joined(session, first, second)
    answers = {
        first.id: replace(SOLVED, form_token="x"),
        second.id: replace(SOLVED, told="第二家的补贴也已到账，企业已签收。", form_token="x"),
    }
    common_tasks.answer_for_all(session, task.id, answers, actor=it.handler, now=NOW)
    session.commit()
    made = {row.matter_id: row for row in session.scalars(select(Closing))}
    assert made[second.id].told.startswith("第二家")
    assert {row.batch for row in made.values()} == {f"common-{task.id}"}
    assert {first.state, second.state} == {MatterState.PROPOSED}
    assert session.scalar(select(func.count()).select_from(HandlingFile)) == 2


def test_one_answer_without_evidence_keeps_all_of_them_back(session):
    it = two_in_hand(session)
    first, second = it.scene.matters
    task = joined(session, first, second)
    with pytest.raises(AnswersRefused, match="佐证") as refused:
        common_tasks.answer_for_all(
            session, task.id, {first.id: SOLVED, second.id: replace(SOLVED, files=())}, actor=it.handler, now=NOW
        )
    assert refused.value.matter_id == second.id
    session.rollback()
    assert {first.state, second.state} == {MatterState.HANDLING}


def test_a_unit_does_not_answer_for_another(session):
    it, other = two_in_hand(session), a_matter_in_hand(session, day=date(2026, 11, 17))
    task = joined(session, it.matter, other.matter)
    with pytest.raises(RuleBroken, match="贵单位"):
        common_tasks.answer_for_all(session, task.id, {other.matter.id: SOLVED}, actor=it.handler, now=NOW)
    page = task_page(session, it.handler, task.id)
    assert ([row.id for row in page.matters], page.hidden) == ([it.matter.id], 1)


def test_a_matter_is_parted_and_may_be_joined_elsewhere(session):
    scene = a_scene(session, matters=4)
    task = joined(session, *scene.matters[:2])
    seen = task.version
    common_tasks.part_matter(session, task.id, scene.matters[0].id, version=seen, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict):
        common_tasks.part_matter(session, task.id, scene.matters[1].id, version=seen, actor=OFFICE, now=NOW)
    with pytest.raises(Conflict, match="已不在"):
        common_tasks.part_matter(session, task.id, scene.matters[0].id, actor=OFFICE, now=NOW)
    session.rollback()
    joined(session, scene.matters[0], scene.matters[2])
    assert common_tasks.join_more(session, task.id, [scene.matters[3].id], actor=OFFICE, now=NOW) == 1
    assert session.scalar(select(func.count()).select_from(CommonMatter)) == 4


def test_a_task_ends_when_every_matter_of_it_is_over(session):
    it = two_in_hand(session)
    task = joined(session, *it.scene.matters)
    closed(session, it)
    with pytest.raises(RuleBroken, match="还有 1 件"):
        common_tasks.end_task(session, task.id, actor=OFFICE, now=NOW)
    closed(session, replace(it, matter=it.scene.matters[1]))
    common_tasks.end_task(session, task.id, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="已经结束"):
        common_tasks.change_task(session, task.id, ORDER, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken):
        common_tasks.report_on_task(session, task.id, TOLD, actor=it.handler, now=NOW)


def test_matters_that_say_nearly_the_same_are_proposed(session):
    category, other = a_category(), a_category()
    alike = [
        a_matter(None, category, enterprise=an_enterprise(), title=title)
        for title in ("加快一期项目竣工验收及办证", "加快二期项目竣工验收和办证", "请加快项目竣工验收及办证")
    ]
    same = an_enterprise()
    session.add_all(
        [
            *alike,
            a_matter(None, category, enterprise=an_enterprise(), title="厂区门口货车停放混乱"),
            a_matter(None, other, enterprise=an_enterprise(), title="加快一期项目竣工验收及办证"),
            a_matter(None, other, enterprise=same, title="天然气价格上涨"),
            a_matter(None, other, enterprise=same, title="天然气价格上涨"),
        ]
    )
    session.commit()
    (group,) = likely_groups(session, actor=OFFICE)
    assert {it.id for it in group.matters} == {it.id for it in alike}
    assert group.enterprises == 3
    joined(session, *alike)
    assert likely_groups(session, actor=OFFICE) == []


def test_matters_marked_as_common_need_be_less_alike(session):
    category = a_category()
    pair = [
        a_matter(None, category, enterprise=an_enterprise(), title=title)
        for title in ("加快一期项目竣工验收", "项目验收办证太慢")
    ]
    session.add_all(pair)
    session.commit()
    assert likely_groups(session, actor=OFFICE) == []
    for it in pair:
        it.title = it.title.replace("一期", "")
        it.is_common = True
    pair[1].title = "加快项目验收办证"
    session.commit()
    assert len(likely_groups(session, actor=OFFICE)) == 1


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR])
def test_only_the_office_joins(session, role):
    actor = Actor(9, "别人", role, unit_id=1 if role is Role.UNIT else None)
    with pytest.raises(NotAllowed):
        common_tasks.join_matters(session, [1, 2], ORDER, actor=actor, now=NOW)
