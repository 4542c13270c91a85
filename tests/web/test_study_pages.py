"""Studies on the screen: what is concentrated, opened, linked, concluded, dropped, printed, saved."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.meetings import StudyState
from portal.domain.people import Actor, Role
from portal.services import studies
from portal.store.models.meetings import Study, StudyMatter
from tests.builders import a_category, a_matter, a_unit, an_enterprise
from tests.conftest import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def unit(session):
    made = a_unit(short_name="区住建局")
    session.add(made)
    session.commit()
    return made


@pytest.fixture
def proposed(session):
    category = a_category(name="用地规划")
    session.add_all(
        [
            a_matter(
                None, category, enterprise=an_enterprise(), raised_on=NOW.date(), raised_at=NOW - timedelta(days=1)
            )
            for _ in range(5)
        ]
    )
    session.commit()
    studies.propose_studies(session, actor=Actor.system(), now=NOW)
    session.commit()
    return the_study(session)


def the_study(session):
    return session.scalars(select(Study).order_by(Study.id.desc()).execution_options(populate_existing=True)).first()


def page(answer):
    return answer.get_data(as_text=True)


def order(unit, **given):
    return {"title": "用地规划问题研究", "why": "反映集中。", "lead_unit_id": unit.id, "due_on": "2027-01-20"} | given


def test_the_list_shows_what_is_concentrated_and_the_proposed_study(office, proposed):
    html = page(office.get("/studies/"))
    assert proposed.title in html
    assert "各类诉求的集中度" in html
    assert f"/matters/?category={proposed.category_code}" in html
    assert "<table" in page(office.get("/studies/", headers=HTMX))
    assert "各类诉求的集中度" not in page(office.get("/studies/", headers=HTMX))


def test_a_study_goes_from_its_proposal_to_its_conclusion(office, session, proposed, unit):
    address = f"/studies/{proposed.id}"
    assert "立项" in page(office.get(address))
    wrong = office.post(f"{address}/open", data=order(unit, lead_unit_id=""))
    assert wrong.status_code == 422
    assert "请选择牵头单位" in page(wrong)
    assert office.post(f"{address}/open", data=order(unit)).status_code == 303
    assert "用地规划问题研究" in page(office.get(f"{address}/open"))
    assert office.post(f"{address}/conclude", data={"conclusion": "好"}).status_code == 422
    assert office.post(f"{address}/conclude", data={"conclusion": "编制办事指引，部门并联办理。"}).status_code == 303
    html = page(office.get(address))
    assert "编制办事指引" in html
    assert f"{address}/conclude" not in html
    assert the_study(session).state is StudyState.CONCLUDED
    assert office.get(f"{address}/sheet.pdf").data.startswith(b"%PDF")
    assert office.post(f"{address}/drop", data={"reason": "不必研究了"}).status_code == 422


def test_an_old_page_changes_nothing(office, session, proposed, unit):
    old = proposed.version
    office.post(f"/studies/{proposed.id}/open", data=order(unit))
    answer = office.post(f"/studies/{proposed.id}/open", data=order(unit, title="别的题目", version=old))
    assert answer.status_code == 409
    assert "别的题目" in page(answer)
    assert the_study(session).title == "用地规划问题研究"


def test_a_study_is_dropped_with_its_reason(office, session, proposed):
    assert office.post(f"/studies/{proposed.id}/drop", data={"reason": ""}).status_code == 422
    assert office.post(f"/studies/{proposed.id}/drop", data={"reason": "市里已统一修订政策"}).status_code == 303
    assert "市里已统一修订政策" in page(office.get(f"/studies/{proposed.id}"))
    assert office.get(f"/studies/{proposed.id}/matters").status_code == 422


def test_the_office_opens_one_itself_and_links_matters_to_it(office, session, proposed, unit):
    answer = office.post("/studies/new", data=order(unit, category_code=""))
    made = the_study(session)
    assert answer.headers["Location"] == f"/studies/{made.id}/matters"
    number = session.scalars(select(StudyMatter.matter_id)).first()
    matter = session.get_one(type(a_matter()), number)
    html = page(office.get(f"/studies/{made.id}/matters?q={matter.number}"))
    assert matter.title in html
    office.post(f"/studies/{made.id}/matters/add", data={"matter": matter.id})
    assert matter.title in page(office.get(f"/studies/{made.id}"))
    office.post(f"/studies/{made.id}/matters/{matter.id}/off", data={})
    assert "还没有关联诉求" in page(office.get(f"/studies/{made.id}"))
    again = office.post("/studies/new", data=order(unit, category_code=proposed.category_code))
    assert again.status_code == 409
    assert "已有一项专题研究" in page(again)


def test_a_unit_sees_the_studies_it_leads_and_changes_nothing(office, sign_in, session, proposed, unit):
    own, other = sign_in(Role.UNIT, unit=unit), sign_in(Role.UNIT)
    assert own.get(f"/studies/{proposed.id}").status_code == 404
    office.post(f"/studies/{proposed.id}/open", data=order(unit))
    html = page(own.get(f"/studies/{proposed.id}"))
    assert "用地规划问题研究" in html
    assert "安澜示例企业" not in html
    assert "集中度" not in page(own.get("/studies/"))
    assert own.get(f"/studies/{proposed.id}/sheet.pdf").status_code == 200
    assert other.get(f"/studies/{proposed.id}").status_code == 404
    assert own.get(f"/studies/{proposed.id}/conclude").status_code == 403
    assert sign_in(Role.SUPERVISOR).get(f"/studies/{proposed.id}").status_code == 200
    assert sign_in(Role.SYSTEM).get("/studies/").status_code == 403


def test_the_list_sorts_filters_and_is_saved(office, proposed):
    for key in ("newest", "title", "category", "state", "unit", "due", "matters"):
        assert office.get(f"/studies/?sort={key}&direction=desc").status_code == 200
    assert "没有符合条件" in page(office.get("/studies/?state=dropped&q=无&unit=1"))
    rows = CalamineWorkbook.from_filelike(BytesIO(office.get("/studies/list.xlsx").data)).get_sheet_by_index(0)
    assert any(proposed.title in row for row in rows.to_python())


def test_without_any_the_page_says_what_comes_next(office):
    html = page(office.get("/studies/"))
    assert "还没有专题研究" in html
    assert "没有登记诉求" in html
