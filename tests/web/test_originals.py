"""Files as they were handed in: given to whoever may have them, and every opening written down before (PT-34)."""

from io import BytesIO

import pytest
from sqlalchemy import select

from portal.domain.meetings import StudyState
from portal.domain.people import Role
from portal.services import studies
from portal.services.studies import StudyOrder
from portal.store import uploads
from portal.store.models.audit import AuditLine
from portal.store.models.handling import HandlingFile
from portal.store.models.meetings import Meeting, Study
from portal.web.matters.files import uploads_folder
from tests.builders import a_unit
from tests.handled_matters import a_matter_in_hand
from tests.house.page_reader import Page
from tests.slip_builders import NOW, OFFICE

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"
NAME = "张示例身份证复印件.pdf"
TOLD = {"kind": "progress", "told": "已约企业到窗口核对材料，情况属实。", "form_token": "t1"}
CONCLUSION = "编制办事指引，部门并联办理，每季度向企业通报进展。"


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def it(session):
    return a_matter_in_hand(session, matters=1)


@pytest.fixture
def file_id(session, it, sign_in):
    """A file a unit handed in with its progress."""
    lead = sign_in(Role.UNIT, unit=it.scene.units[0])
    data = TOLD | {"files": [(BytesIO(PDF), NAME)]}
    assert lead.post(f"/matters/{it.matter.id}/report", data=data).status_code == 303
    return session.scalars(select(HandlingFile.id)).one()


def text(answer):
    return answer.get_data(as_text=True)


def opened(session):
    session.expire_all()
    lines = select(AuditLine.actor_name, AuditLine.target_kind, AuditLine.target_id, AuditLine.summary)
    found = session.execute(lines.where(AuditLine.act == "file_opened").order_by(AuditLine.id)).all()
    session.rollback()
    return [tuple(row) for row in found]


def a_file(name="签到表.pdf"):
    return BytesIO(PDF), name


def test_who_opens_the_evidence_of_a_matter_is_written_down_each_time(session, it, file_id, office, sign_in):
    address = f"/matters/{it.matter.id}/files/{file_id}"
    answer = office.get(address)
    assert (answer.status_code, answer.data) == (200, PDF)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    line = (Role.OFFICE.label, "handling_file", str(file_id), f"打开{it.matter.number}的进展附件")
    assert opened(session) == [line]
    sign_in(Role.SUPERVISOR).get(address)
    assert [it[0] for it in opened(session)] == [Role.OFFICE.label, Role.SUPERVISOR.label]
    trail = text(sign_in(Role.AUDITOR).get("/audit/"))
    assert "打开原件" in trail
    assert "身份证" not in trail


def test_asking_only_whether_it_is_there_opens_nothing(session, it, file_id, office):
    assert office.head(f"/matters/{it.matter.id}/files/{file_id}").status_code == 200
    assert opened(session) == []


def test_what_is_not_given_out_is_not_written_down(session, it, file_id, sign_in, office):
    address = f"/matters/{it.matter.id}/files/{file_id}"
    assert sign_in(Role.UNIT, unit=it.scene.units[2]).get(address).status_code == 404
    row = session.scalars(select(HandlingFile)).one()
    session.refresh(row, ["file"])
    uploads.wipe(uploads_folder(), row.file.sha256)
    session.rollback()
    assert office.get(address).status_code == 404
    assert opened(session) == []


def test_without_a_line_there_is_no_file(it, file_id, office, on_every_connection):
    on_every_connection("query_only=ON")
    answer = office.get(f"/matters/{it.matter.id}/files/{file_id}")
    assert answer.status_code == 503
    assert PDF not in answer.data


def held(session, office, it, **given):
    plan = {"kind": "dispatch", "title": "十一月企业诉求调度会", "held_on": "2026-11-22", "matter": it.matter.id}
    assert office.post("/meetings/new", data=plan).status_code == 303
    meeting_id = session.scalars(select(Meeting.id)).one()
    session.rollback()
    return meeting_id, office.post(
        f"/meetings/{meeting_id}/hold", data={f"conclusion_{it.matter.id}": "请尽快办理。"} | given
    )


