"""Printing many slips from the list: at once, or in the background with a page of its own."""

import io
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from portal.domain.people import Role
from portal.domain.print_jobs import JobKind, JobState
from portal.jobs.printing import print_what_waits
from portal.store.models.audit import AuditLine
from portal.store.models.office import OfficeSetting
from portal.store.models.papers import PrintJob
from tests.documents.slip_sheets import page_texts
from tests.print_jobs import a_printer
from tests.slip_builders import a_draft, a_numbered_slip, a_scene, an_issued_slip


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def scene(session):
    return a_scene(session, matters=4)


@pytest.fixture
def in_the_background(app, session):
    session.add(OfficeSetting(name="print_job_from", value=1))
    session.commit()
    app.extensions.pop("office_rules", None)


def text_of(answer):
    return answer.get_data(as_text=True)


def words_on(data):
    return page_texts(data)


def printed(client, where="/slips/print", **given):
    return client.post(where, data={"kind": "pdf", "what": "all"} | given)


def some(session, scene, count):
    return [a_numbered_slip(session, scene, it) for it in scene.ids[:count]]


def test_the_whole_list_is_printed_as_one_pdf_in_the_order_of_the_numbers(session, scene, office):
    slips = some(session, scene, 3)
    a_draft(session, scene, scene.ids[3])
    answer = printed(office)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.content_length == len(answer.data)
    pages = words_on(answer.data)
    assert [it.number in page for it, page in zip(slips, pages, strict=True)] == [True] * 3


def test_the_list_says_how_many_all_are(session, scene, office):
    some(session, scene, 2)
    a_draft(session, scene, scene.ids[3])
    page = text_of(office.get("/slips/"))
    assert "打印全部 2 张" in page
    assert "打印全部 1 张" in text_of(office.get("/slips/?state=draft"))
    assert "打印全部" not in text_of(office.get("/slips/?q=没有这样的单"))


def test_ticked_slips_are_packed_into_a_zip(session, scene, office, app):
    slips = some(session, scene, 3)
    answer = printed(office, what="ticked", kind="zip", slip=[slips[2].id, slips[0].id])
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    names = ZipFile(io.BytesIO(answer.data)).namelist()
    assert names == [f"{slips[0].number}.pdf", f"{slips[2].number}.pdf", "manifest.csv", "manifest.json"]
    answer.close()
    assert list((app.config["SETTINGS"].instance / "papers" / "prints").iterdir()) == []


def test_the_filters_of_the_list_narrow_what_is_printed(session, scene, office):
    slips = some(session, scene, 3)
    answer = printed(office, f"/slips/print?q={slips[1].number}")
    assert len(words_on(answer.data)) == 1
    assert slips[1].number in words_on(answer.data)[0]


def test_nothing_ticked_is_refused_on_the_list_itself(session, scene, office):
    some(session, scene, 1)
    answer = printed(office, what="ticked", kind="zip")
    assert answer.status_code == 422
    assert "请勾选至少一张" in text_of(answer)
    assert '<option value="zip" selected>' in text_of(answer)


def test_a_unit_prints_only_its_own_slips_whatever_it_ticks(session, scene, sign_in):
    other = some(session, scene, 1)[0]
    own = an_issued_slip(session, scene, scene.ids[3])
    client = sign_in(Role.UNIT, unit=scene.units[0])
    answer = printed(client, what="ticked", slip=[other.id, own.id])
    assert len(words_on(answer.data)) == 1
    assert own.number in words_on(answer.data)[0]
    assert printed(client, what="ticked", slip=[other.id]).status_code == 422


def test_full_telephone_numbers_are_only_for_who_may_see_them_and_written_down(session, scene, office, sign_in):
    slips = some(session, scene, 2)
    assert "13800005678" not in words_on(printed(office).data)[0]
    assert "13800005678" in words_on(printed(office, full="1").data)[0]
    seen = session.scalars(select(AuditLine.target_id).where(AuditLine.act == "personal_data_seen"))
    assert list(seen) == [str(it.id) for it in slips]
    supervisor = sign_in(Role.SUPERVISOR)
    assert 'name="full"' not in text_of(supervisor.get("/slips/"))
    assert printed(supervisor, full="1").status_code == 403


