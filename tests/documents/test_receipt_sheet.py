from datetime import date, datetime

import pytest

from portal.clock import ZONE
from portal.documents.receipt_sheet import ReceiptLine, ReceiptSheet, receipt_sheet
from portal.domain.errors import RuleBroken
from tests.documents.slip_sheets import page_texts

AT = datetime(2026, 11, 25, 9, 5, tzinfo=ZONE)
LONG_UNIT = "区自然资源和规划局派驻安澜经济开发区管理委员会分局"


def a_sheet(*lines, **given):
    return ReceiptSheet(
        **{
            "district": "安澜区", "scope": "安民接交〔2026〕5号", "lines": lines, "waiting": 1, "rate": "50.0%（1/2）",
            "printed_at": AT,
        } | given
    )  # fmt: skip


def a_line(**given):
    return ReceiptLine(**{"number": "安民接交〔2026〕5号", "unit": "区住建局", "role": "牵头"} | given)


def test_the_sheet_says_who_signed_when_how_and_who_did_not():
    signed = a_line(
        due_on=date(2026, 11, 23), read="2026年11月22日 9:05", received="2026年11月24日 10:00 网上签收",
        received_by="收文员", handed_to="许示达", remark="逾期签收 1 个工作日",
    )  # fmt: skip
    (page,) = page_texts(receipt_sheet(a_sheet(signed, a_line(unit="区财政局", role="配合"), is_sample=True)))
    for said in ("安澜区民营企业接待日交办单签收情况表", "按时签收率50.0%（1/2）", "2026年11月23日", "网上签收", "许示达",
                 "逾期签收1个工作日", "未签收", "示例数据"):  # fmt: skip
        assert said in page, said


def test_a_long_list_flows_over_pages_with_its_heading_repeated():
    lines = [a_line(unit=LONG_UNIT, remark="应于11月23日 周一前签收，已逾期 42 个工作日") for _ in range(60)]
    pages = page_texts(receipt_sheet(a_sheet(*lines)))
    assert len(pages) > 2
    assert all("应签收阅读签收签收人" in page for page in pages)
    assert f"第{len(pages)}页共{len(pages)}页" in pages[-1]


def test_a_sheet_without_slips_says_so():
    assert "没有已印发的交办单" in page_texts(receipt_sheet(a_sheet()))[0]


def test_a_name_no_face_can_print_is_refused_by_its_field():
    with pytest.raises(RuleBroken) as refusal:
        receipt_sheet(a_sheet(a_line(received_by="\U0001f600")))
    assert refusal.value.field == "lines"
