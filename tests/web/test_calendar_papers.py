"""The calendar as files: who gets them, that the filter holds for them too, and what is in the spreadsheets."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal.domain.people import ADMINISTRATORS, Role
from tests.documents.slip_sheets import page_texts
from tests.web.test_calendar_pages import BUSINESS, a_day_with_everything, text, two_days

PDFS = ["/calendar/2026/12.pdf", "/calendar/2026.pdf", "/calendar/2026/roster.pdf"]
SPREADSHEETS = ["/calendar/2026/12.xlsx", "/calendar/2026.xlsx"]


def rows(answer):
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def paper(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return "".join(page_texts(answer.data))


@pytest.mark.parametrize("role", BUSINESS)
def test_everybody_in_business_gets_the_files(session, sign_in, role):
    a_day_with_everything(session)
    client = sign_in(role)
    assert "吴示宁区长" in paper(client.get("/calendar/2026/roster.pdf"))
    assert all(client.get(address).status_code == 200 for address in SPREADSHEETS)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_get_none(sign_in, role):
    client = sign_in(role)
    assert {client.get(address).status_code for address in PDFS + SPREADSHEETS} == {403}


@pytest.mark.parametrize("address", PDFS)
def test_a_paper_says_who_serves_where(session, sign_in, address):
    a_day_with_everything(session)
    printed = paper(sign_in(Role.OFFICE).get(address))
    for words in ("吴示宁区长", "区工商联会议室", "09:00", "打印时间：2026年11月22日9:00"):
        assert words in printed
    assert "示例数据" not in printed


@pytest.mark.parametrize("address", PDFS)
def test_a_filtered_paper_holds_what_was_asked_for_and_says_so(session, sign_in, address):
    wu = two_days(session)
    printed = paper(sign_in(Role.OFFICE).get(f"{address}?leader={wu}"))
    assert "（只列：吴示宁）" in printed
    assert "郑示安" not in printed


def test_a_month_as_a_spreadsheet_has_a_row_for_every_day(session, sign_in):
    a_day_with_everything(session)
    heading, *days = rows(sign_in(Role.OFFICE).get("/calendar/2026/12.xlsx"))
    assert len(days) == 31
    day = dict(zip(heading, days[14], strict=True))
    assert (day["接待日"], day["主接待"], day["名额"], day["已约"]) == ("已发布", "吴示宁（区长）", 3, 1)
    solstice = dict(zip(heading, days[21], strict=True))
    assert (solstice["节气"], solstice["日子"], solstice["接待日"]) == ("冬至", "工作日", "")


def test_a_year_as_a_spreadsheet_is_the_roster(session, sign_in):
    wu = two_days(session)
    client = sign_in(Role.OFFICE)
    heading, *days = rows(client.get("/calendar/2026.xlsx"))
    assert [dict(zip(heading, day, strict=True))["主接待"] for day in days] == ["吴示宁（区长）", "郑示安（副区长）"]
    assert len(rows(client.get(f"/calendar/2026.xlsx?leader={wu}"))) == 2


def test_the_files_are_offered_on_the_pages_with_the_filter_kept(session, sign_in):
    wu = two_days(session)
    client = sign_in(Role.OFFICE)
    offered = {
        "/calendar/2026/12": ["/calendar/2026/12.pdf", "/calendar/2026/12.xlsx"],
        "/calendar/2026": ["/calendar/2026.pdf", "/calendar/2026/roster.pdf", "/calendar/2026.xlsx"],
        "/calendar/2026/list": ["/calendar/2026/roster.pdf", "/calendar/2026.xlsx"],
    }
    for page, files in offered.items():
        drawn = text(client.get(f"{page}?leader={wu}"))
        assert [it for it in files if f'href="{it}?leader={wu}"' not in drawn] == []


@pytest.mark.parametrize("address", ["/calendar/2026/13.pdf", "/calendar/1999.pdf", "/calendar/2101/roster.pdf"])
def test_what_is_no_month_or_year_has_no_paper(sign_in, address):
    assert sign_in(Role.OFFICE).get(address).status_code == 404
