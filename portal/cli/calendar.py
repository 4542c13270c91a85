"""`calendar`: the working calendar from the machine itself."""

from datetime import date, datetime
from pathlib import Path

import click

from portal import clock
from portal.cli.answers import json_option, reason, refusals, refuse, tell
from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR
from portal.domain.limit_moves import LimitMove
from portal.domain.people import Actor
from portal.domain.recounts import DayMove
from portal.domain.workdays import ONE_DAY, weekday_name
from portal.services.announcement_files import handed_in, read_arrangement
from portal.services.announcements import (
    CountedOtherwise,
    ImportPreview,
    import_arrangement,
    proposed_import,
    whole_year,
)
from portal.services.calendars import calendar_now
from portal.services.recounts import Moves, pending_moves, recount
from portal.store.extension import read, transaction


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
    calendar = calendar_now(read())
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


@command.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--year", type=click.IntRange(FIRST_YEAR, LAST_YEAR), help="哪一年的安排；文件里写明的可不填。")
@click.option("--source", default="", help="依据，例如通知的名称和文号；不填时取文件里的。")
@click.option("--partial", is_flag=True, help="年中的调整通知：只调整所列节日，其余保持现有安排。")
@click.option("--yes", "applies", is_flag=True, help="确认导入；不加时只预览，不改动任何内容。")
@json_option
def import_(file: Path, year: int | None, source: str, *, partial: bool, applies: bool, as_json: bool) -> None:
    """从 FILE 导入官方放假安排：.json、.xlsx、.csv，或通知全文 .txt。默认只预览，加 --yes 才导入。"""
    try:
        data = file.read_bytes()
    except OSError as trouble:
        refuse(f"读不了文件 {file}：{reason(trouble)}。")
    with refusals():
        arrangement = read_arrangement(handed_in(data, file.name), year=year, source=source)
        if partial:
            arrangement = whole_year(read(), arrangement)
        if applies:
            with transaction() as session:
                preview = import_arrangement(session, arrangement, actor=Actor.system(), now=clock.now())
        else:
            preview = proposed_import(read(), arrangement, today=clock.today())
    tell(_preview_data(preview, applied=applies), _preview_text(preview, applied=applies), as_json=as_json)


@command.command("recount")
@click.option("--yes", "applies", is_flag=True, help="确认调整；不加时只列出，不改动任何内容。")
@json_option
def recount_(*, applies: bool, as_json: bool) -> None:
    """列出与现行日历不符的时限和接待日，加 --yes 调整；已过的不动。"""
    with refusals():
        if applies:
            with transaction() as session:
                moves = recount(session, actor=Actor.system(), now=clock.now())
        else:
            moves = pending_moves(read(), today=clock.today())
    lines = [*map(_limit_text, moves.limits), *map(_day_text, moves.days), f"{moves.summary}。"]
    tell({"applied": applies, **_moves_data(moves)}, "\n".join(lines), as_json=as_json)


def _preview_data(preview: ImportPreview, *, applied: bool) -> dict[str, object]:
    given = preview.arrangement
    return {
        "year": given.year,
        "source": given.source,
        "papers": list(given.papers),
        "applied": applied,
        "days": len(given.days),
        "confirmed": preview.confirmed,
        "changes": [
            {
                "day": it.day.isoformat(),
                "effect": it.effect.value,
                "before": it.before.kind.value,
                "after": it.after.kind.value,
                "name": it.after.name,
                "past": it.is_past,
            }
            for it in preview.changes
        ],
        "warnings": list(preview.warnings),
        **_moves_data(preview.moves),
    }


def _moves_data(moves: Moves) -> dict[str, object]:
    return {
        "limits": [
            {
                "slip": it.slip_id,
                "matter": it.matter_id,
                "of": it.it.of.value,
                "name": it.name,
                "before": it.before.isoformat(),
                "after": it.after.isoformat(),
                "stays": it.stays,
            }
            for it in moves.limits
        ],
        "reception_days": [
            {
                "day": it.day.isoformat(),
                "to": it.to.isoformat() if it.to else None,
                "why": it.why,
                "hold": it.hold.value if it.hold else None,
            }
            for it in moves.days
        ],
    }


def _preview_text(preview: ImportPreview, *, applied: bool) -> str:
    given = preview.arrangement
    lines = [f"{given.year}年放假安排，共 {len(given.days)} 天，依据：{given.source}"]
    lines += [f"注意：{it}" for it in preview.warnings]
    lines += [_change_text(it) for it in preview.changes]
    lines.append(f"{len(preview.changes)} 天有变化，{preview.confirmed} 天与现在的安排或预测一致。")
    lines += [_limit_text(it) for it in preview.moves.limits] + [_day_text(it) for it in preview.moves.days]
    lines.append(f"影响：{preview.moves.summary}。")
    lines.append("已导入。" if applied else "以上是预览，没有改动。加 --yes 导入。")
    return "\n".join(lines)


def _limit_text(it: LimitMove) -> str:
    stays = "（不在今天之后，不移动）" if it.stays else ""
    return f"时限\t{it.name}\t{it.before.isoformat()} → {it.after.isoformat()}{stays}"


def _day_text(it: DayMove) -> str:
    to = it.to.isoformat() if it.to else "无"
    hold = f"（{it.hold.label}）" if it.hold else ""
    return f"接待日\t{it.day.isoformat()} → {to}{hold}\t{it.why}"


def _change_text(it: CountedOtherwise) -> str:
    past = "（已过）" if it.is_past else ""
    day = f"{it.day.isoformat()} {weekday_name(it.day)}"
    return f"{day}\t{it.effect.label}\t{it.before.label} → {it.after.label}{past}"
