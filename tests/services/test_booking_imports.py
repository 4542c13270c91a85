"""A day's bookings from a table: read by its headings, tried out, entered all together or not at all."""

from datetime import time

import pytest
from sqlalchemy import func, select

from portal.documents.spreadsheets import spreadsheet
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.services.booking_imports import ImportRefused, import_bookings, try_out
from portal.services.booking_sheets import COLUMNS, EXAMPLE, read_table, table_in
from portal.store.audit_trail import verify
from portal.store.extension import rehearsal, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_reception_day

HEADINGS = [it.label for it in COLUMNS]


def row(**cells):
    usual = {"注册地": "云山市安澜区人民路1号", "来访人": "申示例", "联系电话": "13800005678", "类别": "奖补资金"}
    return [str((usual | {"诉求标题": "补贴尚未兑现"} | cells).get(name, "")) for name in HEADINGS]


def a_table(*rows):
    return read_table([(number, cells) for number, cells in enumerate([HEADINGS, *rows], start=1)])


@pytest.fixture
def day(session):
    day = a_reception_day(slots=3)
    session.add_all([day, *the_district()])
    session.commit()
    return day


def imported(day, table, now, **how):
    with transaction() as session:
        return import_bookings(session, day.id, table, actor=OFFICE, now=now, **how)


def test_a_filled_in_template_becomes_bookings_with_their_matters(session, day, now):
    data = spreadsheet("预约导入", COLUMNS, [[*EXAMPLE[0]], [*EXAMPLE[1][:14], "奖补资金", *EXAMPLE[1][15:]]])
    result = imported(day, table_in(data), now)
    assert [(it.entry.name, it.slot) for it in result.outcomes] == [("安澜示例制造有限公司", "09:00–09:40")]
    assert session.scalars(select(Matter.title).order_by(Matter.position)).all() == [
        "二期厂房补贴尚未兑现", "建议简化验收手续",
    ]  # fmt: skip
    assert session.scalars(select(Companion.name).order_by(Companion.position)).all() == ["随行甲", "随行乙"]
    assert verify(session)[1] is None


def test_columns_may_stand_in_any_order_below_a_title(session, day, now):
    names = ["联系电话", "企业名称", "类别", "诉求标题", "来访人", "注册地"]
    cells = [13800005678.0, "安澜乙有限公司", "0301", "停车难", "申示例", "安澜区"]
    table = read_table([(1, ["某月预约名单"]), (2, names), (3, cells)])
    assert imported(day, table, now).good == 1
    assert session.scalar(select(Booking.visitor_phone)) == "13800005678"


def test_a_blank_time_takes_the_first_free_slot(day, now):
    result = imported(day, a_table(row(企业名称="安澜甲公司"), row(企业名称="安澜乙公司", 时段="10:00")), now)
    assert [it.slot for it in result.outcomes] == ["09:00–09:40", "10:00–10:40"]


@pytest.mark.parametrize("written", ["9:00", "09：00", "9:00–9:40", "0.375"])
def test_a_time_is_read_however_it_is_written(written):
    assert a_table(row(企业名称="安澜甲公司", 时段=written)).entries[0].starts_at == time(9, 0)


