"""`bookings`: a day's bookings from the machine itself."""

from datetime import datetime
from pathlib import Path

import click

from portal import clock
from portal.cli.answers import json_option, reason, refusals, refuse, tell
from portal.documents.spreadsheets import spreadsheet
from portal.domain.people import Actor
from portal.services.booking_imports import ImportRefused, ImportResult, import_bookings, try_out
from portal.services.booking_sheets import COLUMNS, EXAMPLE, table_in
from portal.store.extension import read, rehearsal, write
from portal.store.queries.reception_days import day_on


@click.group("bookings")
def command() -> None:
    """预约。"""


@command.command("template")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def template(file: Path) -> None:
    """把导入用的空白表格写到 FILE（.xlsx），内有两行示例。"""
    try:
        file.write_bytes(spreadsheet("预约导入", COLUMNS, EXAMPLE))
    except OSError as trouble:
        refuse(f"写不了文件 {file}：{reason(trouble)}。")
    click.echo(f"已写入 {file}")


@command.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--day", required=True, type=click.DateTime(formats=["%Y-%m-%d"]), help="哪个接待日，例如 2026-12-15。")
@click.option("--skip-wrong", is_flag=True, help="只导入没有问题的企业；不加时有一处不对就什么也不导入。")
@click.option("--yes", "applies", is_flag=True, help="确认登记；不加时只试排，不改动任何内容。")
@json_option
def import_(file: Path, day: datetime, *, skip_wrong: bool, applies: bool, as_json: bool) -> None:
    """从 FILE 导入一个接待日的预约：.xlsx、.xls、.ods 或 .csv。默认只试排，加 --yes 才登记。"""
    try:
        data = file.read_bytes()
    except OSError as trouble:
        refuse(f"读不了文件 {file}：{reason(trouble)}。")
    with refusals():
        day_id, table, actor = day_on(read(), day.date()).id, table_in(data), Actor.system()
        try:
            if applies:
                result = write(
                    lambda session: import_bookings(
                        session, day_id, table, skip_wrong=skip_wrong, actor=actor, now=clock.now()
                    )
                )
            else:
                with rehearsal() as session:
                    result = try_out(session, day_id, table, actor=actor, now=clock.now())
        except ImportRefused as refusal:
            refuse("\n".join([refusal.message, *_wrong(refusal.result)]))
    tell(_data(result, applied=applies), "\n".join(_lines(result, applied=applies)), as_json=as_json)


def _wrong(result: ImportResult) -> list[str]:
    return [f"第 {it.row} 行：{it.message}" for it in result.refused]


def _lines(result: ImportResult, *, applied: bool) -> list[str]:
    said = "已登记" if applied else "可以登记（尚未登记，加 --yes 登记）"
    return [f"{said} {result.good} 家，{len(result.refused)} 处有问题。", *_wrong(result)]


def _data(result: ImportResult, *, applied: bool) -> dict[str, object]:
    return {
        "applied": applied,
        "bookings": [
            {
                "row": it.entry.row,
                "enterprise": it.entry.name,
                "slot": it.slot,
                "booking": it.booking_id if applied else None,
                "again": it.again,
                "refused": it.refusal,
            }
            for it in result.outcomes
        ],
        "problems": [{"row": it.row, "message": it.message} for it in result.refused],
    }
