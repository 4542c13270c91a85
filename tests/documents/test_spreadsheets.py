from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from portal.clock import ZONE
from portal.documents.spreadsheets import SAMPLE_LINE, Column, sheet_name, spreadsheet

COLUMNS = [Column("企业", 30), Column("日期"), Column("次数", 8)]


def cells(data):
    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()


def inside(data, name="xl/worksheets/sheet1.xml"):
    return ZipFile(BytesIO(data)).read(name).decode()


def test_dates_are_dates_and_numbers_are_numbers():
    data = spreadsheet("台账", COLUMNS, [["安澜一厂", date(2026, 11, 22), 3]])
    assert cells(data) == [["企业", "日期", "次数"], ["安澜一厂", date(2026, 11, 22), 3.0]]


def test_a_moment_is_written_as_the_wall_clock_showed_it():
    data = spreadsheet("台账", COLUMNS, [["a", datetime(2026, 11, 22, 9, 20, tzinfo=ZONE), 1]])
    assert cells(data)[1][1] == datetime(2026, 11, 22, 9, 20)


@given(st.sampled_from("=+-@\t"), st.text(max_size=40))
def test_no_text_ever_becomes_a_formula(first, rest):
    data = spreadsheet("台账", COLUMNS, [[first + rest, None, 1]])
    assert "<f>" not in inside(data)
    assert len(cells(data)) == 2


def test_an_address_stays_text():
    data = spreadsheet("台账", COLUMNS, [["https://example.invalid/", "mailto:a@b", 1]])
    assert "hyperlink" not in inside(data)
    assert cells(data)[1][0] == "https://example.invalid/"


def test_the_heading_is_frozen_filtered_and_repeated_in_print():
    data = spreadsheet("台账", COLUMNS, [["a", None, 1], ["b", None, 2]])
    assert 'state="frozen"' in inside(data)
    assert '<autoFilter ref="A1:C3"' in inside(data)
    assert "Print_Titles" in inside(data, "xl/workbook.xml")


def test_invented_data_are_marked_above_the_heading():
    rows = cells(spreadsheet("台账", COLUMNS, [["a", None, 1]], mark=SAMPLE_LINE))
    assert rows[0][0] == SAMPLE_LINE
    assert rows[1][0] == "企业"


def test_an_empty_list_still_has_its_heading():
    assert cells(spreadsheet("台账", COLUMNS, [])) == [["企业", "日期", "次数"]]


def test_text_longer_than_a_cell_and_signs_it_cannot_hold_do_not_spoil_the_file():
    data = spreadsheet("台账", COLUMNS, [["长" * 40_000, "甲\x00乙\x1f", True]])
    assert cells(data)[1][0] == "长" * 32_767
    assert cells(data)[1][1:] == ["甲乙", "是"]


def test_a_title_becomes_a_lawful_sheet_name():
    assert sheet_name("台账[2026]:*?/\\" + "长" * 40) == ("台账2026" + "长" * 40)[:31]
    assert sheet_name("") == "Sheet1"
