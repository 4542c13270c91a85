"""`matters course`: the table of state × act × party, written out from the rules."""

from collections.abc import Sequence

import click

from portal.cli.answers import json_option, tell
from portal.domain.course_table import Cell, Line, cells, lines, summary


@click.group("matters")
def command() -> None:
    """诉求事项。"""


@command.command("course")
@click.option("--markdown", is_flag=True, help="输出 Markdown 表格，可直接贴进说明文档。")
@click.option("--refused", is_flag=True, help="逐格列出不能办的，每格写明原因。")
@json_option
def course(*, markdown: bool, refused: bool, as_json: bool) -> None:
    """按程序本身的规则列出：事项在每个状态，谁能办什么，办了到哪一步；末行是格数。"""
    found = cells()
    told = lines(found)
    shown = [_refusal(it) for it in found if not it.is_allowed] if refused else [*_table(told, markdown)]
    data = {"summary": summary(found), "cells": len(found), "lines": [_data(it) for it in told]}
    tell(data, "\n".join([*shown, "", summary(found)]), as_json=as_json)


def _table(told: Sequence[Line], markdown: bool) -> list[str]:
    rows = [(it.state.label, it.act.label, _who(it), _onward(it)) for it in told]
    if not markdown:
        return ["\t".join(row) for row in rows]
    head = ["| 状态 | 动作 | 由谁 | 到 |", "|---|---|---|---|"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows)]


def _who(line: Line) -> str:
    return "、".join(it.label for it in line.parties)


def _onward(line: Line) -> str:
    return "不变" if line.leads_to is line.state else line.leads_to.label


def _refusal(cell: Cell) -> str:
    return f"{cell.state.label}\t{cell.act.label}\t{cell.party.label}\t{cell.reason}"


def _data(line: Line) -> dict[str, object]:
    return {
        "state": line.state.value,
        "act": line.act.value,
        "parties": [it.value for it in line.parties],
        "leads_to": line.leads_to.value,
    }