@pytest.mark.parametrize(
    "cells,said",
    [
        ({"时段": "上午"}, "“时段”应填开始时间"),
        ({"身份": "老板"}, "“身份”应填：法定代表人、授权代表"),
        ({"民营": "对"}, "“民营”应填：是、否"),
        ({"诉求标题": "长" * 121}, "“诉求标题”最多 120 个字，现为 121 个字"),
        ({"随行人员": "名" * 41}, "每人姓名最多 40 个字"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_what_to_write(cells, said):
    (problem,) = a_table(row(企业名称="安澜甲公司", **cells)).problems
    assert problem.row == 2
    assert said in problem.message


@pytest.mark.parametrize(
    "cells,said",
    [
        ({"时段": "15:00"}, "当天没有 15:00 的时段，有：09:00、10:00、11:00"),
        ({"类别": "外太空"}, "诉求类别不认识：第 2 行“外太空”"),
        ({"联系电话": "12345"}, "手机号码应为 11 位"),
        ({"身份": "授权代表"}, "授权代表须提交授权委托书"),
        ({"注册地": "北京市朝阳区某路1号"}, "不在云山市安澜区内"),
        ({"诉求标题": "", "具体情况": ""}, "至少填写一条诉求"),
    ],
)
def test_what_the_rules_forbid_is_told_by_row_and_nothing_is_entered(session, day, now, cells, said):
    with pytest.raises(ImportRefused) as refused:
        imported(day, a_table(row(企业名称="安澜甲公司", **cells), row(企业名称="安澜乙公司")), now)
    assert said in refused.value.result.refused[0].message
    assert session.scalar(select(func.count(Booking.id))) == 0
    assert session.scalar(select(func.count(AuditLine.id))) == 0


def test_the_good_ones_can_be_imported_alone(session, day, now):
    table = a_table(row(企业名称="安澜甲公司", 联系电话="1"), row(企业名称="安澜乙公司"))
    result = imported(day, table, now, skip_wrong=True)
    assert (result.good, len(result.refused)) == (1, 1)
    assert session.scalars(select(Enterprise.name)).all() == ["安澜乙公司"]
    assert "安澜甲公司" not in " ".join(session.scalars(select(AuditLine.summary)))
    assert session.scalar(select(ReceptionDay.groups_booked)) == 1
    assert verify(session)[1] is None


def test_a_matter_of_an_enterprise_that_cannot_be_read_goes_to_nobody_else(session, day, now):
    blank = [""] * len(HEADINGS)
    further = [*blank]
    further[HEADINGS.index("诉求标题")], further[HEADINGS.index("类别")] = "乙公司的第二条", "奖补资金"
    table = a_table(
        row(企业名称="安澜甲公司"), row(企业名称="安澜乙公司", 时段="上午"), further, row(企业名称="安澜丙公司")
    )
    assert [it.row for it in table.problems] == [3, 4]
    assert "安澜乙公司" in table.problems[1].message
    assert imported(day, table, now, skip_wrong=True).good == 2
    assert "乙公司的第二条" not in session.scalars(select(Matter.title)).all()


def test_an_enterprise_is_left_out_as_a_whole_when_one_of_its_matters_cannot_be_read(session, day, now):
    table = a_table(row(企业名称="安澜甲公司"), row(企业名称="安澜甲公司", 性质="愿望"), row(企业名称="安澜乙公司"))
    imported(day, table, now, skip_wrong=True)
    assert session.scalars(select(Enterprise.name)).all() == ["安澜乙公司"]


def test_more_enterprises_than_places_are_refused_from_the_first_without_one(day, now):
    table = a_table(*(row(企业名称=f"安澜{number}号公司") for number in range(5)))
    with pytest.raises(ImportRefused) as refused:
        imported(day, table, now)
    assert [it.row for it in refused.value.result.refused] == [5, 6]


def test_an_enterprise_named_twice_apart_is_refused_the_second_time(day, now):
    table = a_table(row(企业名称="安澜甲公司"), row(企业名称="安澜乙公司"), row(企业名称="安澜甲公司"))
    with pytest.raises(ImportRefused) as refused:
        imported(day, table, now)
    assert "已有预约" in refused.value.result.refused[0].message


def test_the_same_table_imported_again_enters_nothing_twice(session, day, now):
    table = a_table(row(企业名称="安澜甲公司"))
    imported(day, table, now)
    again = imported(day, table, now)
    assert (again.good, again.outcomes[0].again) == (0, True)
    assert session.scalar(select(func.count(Booking.id))) == 1


def test_trying_out_leaves_nothing_behind(session, day, now):
    with rehearsal() as trying:
        assert try_out(trying, day.id, a_table(row(企业名称="安澜甲公司")), actor=OFFICE, now=now).good == 1
    assert session.scalar(select(func.count(Booking.id))) == 0
    assert session.scalar(select(func.count(AuditLine.id))) == 0
    imported(day, a_table(row(企业名称="安澜乙公司")), now)
    assert session.scalars(select(Matter.number)).all() == ["2026-0001"]


@pytest.mark.parametrize("rows", [[(1, ["名称", "电话"])], [(1, ["企业名称", "来访人"])], [(1, HEADINGS)], []])
def test_what_is_no_table_of_bookings_says_what_is_missing(rows):
    with pytest.raises(RuleBroken, match=r"列|填写"):
        read_table(rows)


def test_only_the_office_imports(day, now):
    with pytest.raises(NotAllowed), transaction() as session:
        import_bookings(session, day.id, a_table(row(企业名称="甲")), actor=Actor(2, "单位", Role.UNIT), now=now)
