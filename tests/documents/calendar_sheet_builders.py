"""Sheets of calendars with invented people: as many leaders and reception days as a test wants."""

from calendar import Calendar
from datetime import date, datetime, timedelta
from typing import Any

from portal.clock import ZONE
from portal.documents.calendar_sheets import DutyLine, MonthSheet, PaperDay, ReceptionLine, RosterSheet, YearSheet
from portal.documents.sheets import OfficialLine

LONG_VENUE = (
    "内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司云溪分公司三楼会议室"
)
LONG_POST = "区委常委、组织部部长、区委党校校长、区直机关工委书记"
SURNAMES = "吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹"
SEATS = ("主接待", "参加", "补位")
AROUND: dict[str, Any] = {
    "place": "安澜区民营企业接待日",
    "is_sample": True,
    "printed_at": datetime(2026, 11, 22, 9, 0, tzinfo=ZONE),
}


def a_person(number: int, post: str = "副区长") -> OfficialLine:
    return OfficialLine(name=f"{SURNAMES[number % 30]}示{'安宁'[number // 30 % 2]}", post=post)


def a_reception_line(day: date, *, leaders: int = 3, first: int = 0, **given: Any) -> ReceptionLine:
    """A reception day; the leaders beyond three accompany."""
    post = given.pop("post", "副区长")
    people = [a_person(first + number, post) for number in range(leaders)]
    duty = (
        DutyLine(seat="主接待", people=tuple(people[:1])),
        DutyLine(seat="参加", people=tuple(people[1:-1])),
        DutyLine(seat="补位", people=tuple(people[-1:])),
    )
    weekday = "周" + "一二三四五六日"[day.weekday()]
    return ReceptionLine(
        **{"day": day, "weekday": weekday, "time": "09:00", "venue": "区工商联会议室", "duty": duty} | given
    )


def weeks(year: int, month: int, lines: dict[date, ReceptionLine]) -> Any:
    return tuple(
        tuple(
            PaperDay(
                day=day,
                lunar="冬月初一" if day.day == 1 else "廿三",
                mark="休" if day.weekday() > 4 else "班" if day.day == 10 else "",
                in_month=day.month == month,
                reception=lines.get(day) if day.month == month else None,
            )
            for day in week
        )
        for week in Calendar().monthdatescalendar(year, month)
    )


def lines_of(days: list[date], **given: Any) -> dict[date, ReceptionLine]:
    leaders = given.get("leaders", 3)
    return {day: a_reception_line(day, first=number * leaders, **given) for number, day in enumerate(days)}


def a_month_sheet(year: int = 2026, month: int = 12, *, days: tuple[int, ...] = (15,), **given: Any) -> MonthSheet:
    lines = lines_of([date(year, month, day) for day in days], **given)
    return MonthSheet(weeks=weeks(year, month, lines), heading=f"安澜区{year}年{month}月民营企业接待日历", **AROUND)


def monthly(year: int = 2026) -> list[date]:
    return [date(year, month, 15) for month in range(1, 13)]


def every(days: int, year: int = 2026) -> list[date]:
    first = date(year, 1, 5)
    return [first + timedelta(days=days * number) for number in range(360 // days)]


def a_year_sheet(days: list[date] | None = None, **given: Any) -> YearSheet:
    lines = lines_of(monthly() if days is None else days, **given)
    return YearSheet(
        months=tuple((f"{month}月", weeks(2026, month, lines)) for month in range(1, 13)),
        seats=SEATS,
        rows=tuple(lines.values()),
        heading="安澜区2026年民营企业接待日历",
        **AROUND,
    )


def a_roster_sheet(days: list[date] | None = None, **given: Any) -> RosterSheet:
    lines = lines_of(monthly() if days is None else days, **given)
    return RosterSheet(seats=SEATS, rows=tuple(lines.values()), heading="安澜区2026年民营企业接待日轮值表", **AROUND)
