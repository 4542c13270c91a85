"""Common tasks on the screen: proposed, joined, told of once, answered each with its evidence, parted, ended."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.services import common_tasks
from portal.services.common_tasks import TaskOrder
from portal.store.models.handling import Closing, Progress
from portal.store.models.meetings import CommonMatter, CommonTask
from tests.builders import a_category, a_matter, an_enterprise
from tests.conftest import NOW
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import OFFICE

HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
RESULT = "已会同有关单位办理完毕，补贴资金已拨付到账。"


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def in_hand(session):
    return a_matter_in_hand(session, matters=2)


@pytest.fixture
def task(session, in_hand):
    ids = [it.id for it in in_hand.scene.matters]
    made = common_tasks.join_matters(session, ids, TaskOrder("加快验收办证", "统一口径。"), actor=OFFICE, now=NOW)
    session.commit()
    return made


@pytest.fixture
def unit(sign_in, in_hand):
    return sign_in(Role.UNIT, unit=in_hand.scene.units[0])


def page(answer):
    return answer.get_data(as_text=True)


def counted(session, kind):
    session.expire_all()
    return session.scalar(select(func.count()).select_from(kind))


def test_like_matters_are_proposed_and_joined(office, session):
    category = a_category()
    alike = [a_matter(None, category, enterprise=an_enterprise(), title="加快项目竣工验收及办证") for _ in range(3)]
    session.add_all(alike)
    session.commit()
    assert "加快项目竣工验收及办证" in page(office.get("/common-tasks/proposals"))
    ids = [it.id for it in alike]
    html = page(office.get("/common-tasks/new", query_string={"matter": ids}))
    assert html.count("加快项目竣工验收及办证（") == 3
    answer = office.post(
        "/common-tasks/new", data={"title": "验收办证", "approach": "统一口径。", "matters": ids[:2]},
        query_string={"q": "验收"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert counted(session, CommonMatter) == 2
    assert "验收办证" in page(office.get("/common-tasks/"))


def test_one_matter_alone_is_not_joined_and_the_words_stay(office, session):
    session.add(a_matter(None, title="加快验收", enterprise=an_enterprise()))
    session.commit()
    number = session.scalars(select(type(a_matter()).id)).one()
    answer = office.post("/common-tasks/new?q=验收", data={"title": "验收办证", "matters": [number]})
    assert answer.status_code == 422
    assert "至少合并 2 件" in page(answer)
    assert "验收办证" in page(answer)


def test_the_task_shows_each_enterprises_matter(office, task, in_hand):
    html = page(office.get(f"/common-tasks/{task.id}"))
    for it in in_hand.scene.matters:
        assert it.title in html
    assert "统一口径。" in html
    assert "结束任务" not in html


def test_a_word_is_told_once_for_all_and_sent_twice_it_is_one(unit, session, task):
    address = f"/common-tasks/{task.id}/progress"
    assert "会记到" in page(unit.get(address))
    assert unit.post(address, data={"kind": "progress", "told": ""}).status_code == 422
    for _ in range(2):
        data = {
            "kind": "progress",
            "told": "已逐家核对情况。",
            "form_token": "one",
            "files": (BytesIO(PDF), "纪要.pdf"),
        }
        assert unit.post(address, data=data).status_code == 303
    assert counted(session, Progress) == 2
    assert "已逐家核对情况。" in page(unit.get(f"/common-tasks/{task.id}"))


def test_a_file_that_is_none_is_refused_beside_its_field(unit, session, task):
    data = {"kind": "progress", "told": "已逐家核对情况。", "files": (BytesIO(b"MZ"), "坏.pdf")}
    answer = unit.post(f"/common-tasks/{task.id}/progress", data=data)
    assert answer.status_code == 422
    assert "内容不是" in page(answer)
    assert counted(session, Progress) == 0


def test_each_matter_is_answered_with_its_own_evidence(unit, session, task, in_hand):
    first, second = in_hand.scene.matters
    address = f"/common-tasks/{task.id}/results"
    assert page(unit.get(address)).count("佐证材料") >= 2
    data = {
        f"result_{first.id}": "solved",
        f"told_{first.id}": RESULT,
        f"how_{first.id}": "not_yet",
        f"how_{second.id}": "not_yet",
    }
    missing = unit.post(address, data=data)
    assert missing.status_code == 422
    assert "请附上办理结果的佐证材料" in page(missing)
    assert RESULT in page(missing)
    files = {f"files_{first.id}": (BytesIO(PDF), "到账凭证.pdf")}
    assert unit.post(address, data=data | files).status_code == 303
    assert counted(session, Closing) == 1
    assert (first.state, second.state) == (MatterState.PROPOSED, MatterState.HANDLING)
    html = page(unit.get(f"/common-tasks/{task.id}"))
    assert "已解决" in html


def test_nothing_chosen_is_said(unit, task, in_hand):
    data = {f"how_{it.id}": "not_yet" for it in in_hand.scene.matters}
    answer = unit.post(f"/common-tasks/{task.id}/results", data=data)
    assert answer.status_code == 422
    assert "至少填写一件" in page(answer)


def test_a_matter_is_parted_another_joined_and_the_task_ended(office, session, task, in_hand):
    first, second = in_hand.scene.matters
    extra = a_matter(None, title="加快验收办证", enterprise=an_enterprise())
    session.add(extra)
    session.commit()
    assert extra.number in page(office.get(f"/common-tasks/{task.id}/add"))
    office.post(f"/common-tasks/{task.id}/add", data={"matter": extra.id})
    assert counted(session, CommonMatter) == 3
    office.post(f"/common-tasks/{task.id}/matters/{extra.id}/part", data={})
    office.post(f"/common-tasks/{task.id}/matters/{second.id}/part", data={})
    assert counted(session, CommonMatter) == 1
    closed(session, in_hand)
    session.commit()
    assert "结束任务" in page(office.get(f"/common-tasks/{task.id}"))
    office.post(f"/common-tasks/{task.id}/end", data={})
    session.expire_all()
    assert session.get_one(CommonTask, task.id).ended_at == NOW
    assert first.title in page(office.get(f"/common-tasks/{task.id}"))


def test_a_task_is_changed_and_an_old_page_is_not(office, session, task):
    seen = task.version
    assert "加快验收办证" in page(office.get(f"/common-tasks/{task.id}/edit"))
    assert office.post(f"/common-tasks/{task.id}/edit", data={"title": "新名称任务"}).status_code == 303
    old = office.post(f"/common-tasks/{task.id}/edit", data={"title": "旧页面任务", "version": seen})
    assert old.status_code == 409
    assert "旧页面任务" in page(old)


def test_others_see_only_what_is_theirs(office, sign_in, task, in_hand):
    stranger = sign_in(Role.UNIT, unit=in_hand.scene.units[2])
    helper = sign_in(Role.UNIT, unit=in_hand.scene.units[1])
    assert stranger.get(f"/common-tasks/{task.id}").status_code == 404
    assert helper.get(f"/common-tasks/{task.id}").status_code == 200
    assert "报送各件结果" not in page(helper.get(f"/common-tasks/{task.id}"))
    assert helper.get("/common-tasks/proposals").status_code == 403
    assert sign_in(Role.SUPERVISOR).get(f"/common-tasks/{task.id}").status_code == 200
    assert task.title not in page(stranger.get("/common-tasks/"))


def test_the_list_sorts_filters_and_is_saved(office, task):
    for key in ("newest", "title", "unit", "matters"):
        assert office.get(f"/common-tasks/?sort={key}&direction=desc").status_code == 200
    assert "没有符合条件" in page(office.get("/common-tasks/?state=ended&q=无"))
    rows = CalamineWorkbook.from_filelike(BytesIO(office.get("/common-tasks/list.xlsx").data)).get_sheet_by_index(0)
    assert any(task.title in row for row in rows.to_python())
    assert "0/2" in page(office.get("/common-tasks/", headers=HTMX))
