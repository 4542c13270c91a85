from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from portal.documents.tables import MOST_UNPACKED, is_workbook, text_of, text_rows, workbook_rows
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


def test_a_small_file_that_unpacks_into_a_huge_one_is_refused():
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(MOST_UNPACKED + 1))
    assert len(out.getvalue()) < 2**20
    with pytest.raises(RuleBroken, match="打不开"):
        workbook_rows(out.getvalue())


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