@pytest.mark.usefixtures("in_the_background")
def test_more_than_the_office_set_are_printed_in_the_background(session, app, scene, office):
    slips = some(session, scene, 3)
    answer = printed(office, kind="zip")
    assert (answer.status_code, answer.location) == (303, "/slips/jobs")
    page = text_of(office.get("/slips/jobs"))
    assert "已提交，共 3 张" in page
    assert "等待" in page
    assert 'hx-trigger="every 2s"' in page
    job_id = session.scalars(select(PrintJob.id)).one()
    assert office.get(f"/slips/jobs/{job_id}/file").status_code == 404
    print_what_waits(a_printer(app))
    page = text_of(office.get("/slips/jobs"))
    assert "已完成" in page
    assert "hx-trigger" not in page
    assert "messages" in page
    fetched = office.get(f"/slips/jobs/{job_id}/file")
    assert fetched.status_code == 200
    assert fetched.content_length == len(fetched.data)
    assert len(ZipFile(io.BytesIO(fetched.data)).namelist()) == len(slips) + 2


@pytest.mark.usefixtures("in_the_background")
def test_jobs_are_seen_and_fetched_by_who_asked_and_the_office(session, app, scene, sign_in):
    an_issued_slip(session, scene, scene.ids[0])
    an_issued_slip(session, scene, scene.ids[1])
    unit, office = sign_in(Role.UNIT, unit=scene.units[0]), sign_in(Role.OFFICE)
    assert printed(unit).status_code == 303
    assert printed(unit, full="1").status_code == 303
    print_what_waits(a_printer(app))
    plain, full = session.scalars(select(PrintJob.id).order_by(PrintJob.id)).all()
    supervisor = sign_in(Role.SUPERVISOR)
    assert [supervisor.get(f"/slips/jobs/{it}/file").status_code for it in (plain, full)] == [404, 404]
    assert [office.get(f"/slips/jobs/{it}/file").status_code for it in (plain, full)] == [200, 404]
    assert [unit.get(f"/slips/jobs/{it}/file").status_code for it in (plain, full)] == [200, 200]
    opened = session.scalars(select(AuditLine.target_id).where(AuditLine.act == "file_opened"))
    assert list(opened) == [str(full)]
    assert "没有打印任务" in text_of(supervisor.get("/slips/jobs"))


@pytest.mark.usefixtures("in_the_background")
def test_a_job_is_cancelled_and_tried_again_by_a_press(session, scene, office):
    some(session, scene, 2)
    printed(office)
    job = session.scalars(select(PrintJob)).one()
    assert office.post(f"/slips/jobs/{job.id}/cancel").status_code == 303
    page = text_of(office.get("/slips/jobs"))
    assert "已取消" in page
    assert "重试" in page
    again = office.post(f"/slips/jobs/{job.id}/cancel", follow_redirects=True)
    assert "现为“已取消”" in text_of(again)
    office.post(f"/slips/jobs/{job.id}/retry")
    session.expire_all()
    assert session.get(PrintJob, job.id).state is JobState.WAITING
    assert office.post("/slips/jobs/999/cancel").status_code == 404


@pytest.mark.usefixtures("in_the_background")
def test_too_many_open_jobs_are_refused(session, scene, office):
    some(session, scene, 2)
    for _ in range(5):
        assert printed(office).status_code == 303
    refused = printed(office)
    assert refused.status_code == 422
    assert "已有 5 个打印任务没有完成" in text_of(refused)


@pytest.mark.usefixtures("in_the_background")
def test_the_page_shows_how_far_a_job_is(session, scene, office):
    some(session, scene, 2)
    printed(office)
    job = session.scalars(select(PrintJob)).one()
    session.info["unaudited"] = True
    job.state, job.done, job.kind = JobState.RUNNING, 1, JobKind.ZIP
    session.commit()
    fragment = text_of(office.get("/slips/jobs?seen=1", headers={"HX-Request": "true"}))
    assert fragment.lstrip().startswith('<div id="job_list"')
    assert fragment.strip() in text_of(office.get("/slips/jobs"))
    assert "1 / 2" in fragment
