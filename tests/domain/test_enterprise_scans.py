"""A scan of a business licence, or of our own slip, is understood however it was typed."""

import pytest

from portal.domain.enterprise_scans import EnterpriseScan, read_enterprise_scan

CODE = "91510503MA00000X3K"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f" {CODE}\r\n",
        "91510503-MA00000X3-K",
        "9151 0503 MA00 000X 3K",
        "９１５１０５０３ＭＡ０００００Ｘ３Ｋ",
        f"http://www.example.gov.cn/index.html?uniscid={CODE}&tab=ent&t=1699999999",
        f"https://example.gov.cn/%7BCODE%7D?code%3D{CODE}",
        f"统一社会信用代码:{CODE};登记机关:云山市安澜区市场监督管理局",
        f"\u200b{CODE}\ufeff",
        "说明" * 200 + f" {CODE}",
    ],
)
def test_a_credit_code_is_found_wherever_it_stands(typed):
    assert read_enterprise_scan(typed).credit_code == CODE


@pytest.mark.parametrize(
    "typed",
    [
        f"名称：安澜扫码企业有限公司\n统一社会信用代码：{CODE}",
        f"统一社会信用代码：{CODE}，企业名称: 安澜扫码企业有限公司，类型：有限责任公司",
        f"名 称:安澜扫码企业有限公司 类型:有限责任公司 住所:人民路1号 代码{CODE}",
    ],
)
def test_the_name_on_a_licence_comes_along(typed):
    assert read_enterprise_scan(typed) == EnterpriseScan(credit_code=CODE, name="安澜扫码企业有限公司")


@pytest.mark.parametrize(
    "typed", ["1234567890", " 1234567890\n", "１２３４５６７８９０", "12345 67890", "123-456-7890"]
)
def test_ten_digits_are_the_code_of_a_booking(typed):
    assert read_enterprise_scan(typed) == EnterpriseScan(booking_code="1234567890")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "安澜扫码企业",
        "alsmqy",
        "13800005678",
        "0123456789",
        "91510503MA00000X3",
        f"A{CODE}B",
        "说" * 10_000,
        "😀㛃䶮𬭎",
        "%",
    ],
)
def test_words_that_somebody_typed_are_no_scan(typed):
    assert not read_enterprise_scan(typed)
