import csv
import io

from pypdf import PdfReader

from portal.documents.batch_lists import Line, csv_list, left_out_list


def test_the_table_opens_with_a_byte_order_mark_and_chinese_heads():
    data = csv_list(
        [Line("民接交〔2026〕5号", "5号.pdf", "ab", 10, 1, 2, "已签批", "CODE"), Line("6号", trouble="缺字")]
    )
    assert data.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert (first["编号"], first["页数"], first["未打印原因"]) == ("民接交〔2026〕5号", "1", "")
    assert (second["文件"], second["未打印原因"]) == ("", "缺字")


def test_what_is_missing_is_listed_on_a_page_even_where_its_characters_cannot_be_printed():
    pdf = PdfReader(io.BytesIO(left_out_list("交办单", [("5号", "打印字体中没有这些字：“\U0002ceff”（U+2CEFF）。")])))
    words = "".join(pdf.pages[0].extract_text().split())
    assert "未打印清单" in words
    assert "U+2CEFF" in words