def test_a_meeting_is_recorded_with_its_files_and_more_come_later_each_once(session, it, office, sign_in):
    meeting_id, answer = held(session, office, it, files=[a_file()])
    assert answer.status_code == 303, text(answer)
    address = f"/meetings/{meeting_id}"
    form = text(office.get(f"{address}/minutes"))
    assert Page.of(form).troubles == []
    assert "签到表.pdf" in form
    version = session.scalars(select(Meeting.version)).one()
    session.rollback()
    more = {"minutes": "各单位汇报了进展。", "version": version}
    assert office.post(f"{address}/minutes", data=more | {"files": [a_file("材料.pdf")]}).status_code == 303
    again = office.post(f"{address}/minutes", data=more | {"files": [a_file("材料.pdf")]})
    assert again.status_code == 409
    assert "已上传，随本表一并提交" in text(again)
    files = session.scalars(select(HandlingFile).order_by(HandlingFile.id)).all()
    assert [(row.caption, row.meeting_id, row.matter_id) for row in files] == [
        ("签到表.pdf", meeting_id, None), ("材料.pdf", meeting_id, None),
    ]  # fmt: skip
    file_id = files[0].id
    session.rollback()
    shown = text(office.get(address))
    assert f'href="{address}/files/{file_id}"' in shown
    assert office.get(f"{address}/files/{file_id}").data == PDF
    assert opened(session)[-1][1:] == ("handling_file", str(file_id), "打开十一月企业诉求调度会的会议附件")
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    assert "签到表.pdf" not in text(unit.get(address))
    assert unit.get(f"{address}/files/{file_id}").status_code == 404
    assert office.get(f"/meetings/{meeting_id}/files/{file_id + 99}").status_code == 404


def test_a_file_that_is_none_stands_beside_its_field_and_the_good_one_is_kept(session, it, office):
    _, answer = held(session, office, it, files=[a_file(), (BytesIO(b"MZ"), "程序.exe")])
    assert answer.status_code == 422
    assert "内容不是PDF" in text(answer)
    assert 'id="files-error"' in text(answer)
    assert "签到表.pdf" in text(answer)
    assert "请尽快办理。" in text(answer)
    assert session.scalars(select(HandlingFile.id)).all() == []


def test_a_form_brings_ten_files_at_most(session, it, office):
    many = [(BytesIO(PDF + bytes([number])), f"{number}.pdf") for number in range(11)]
    _, answer = held(session, office, it, files=many)
    assert answer.status_code == 422
    assert "一次最多附 10 个文件" in text(answer)
    assert session.scalars(select(Meeting.state)).one() == "planned"


@pytest.fixture
def study(session):
    unit = a_unit(short_name="区住建局")
    session.add(unit)
    session.commit()
    order = StudyOrder("用地规划问题研究", "反映集中，需要研究。", unit.id, NOW.date())
    made = studies.start_study(session, order, actor=OFFICE, now=NOW)
    session.commit()
    return made


def test_a_study_is_concluded_with_its_files(session, study, office, sign_in):
    address = f"/studies/{study.id}"
    assert Page.of(text(office.get(f"{address}/conclude"))).troubles == []
    short = {"conclusion": "太短", "files": [a_file("研究报告.pdf")]}
    refused = office.post(f"{address}/conclude", data=short)
    assert refused.status_code == 422
    assert "研究报告.pdf" in text(refused)
    kept = text(refused).split('name="files_kept" value="')[1].split('"')[0]
    assert office.post(f"{address}/conclude", data={"conclusion": CONCLUSION, "files_kept": kept}).status_code == 303
    row = session.scalars(select(HandlingFile)).one()
    file_id = row.id
    assert (row.study_id, row.matter_id, row.caption) == (study.id, None, "研究报告.pdf")
    assert session.scalars(select(Study.state)).one() is StudyState.CONCLUDED
    session.rollback()
    assert f'href="{address}/files/{file_id}"' in text(office.get(address))
    lead = sign_in(Role.LEADER, leader_id=None)
    assert lead.get(f"{address}/files/{file_id}").data == PDF
    assert opened(session)[-1][3] == "打开用地规划问题研究的研究结论附件"
    assert sign_in(Role.UNIT).get(f"{address}/files/{file_id}").status_code == 404


def test_nobody_beside_the_business_opens_one(it, file_id, sign_in):
    for role in (Role.SYSTEM, Role.SECURITY, Role.AUDITOR):
        assert sign_in(role).get(f"/matters/{it.matter.id}/files/{file_id}").status_code == 403


def test_who_only_looks_at_the_page_of_a_matter_opens_nothing(session, it, file_id, office):
    assert NAME in text(office.get(f"/matters/{it.matter.id}"))
    assert opened(session) == []
    assert session.scalars(select(AuditLine.act).where(AuditLine.act == "personal_data_seen")).all() == []
