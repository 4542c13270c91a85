import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal.domain.handling_figures import RATES
from portal.domain.people import Role
from portal.store.models.people import Unit
from tests.handled_ledger import a_handled_ledger

TODAY = date(2026, 11, 22)


def text_of(answer):
    return answer.get_data(as_text=True)


def links_of(page):
    """Every number of the page that leads to rows."""
    return [(unescape(url), int(number)) for url, number in re.findall(r'<a href="(/matters/[^"]*)">(\d+)</a>', page)]


@pytest.mark.parametrize("group", ["unit", "category", "official", "day", "month"])
@pytest.mark.parametrize("basis", ["due", "closed", "raised"])
def test_every_number_on_the_page_opens_exactly_its_rows(session, sign_in, group, basis):
    a_handled_ledger(session, 40, today=TODAY, days=4, units=3)
    office = sign_in(Role.OFFICE)
    found = links_of(text_of(office.get(f"/statistics/handling?group={group}&by={basis}")))
    assert len(found) > 20
    for url, number in sorted(set(found))[::3]:
        assert f"共 {number} 条" in text_of(office.get(url)), url


def test_the_ledger_and_its_sheet_open_the_same_rows(session, sign_in):
    a_handled_ledger(session, 40, today=TODAY, days=4, units=3)
    office = sign_in(Role.OFFICE)
    kinds = {}
    for url, number in links_of(text_of(office.get("/statistics/handling?group=unit&by=raised"))):
        kinds.setdefault(url.partition("counted=")[2], (url.partition("?")[2], number))
    assert len(kinds) > 5
    for query, number in kinds.values():
        assert f"共 {number} 条" in text_of(office.get(f"/ledger/?{query}")), query
        sheet = CalamineWorkbook.from_filelike(BytesIO(office.get(f"/ledger.xlsx?{query}").data)).get_sheet_by_index(0)
        assert sum(bool(row[0]) for row in sheet.to_python()) > number, query


def test_a_unit_sees_its_own_row_alone_and_every_number_opens_its_rows(session, sign_in):
    ledger = a_handled_ledger(session, 60, today=TODAY, days=4, units=3)
    unit = sign_in(Role.UNIT, unit=session.get_one(Unit, ledger.units[0]))
    page = text_of(unit.get("/statistics/handling?by=raised"))
    assert page.count('<th scope="row"') - page.count('<tr><th scope="row"') == 2
    found = links_of(page)
    assert len(found) > 10
    for url, number in set(found):
        assert f"共 {number} 条" in text_of(unit.get(url)), url


def test_nothing_to_count_is_a_dash_and_neither_0_nor_100(session, sign_in):
    a_handled_ledger(session, 12, today=TODAY, days=1, units=3)
    office = sign_in(Role.OFFICE)
    cells = re.findall(
        r">([^<>\s]+)<small class=\"nowrap\">(.*?)</small>", text_of(office.get("/statistics/handling?by=raised"))
    )
    nothing = [share for share, numbers in cells if numbers.endswith("÷ 0")]
    assert nothing
    assert set(nothing) == {"—"}
    assert "这段时间没有交给单位的事项" in text_of(office.get("/statistics/handling?year=2020"))


def test_the_sheet_holds_every_numerator_and_denominator_and_a_total(session, sign_in):
    a_handled_ledger(session, 60, today=TODAY, days=4, units=4)
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(sign_in(Role.OFFICE).get("/statistics/handling.xlsx?by=raised").data))
        .get_sheet_by_index(0)
        .to_python()
    )
    heading = next(place for place, row in enumerate(rows) if row[0] == "牵头单位")
    groups, total = rows[heading + 1 : -1], rows[-1]
    assert total[0] == "合计"
    assert len(groups) >= 3
    assert len(rows[heading]) == 1 + 7 + 3 * len(RATES) + 1
    for column, label in enumerate(rows[heading]):
        if column and not label.endswith("率") and "平均" not in label:
            assert sum(float(row[column]) for row in groups) == float(total[column]), label


def test_the_table_sorts_by_a_rate(session, sign_in):
    a_handled_ledger(session, 80, today=TODAY, days=4, units=4)
    page = text_of(sign_in(Role.OFFICE).get("/statistics/handling?by=raised&sort=assigned&direction=desc"))
    rows = re.findall(r'<th scope="row" class="nowrap">([^<]*)</th>\s*<td class="number"><a [^>]*>(\d+)</a>', page)
    numbers = [int(number) for label, number in rows if label != "合计"]
    assert numbers == sorted(numbers, reverse=True)
    assert 'aria-sort="descending"' in page


def test_the_fragment_is_part_of_the_page(session, sign_in):
    a_handled_ledger(session, 20, today=TODAY, days=2, units=2)
    office = sign_in(Role.OFFICE)
    page = text_of(office.get("/statistics/handling"))
    assert text_of(office.get("/statistics/handling", headers={"HX-Request": "true"})).strip() in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
def test_administrators_have_no_figures_of_handling(sign_in, role):
    assert sign_in(role).get("/statistics/handling").status_code == 403
