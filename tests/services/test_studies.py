"""Studies: proposed once where matters are concentrated, not again until as many more have come, ended with words (QD-25)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.meetings import StudyState
from portal.domain.people import Actor, Role
from portal.services import studies
from portal.services.studies import StudyOrder
from portal.store.extension import db
from portal.store.models.meetings import Study, StudyMatter
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.queries.studies import concentrations, study_page
from tests.builders import a_category, a_matter, a_unit, an_account, an_enterprise
from tests.slip_builders import NOW, OFFICE, unit_actor

TODAY = NOW.date()
SYSTEM = Actor.system()
SOLUTION = "编制办事指引，部门并联办理，每季度向企业通报进展。"


def came(session, category, number, *, now=NOW, **given):
    matters = [
        a_matter(
            None, category, enterprise=an_enterprise(), raised_at=now - timedelta(days=1), raised_on=now.date() - timedelta(days=1),
            **given,
        )
        for _ in range(number)
    ]  # fmt: skip
    session.add_all(matters)
    session.commit()
    return matters


def swept(session, *, now=NOW):
    made = studies.propose_studies(session, actor=SYSTEM, now=now)
    session.commit()
    return made


def the_studies(session):
    return session.scalars(select(Study).order_by(Study.id).execution_options(populate_existing=True)).all()


def an_order(session, **given):
    unit = a_unit()
    session.add(unit)
    session.flush()
    return StudyOrder(
        **{"title": "用地问题研究", "why": "反映集中。", "lead_unit_id": unit.id, "due_on": date(2027, 1, 20)} | given
    )


def an_open_study(session):
    came(session, a_category(), 5)
    swept(session)
    made = studies.open_study(session, the_studies(session)[-1].id, an_order(session), actor=OFFICE, now=NOW)
    session.commit()
    return made


def test_five_matters_of_a_category_propose_a_study_that_rests_on_them(session):
    category = a_category(name="用地规划")
    matters = came(session, category, 5)
    assert swept(session) == 1
    (study,) = the_studies(session)
    linked = set(session.scalars(select(StudyMatter.matter_id)))
    assert (study.state, study.category_code, linked) == (StudyState.PROPOSED, category.code, {it.id for it in matters})
    assert "5 件" in study.why
    assert "5 家企业" in study.why


def test_the_sweep_proposes_once_however_often_it_runs(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        came(session, a_category(), 6)
        assert [swept(session) for _ in range(3)] == [1, 0, 0]
        assert session.scalar(select(func.count()).select_from(Study)) == 1


def test_fewer_than_the_rules_say_propose_nothing(session):
    category = a_category()
    came(session, category, 4)
    assert swept(session) == 0
    session.add(OfficeSetting(name="study_from", value=4))
    session.commit()
    assert swept(session) == 1


def test_what_was_raised_long_ago_or_taken_back_does_not_count(session):
    category = a_category()
    came(session, category, 4)
    session.add_all(
        [
            a_matter(None, category, raised_on=date(2026, 5, 1)),
            a_matter(None, category, raised_on=TODAY, state=MatterState.WITHDRAWN, ended_reason="企业撤回"),
            a_matter(None, category, raised_on=TODAY + timedelta(days=1)),
        ]
    )
    session.commit()
    assert swept(session) == 0


def test_what_is_below_a_category_counts_for_it(session):
    upper = a_category(name="要素保障")
    session.add(upper)
    session.flush()
    came(session, a_category(parent_code=upper.code), 3)
    came(session, a_category(parent_code=upper.code), 2)
    assert swept(session) == 1
    assert the_studies(session)[0].category_code == upper.code
    (row,) = concentrations(session, months=6, today=TODAY)
    assert (row.name, row.matters, row.enterprises, row.study_state) == ("要素保障", 5, 5, StudyState.PROPOSED)


@pytest.mark.parametrize("end", ["drop", "conclude"])
def test_a_study_that_ended_is_proposed_again_only_when_as_many_more_have_come(session, end):
    category = a_category()
    came(session, category, 5)
    swept(session)
    (study,) = the_studies(session)
    if end == "drop":
        studies.drop_study(session, study.id, "已有统一政策，不再研究", actor=OFFICE, now=NOW)
    else:
        studies.open_study(session, study.id, an_order(session), actor=OFFICE, now=NOW)
        studies.conclude_study(session, study.id, SOLUTION, actor=OFFICE, now=NOW)
    session.commit()
    later = NOW + timedelta(days=20)
    assert swept(session, now=later) == 0
    came(session, category, 4, now=later)
    assert swept(session, now=later) == 0
    fifth = came(session, category, 1, now=later)
    assert swept(session, now=later) == 1
    again = the_studies(session)[-1]
    linked = set(session.scalars(select(StudyMatter.matter_id).where(StudyMatter.study_id == again.id)))
    assert len(linked) == 5
    assert fifth[0].id in linked


def test_a_category_has_one_study_at_a_time(session):
    category = a_category()
    came(session, category, 5)
    swept(session)
    order = an_order(session, category_code=category.code)
    with pytest.raises(Conflict, match="已有一项"):
        studies.start_study(session, order, actor=OFFICE, now=NOW)
    session.rollback()
    for title in ("用地问题研究", "用工问题研究"):
        studies.start_study(session, an_order(session, title=title), actor=OFFICE, now=NOW)
    session.commit()
    assert len(the_studies(session)) == 3


def test_the_same_study_sent_twice_is_one(session):
    order = an_order(session)
    first, second = (studies.start_study(session, order, actor=OFFICE, now=NOW) for _ in range(2))
    assert first.id == second.id
    assert studies.start_study(session, replace(order, title="用工问题研究"), actor=OFFICE, now=NOW).id != first.id


@pytest.mark.parametrize(
    "given, field",
    [
        ({"title": ""}, "title"),
        ({"why": " "}, "why"),
        ({"lead_unit_id": None}, "lead_unit_id"),
        ({"due_on": None}, "due_on"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ({"category_code": "无"}, "category_code"),
    ],
)
def test_a_study_is_opened_with_everything_it_needs(session, given, field):
    with pytest.raises(RuleBroken) as refused:
        studies.start_study(session, an_order(session, **given), actor=OFFICE, now=NOW)
    assert refused.value.field == field


def test_the_unit_that_leads_is_told_and_sees_it_and_no_other_does(session):
    study = an_open_study(session)
    session.add(an_account(Role.UNIT, unit_id=study.lead_unit_id))
    session.commit()
    order = StudyOrder("改了的题目", study.why, study.lead_unit_id, study.due_on)
    studies.open_study(session, study.id, order, actor=OFFICE, now=NOW)
    other = an_order(session)
    session.add(an_account(Role.UNIT, unit_id=other.lead_unit_id))
    session.flush()
    studies.open_study(session, study.id, other, actor=OFFICE, now=NOW)
    session.commit()
    assert [it for it in session.scalars(select(Message.subject)) if "牵头专题研究" in it]
    leads = Actor(4, "牵头", Role.UNIT, unit_id=other.lead_unit_id)
    assert study_page(session, leads, study.id).matters[0].enterprise == ""
    assert study_page(session, OFFICE, study.id).matters[0].enterprise
    with pytest.raises(NotFound):
        study_page(session, unit_actor(a_stranger(session)), study.id)


def a_stranger(session):
    unit = a_unit()
    session.add(unit)
    session.commit()
    return unit


def test_matters_are_added_and_removed_while_it_stands(session):
    study = an_open_study(session)
    (more,) = came(session, a_category(), 1)
    seen = study.version
    assert studies.add_to_study(session, study.id, [more.id, more.id], version=seen, actor=OFFICE, now=NOW) == 1
    assert studies.add_to_study(session, study.id, [more.id], actor=OFFICE, now=NOW) == 0
    session.commit()
    with pytest.raises(Conflict):
        studies.take_from_study(session, study.id, more.id, version=seen, actor=OFFICE, now=NOW)
    studies.take_from_study(session, study.id, more.id, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="已不在"):
        studies.take_from_study(session, study.id, more.id, actor=OFFICE, now=NOW)
    studies.conclude_study(session, study.id, SOLUTION, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="不能再改"):
        studies.add_to_study(session, study.id, [more.id], actor=OFFICE, now=NOW)


def test_a_proposed_study_is_not_concluded_and_an_ended_one_not_opened(session):
    came(session, a_category(), 5)
    swept(session)
    (study,) = the_studies(session)
    with pytest.raises(RuleBroken, match="建议立项"):
        studies.conclude_study(session, study.id, SOLUTION, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="理由"):
        studies.drop_study(session, study.id, "", actor=OFFICE, now=NOW)
    studies.drop_study(session, study.id, "已有统一政策", actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="不予立项"):
        studies.open_study(session, study.id, an_order(session), actor=OFFICE, now=NOW)


def test_a_conclusion_is_in_words(session):
    study = an_open_study(session)
    with pytest.raises(RuleBroken, match="系统解决办法"):
        studies.conclude_study(session, study.id, "好", actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_only_the_office_and_the_portal_keep_studies(session, role):
    actor = Actor(9, "别人", role, unit_id=1 if role is Role.UNIT else None)
    with pytest.raises(NotAllowed):
        studies.propose_studies(session, actor=actor, now=NOW)
