from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from portal.documents.tables import MOST_ROWS, is_workbook, text_of, text_rows, workbook_rows
from portal.domain.errors import RuleBroken


def a_workbook(rows):
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.close()
    return out.getvalue()


def test_the_rows_of_a_workbook_carry_the_numbers_its_program_shows():
    data = a_workbook([[], ["日期", "名称"], [datetime(2027, 1, 1), "元旦"]])
    assert is_workbook(data)
    rows = workbook_rows(data)
    assert rows[1] == (2, ("日期", "名称"))
    assert (rows[2][0], str(rows[2][1][0])[:10], rows[2][1][1]) == (3, "2027-01-01", "元旦")


def test_a_broken_workbook_is_refused_on_its_field():
    with pytest.raises(RuleBroken, match="打不开") as caught:
        workbook_rows(b"PK\x03\x04 no workbook at all")
    assert caught.value.field == "file"


SHEET = "xl/worksheets/sheet1.xml"


def with_its_sheet(text):
    """A workbook whose one sheet is this, whatever a spreadsheet program would think of it."""
    out = BytesIO()
    with ZipFile(BytesIO(a_workbook([["日期"]]))) as made, ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name in made.namelist():
            packed.writestr(name, text if name == SHEET else made.read(name))
    return out.getvalue()


def a_sheet(*cells):
    rows = "".join(f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>' for column, row in cells)
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def test_the_sheet_these_tests_write_by_hand_can_be_read():
    assert workbook_rows(with_its_sheet(a_sheet(("A", 1), ("B", 2)))) == [(1, (1.0, "")), (2, ("", 1.0))]


@pytest.mark.parametrize("cell", [("XFD", 1_048_576), ("AAA", 200_000)])
def test_a_small_file_that_names_a_cell_far_out_is_refused_and_harms_nobody(cell):
    data = with_its_sheet(a_sheet(("A", 1), cell))
    assert len(data) < 2**14
    with pytest.raises(RuleBroken, match="范围过大"):
        workbook_rows(data)


def test_a_small_file_that_unpacks_into_a_huge_one_is_refused():
    filler = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>"
    data = with_its_sheet(a_sheet(("A", 1)).replace("</sheetData>", filler * 500 + "</sheetData>"))
    assert len(data) < 2 * 2**20
    with pytest.raises(RuleBroken, match="打不开"):
        workbook_rows(data)


def test_wide_rows_and_long_texts_are_cut():
    ((_, row),) = workbook_rows(a_workbook([["长" * 30_000] + ["列"] * 200]))
    assert (len(row), len(row[0])) == (100, 2_000)


def test_many_rows_are_read_up_to_the_bound():
    rows = workbook_rows(a_workbook([["日期"]] * (MOST_ROWS + 10)))
    assert len(rows) == MOST_ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_either_encoding(encoding):
    assert text_of("日期,名称\n元旦".encode(encoding)) == "日期,名称\n元旦"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"abc\x00def", b"\x89PNG\r\n\x1a\n\xff"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(RuleBroken, match="不是表格"):
        text_of(data)


@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
def test_a_table_may_be_parted_by_commas_tabs_or_semicolons(separator):
    rows = text_rows(f"日期{separator}名称\r\n2027-01-01{separator}元旦\r\n")
    assert rows == [(1, ("日期", "名称")), (2, ("2027-01-01", "元旦"))]


def test_quoted_fields_and_blank_lines_keep_the_line_numbers():
    assert text_rows('日期,名称\n\n2027-01-01,"国庆节,中秋节"') == [
        (1, ("日期", "名称")),
        (2, ()),
        (3, ("2027-01-01", "国庆节,中秋节")),
    ]
