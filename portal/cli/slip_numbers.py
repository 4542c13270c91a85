"""`slips numbers`: the rows of numbers of a year, and whether they are whole."""

from dataclasses import asdict

import click

from portal import clock
from portal.cli.answers import json_option, tell
from portal.store.extension import read
from portal.store.queries.number_rows import NumberRow, number_rows


@click.command("numbers")
@click.option("--year", type=click.IntRange(1949, 2999), help="哪一年，默认今年。")
@json_option
def command(*, year: int | None, as_json: bool) -> None:
    """列出一年的编号和去向，核对有无断号、重号；不完整时以状态 1 结束。"""
    rows = number_rows(read(), year or clock.today().year)
    data = [asdict(row) | {"whole": row.check.is_whole} for row in rows]
    tell(data, "\n".join(map(_line, rows)) or "这一年还没有编过号。", as_json=as_json)
    if not all(row.check.is_whole for row in rows):
        raise SystemExit(1)


def _line(row: NumberRow) -> str:
    check = row.check
    said = (
        "连号" if check.is_whole else f"断号 {list(check.missing)} 重号 {list(check.double)} 超出 {list(check.beyond)}"
    )
    return f"{row.kind.label} {row.organ}〔{row.year}〕 1 至 {row.last}：{said}，作废 {sum(it.is_void for it in row.numbers)} 个"
