"""`audit`: the trail and its chain."""

import click

from portal.cli.answers import json_option, refuse, tell
from portal.store.audit_trail import verify
from portal.store.extension import read


@click.group("audit")
def command() -> None:
    """审计记录。"""


@command.command("verify")
@json_option
def verify_chain(*, as_json: bool) -> None:
    """从头核对审计链，指出第一处被改动或缺失的记录。"""
    lines, broken = verify(read())
    if broken is None:
        tell({"lines": lines, "broken": None}, f"审计链完好，共 {lines} 行。", as_json=as_json)
        return
    if as_json:
        tell({"lines": lines, "broken": {"line": broken.line_id, "why": broken.why}}, "", as_json=True)
    refuse(f"审计链在第 {broken.line_id} 行断开：{broken.why}")
