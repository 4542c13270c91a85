"""`calendar`: the working calendar from the machine itself."""

from datetime import date, datetime

import click

from portal.almanac.calendars import working_calendar
from portal.cli.answers import json_option, tell
from portal.domain.workdays import ONE_DAY, weekday_name
from portal.store.extension import read
from portal.store.queries.calendar_days import office_days


@click.group("calendar")
def command() -> None:
    """工作日历。"""


@command.command("workday")
@click.argument("day", metavar="DATE", type=click.DateTime(formats=["%Y-%m-%d"]))
@click.argument("n", metavar="N", type=click.IntRange(0, 10_000))
@json_option
def workday(day: datetime, n: int, *, as_json: bool) -> None:
    """DATE 之后的第 N 个工作日，起始日不计；N 为 0 即起始日。"""
    start = day.date()
    calendar = working_calendar(office_days(read()))
    found = calendar.after(start, n)
    unofficial = calendar.unofficial_years(_span(start, found))
    if unofficial and not as_json:
        years = "、".join(f"{year}年" for year in unofficial)
        click.echo(f"注意：{years}放假安排尚未公布，按预测计算。", err=True)
    data = {
        "from": start.isoformat(),
        "n": n,
        "day": found.isoformat(),
        "weekday": weekday_name(found),
        "predicted": bool(unofficial),
    }
    tell(data, found.isoformat(), as_json=as_json)


def _span(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * step for step in range((last - first).days + 1)]
