"""The auditor's pages: the trail in Chinese, filters, the chain, and nobody else."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from portal import clock
from portal.domain.people import Actor, Role
from portal.domain.units import UnitKind
from portal.services.units import UnitEntry, add_unit
from tests.conftest import NOW

SYSTEM = Actor(0, "系统", Role.SYSTEM, is_portal=True)
ADDRESSES = ("/audit/", "/audit/1", "/audit/verify", "/audit/trail.xlsx")


@pytest.fixture
def auditor(session, sign_in):
    """A browser of the auditor, and sixty units entered one a minute."""
    for number in range(60):
        entry = UnitEntry(f"安澜区第{number}局", f"{number}局", UnitKind.DEPARTMENT)
        add_unit(session, entry, actor=SYSTEM, now=NOW + timedelta(minutes=number))
    session.commit()
    return sign_in(Role.AUDITOR)


def words(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.SECURITY, Role.SYSTEM])
def test_nobody_else_opens_the_trail(session, sign_in, role):
    browser = sign_in(role)
    assert [browser.get(address).status_code for address in ADDRESSES] == [403] * 4
    assert browser.post("/audit/verify").status_code == 403


def test_the_trail_is_told_in_chinese_newest_first_by_pages(auditor):
    first = words(auditor.get("/audit/"))
    assert first.index("第59局") < first.index("第20局")
    assert "新增单位" in first
    assert "第3局" not in first
    onward = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "第3局" in words(auditor.get(onward))


def test_what_was_done_without_an_account_is_ascribed_to_no_administrator(auditor):
    page = words(auditor.get("/audit/?account=0"))
    assert page.count('data-label="角色">没有账号') == page.count('data-label="角色">') > 0


def test_the_filters_stay_in_the_address_and_in_the_export(auditor):
    page = words(auditor.get("/audit/?act=unit_added&q=第7局&since=2026-11-22&until=2026-11-22&account=0"))
    assert "安澜区第7局" in page
    assert "安澜区第8局" not in page
    assert 'value="2026-11-22"' in page
    answer = auditor.get("/audit/trail.xlsx?act=unit_added&q=第7局")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[7] for row in rows[1:]] == ["新增单位 安澜区第7局"]
    assert rows[1][4:6] == ["新增单位", "单位"]


def test_a_filter_that_makes_no_sense_counts_as_not_said(auditor):
    assert "共 61 条" in words(auditor.get("/audit/?since=yesterday&account=x"))
    assert "没有符合条件的记录" in words(auditor.get("/audit/?act=nonsense"))


def test_a_line_is_shown_in_full(auditor):
    page = words(auditor.get("/audit/5"))
    assert "新增单位 安澜区第4局" in page
    assert "/audit/?kind=unit&amp;target=5" in page
    assert auditor.get("/audit/4711").status_code == 404


def test_an_untouched_chain_is_said_to_be_whole_and_looking_writes_nothing(auditor):
    for _ in range(2):
        assert "共 61 行，全部完好" in words(auditor.get("/audit/verify"))


def test_a_broken_chain_is_named_and_what_to_do_is_said(session, auditor):
    session.execute(text("DROP TRIGGER audit_line_no_UPDATE"))
    session.execute(text("UPDATE audit_line SET summary = '改' WHERE id = 7"))
    session.commit()
    page = words(auditor.get("/audit/verify"))
    assert "审计链在第 7 行断开" in page
    assert "保留现场" in page


def test_a_verification_can_be_put_on_record_and_shows_on_the_workbench(auditor):
    assert "审计链待核对" in words(auditor.get("/"))
    assert auditor.post("/audit/verify").status_code == 303
    home = words(auditor.get("/"))
    assert "核对审计链：共 61 行完好" in home
    assert 'class="empty"' in home
    clock.stand_at(NOW + timedelta(days=8))
    auditor.post("/login", data={})  # the half hour is over
    assert auditor.get("/").status_code == 303
