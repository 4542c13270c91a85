"""The calendar as files: month and year on one A4 each, the roster, and both as spreadsheets; filtered as the page is."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

from flask import Response, send_file

from portal import clock
from portal.almanac.lunar import lunar_day
from portal.documents.calendar_papers import month_paper, roster_paper, year_paper
from portal.documents.spreadsheets import Column
from portal.domain.rota import DutySeat
from portal.domain.workdays import weekday_name
from portal.services.calendar_sheets import Printing, month_sheet, roster_sheet, seat_labels, year_sheet
from portal.store.extension import read
from portal.store.queries.reception_days import DayRow, days_between
from portal.store.queries.rota_calendar import leaders_in_office, venues_used
from portal.web.access import allow
from portal.web.calendar.blueprint import LOOKERS, bp, must_be_known
from portal.web.calendar.chosen import asked
from portal.web.calendar.grids import days_of_month
from portal.web.calendars import working_calendar_now
from portal.web.downloads import xlsx
from portal.web.office import rules


@bp.get("/<int:year>/<int:month>.pdf")
@allow(*LOOKERS)
def month_pdf(year: int, month: int) -> Response:
    """A month on one lying A4."""
    must_be_known(year, month)
    return _pdf(month_paper(month_sheet(_printing(*_of_month(year, month)), year, month)), f"{year}年{month}月接待日历")


@bp.get("/<int:year>.pdf")
@allow(*LOOKERS)
def year_pdf(year: int) -> Response:
    """A year on one A4 with its reception days."""
    must_be_known(year)
    return _pdf(year_paper(year_sheet(_printing(*_of_year(year)), year)), f"{year}年接待日历")


@bp.get("/<int:year>/roster.pdf")
@allow(*LOOKERS)
def roster_pdf(year: int) -> Response:
    """The roster of a year."""
    must_be_known(year)
    return _pdf(roster_paper(roster_sheet(_printing(*_of_year(year)), year)), f"{year}年接待日轮值表")


@bp.get("/<int:year>/<int:month>.xlsx")
@allow(*LOOKERS)
def month_xlsx(year: int, month: int) -> Response:
    """Every day of a month with what it is, and the reception days among them."""
    must_be_known(year, month)
    first, last = _of_month(year, month)
    printing = _printing(first, last)
    seats = seat_labels(printing.standing(), printing.seats)
    columns = [Column("日期", 16), Column("星期", 6), Column("农历", 18), Column("节气", 8), Column("日子", 22)]
    columns += [Column("依据", 12), Column("接待日", 10), Column("时间", 8), Column("地点", 30)]
    columns += [*(Column(seat.label, 30) for seat in seats), Column("名额", 8), Column("已约", 8)]
    return xlsx(f"{year}年{month}月接待日历", columns, _days(printing, first, last, seats), today=clock.today())


@bp.get("/<int:year>.xlsx")
@allow(*LOOKERS)
def year_xlsx(year: int) -> Response:
    """The roster of a year as a spreadsheet."""
    must_be_known(year)
    printing = _printing(*_of_year(year))
    rows = printing.standing()
    seats = seat_labels(rows, printing.seats)
    columns = [Column("序号", 6), Column("日期", 16), Column("星期", 6), Column("状态", 10), Column("时间", 8)]
    columns += [Column("地点", 30), *(Column(seat.label, 30) for seat in seats)]
    columns += [Column("名额", 8), Column("已约", 8), Column("主题", 24)]
    listed = (
        (number, row.day, weekday_name(row.day), row.state.label, f"{row.starts_at:%H:%M}", row.venue,
         *_duty(row, seats), row.capacity, row.booked, row.theme)
        for number, row in enumerate(rows, start=1)
    )  # fmt: skip
    return xlsx(f"{year}年接待日轮值表", columns, listed, today=clock.today())


def _of_month(year: int, month: int) -> tuple[date, date]:
    inside = [day for week in days_of_month(year, month) for day in week if day.month == month]
    return inside[0], inside[-1]


def _of_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _printing(first: date, last: date) -> Printing:
    """The days asked for in a span, with what is needed to print them."""
    leaders, venues = leaders_in_office(read(), first, last), venues_used(read())
    chosen = asked().among(leaders, venues)
    rows = [row for row in days_between(read(), first, last) if chosen.holds(row)]
    return Printing(
        rows=rows,
        calendar=working_calendar_now(),
        seats=rules().seats,
        district=rules().district,
        note=f"（只列：{chosen.label(leaders)}）" if chosen else "",
        is_sample=rules().sample,
        now=clock.now(),
    )


def _days(printing: Printing, first: date, last: date, seats: tuple[DutySeat, ...]) -> Iterator[list[object]]:
    by_day = {row.day: row for row in printing.standing()}
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        fact, lunar, row = printing.calendar.fact(day), lunar_day(day), by_day.get(day)
        announced = printing.calendar.is_official(day.year)
        source = fact.source.label if announced else "预测（安排尚未公布）"
        known = (
            (row.state.label, f"{row.starts_at:%H:%M}", row.venue, *_duty(row, seats), row.capacity, row.booked)
            if row
            else ()
        )
        yield [day, weekday_name(day), lunar.full, lunar.term, fact.label, source, *known]


def _duty(row: DayRow, seats: tuple[DutySeat, ...]) -> list[str]:
    return [
        "、".join(f"{turn.leader}（{turn.post}）" if turn.post else turn.leader for turn in row.seated(seat))
        for seat in seats
    ]


def _pdf(data: bytes, name: str) -> Response:
    return send_file(BytesIO(data), mimetype="application/pdf", download_name=f"{name}.pdf")
