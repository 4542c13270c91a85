"""The archive page and the page on which a slip's retention class is changed."""

import re

import pytest
from sqlalchemy import select

from portal.domain.people import Role
from portal.domain.retention import Retention
from portal.store.models.audit import AuditLine
from portal.store.models.slips import Slip
from tests.archives import a_year
from tests.slip_builders import a_scene, an_issued_slip


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_page_counts_each_year_and_says_what_misses(session, sign_in):
    issued, void, waiting = a_year(session)
    browser = sign_in(Role.OFFICE)
    page = text_of(browser.get("/slips/archive"))
    assert "2 件不完整" in page
    assert issued.number in page
    assert "缺存档 PDF" in page
    assert waiting.number in page
    assert "尚未签批" in page
    assert void.number not in page
    assert void.number in text_of(browser.get("/slips/archive?year=2026&all=1"))


def test_an_empty_office_is_told_so_and_a_year_without_slips_is_absent(session, sign_in):
    browser = sign_in(Role.OFFICE)
    assert "没有可以归档的内容" in text_of(browser.get("/slips/archive"))
    a_year(session)
    assert browser.get("/slips/archive?year=2001").status_code == 404


@pytest.mark.parametrize("role", [it for it in Role if it is not Role.OFFICE])
def test_the_archive_is_the_offices_business(session, sign_in, role):
    slip = an_issued_slip(session, a_scene(session))
    browser = sign_in(role)
    assert browser.get("/slips/archive").status_code == 403
    assert browser.post(f"/slips/{slip.id}/retention", data={"retention": "permanent"}).status_code == 403


def test_the_office_changes_how_long_a_slip_is_kept_and_says_why(session, sign_in):
    slip = an_issued_slip(session, a_scene(session))
    browser = sign_in(Role.OFFICE)
    assert "30年" in text_of(browser.get(f"/slips/{slip.id}"))
    form = {"version": str(slip.version), "retention": "permanent", "reason": "涉及历史遗留，具有查考价值"}
    answer = browser.post(f"/slips/{slip.id}/retention", data=form)
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    session.expire_all()
    assert session.get(Slip, slip.id).retention is Retention.PERMANENT
    line = session.scalars(select(AuditLine).where(AuditLine.act == "retention_changed")).one()
    assert "由30年改为永久" in line.summary


@pytest.mark.parametrize(
    "change, said",
    [
        ({"reason": ""}, "请写明变更原因"),
        ({"reason": "短"}, "4 至 200 个字"),
        ({"retention": "thirty_years"}, "已经是“30年”"),
        ({"retention": "for_ever"}, "不在可选范围内"),
    ],
)
def test_a_change_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(session, sign_in, change, said):
    slip = an_issued_slip(session, a_scene(session))
    form = {"version": str(slip.version), "retention": "permanent", "reason": "具有查考价值"} | change
    answer = sign_in(Role.OFFICE).post(f"/slips/{slip.id}/retention", data=form)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{form["reason"]}"' in text_of(answer)


def test_a_slip_somebody_changed_meanwhile_is_not_overwritten(session, sign_in):
    slip = an_issued_slip(session, a_scene(session))
    form = {"version": str(slip.version - 1), "retention": "permanent", "reason": "具有查考价值"}
    assert sign_in(Role.OFFICE).post(f"/slips/{slip.id}/retention", data=form).status_code == 409
