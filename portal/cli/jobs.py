"""`jobs`: due work, once or as a process of its own beside the portal, and the rehearsal of the days to come."""

import re
import signal
import sys
import time
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Event

import click
from flask import current_app

from portal import clock
from portal.cli.answers import json_option, refuse, tell
from portal.config import Settings
from portal.domain.errors import Busy
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.printers import Printer
from portal.jobs.printing import clear_what_is_over, print_what_waits
from portal.jobs.rehearsing import Day, rehearse
from portal.jobs.rounds import LEASE, Round, due_work
from portal.jobs.standing import standings
from portal.jobs.sweeps import BY_NAME
from portal.jobs.worker import Working, print_beside
from portal.store.extension import db, read

EVERY = timedelta(seconds=30)
PATIENCE_SECONDS = 5.0
"""A press is given up at once; what was made of a job is kept."""
CLOCKS = Clocks(clock.now, clock.running)


@click.group("jobs")
def command() -> None:
    """到期的工作：提醒、邮件、群消息、短信和批量打印。"""


@command.command("run")
@click.argument("name", nargs=-1, type=click.Choice(list(BY_NAME)))
@json_option
def run(*, name: tuple[str, ...], as_json: bool) -> None:
    """把现在到期的工作做一遍，再打印排队的任务；写了名称的只做这几项。别的进程正在做时，等它做完。"""
    settings: Settings = current_app.config["SETTINGS"]
    holder = a_holder()
    done = _round(settings, holder, only=name or None)
    data = {"told": done.told, "taken_back": done.taken_back, "mail": asdict(done.mailed)}
    data |= {"groups": asdict(done.posted), "texts": asdict(done.texted), "failed": dict(done.failed)}
    printed: int | None = 0
    if not name:
        printer = Printer(settings, holder, CLOCKS)
        clear_what_is_over(printer)
        printed = print_what_waits(printer)
    tell(data | {"printed": printed}, f"{done.line}{_printed_line(printed)}。", as_json=as_json)
    if done.failed:
        sys.exit(1)


def _round(settings: Settings, holder: str, *, only: Collection[str] | None = None) -> Round:
    """One round, waiting for whoever is at it."""
    until = time.monotonic() + LEASE.total_seconds() + 5
    while (done := due_work(settings, holder, CLOCKS, only=only)) is None:
        if time.monotonic() > until:
            refuse("另一个进程一直在办理到期的工作，这次没有做。请稍后再试。")
        time.sleep(0.2)
    return done


@command.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """列出各项后台任务：上次、下次、连续失败次数和原因。"""
    rows = standings(read(), at=clock.running())
    lines = [
        f"{it.name:<10} {it.health.label}  每{it.pace}  上次 {_moment(it.began_at)}  下次 {_moment(it.next_at)}"
        f"  {it.trouble or it.outcome}"
        for it in rows
    ]
    tell([asdict(it) for it in rows], "\n".join(lines), as_json=as_json)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "—"


@command.command("rehearse")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="预演到哪一天（含）。")
@click.option("--days", type=click.IntRange(1, 3660), help="预演多少天，与 --until 选一个。")
@click.option("--step", default="1d", help="每步几天，默认 1d。")
@click.option("--send", is_flag=True, help="真的发送邮件、群消息和短信；不加时只写入消息，不发出。")
@json_option
def rehearse_(*, until: datetime | None, days: int | None, step: str, send: bool, as_json: bool) -> None:
    """把时钟从 PORTAL_TODAY 起一天天拨过去，每天做完到期的工作。只用于副本或示例。"""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.today is None:
        refuse("预演只能在设置了 PORTAL_TODAY 的副本或示例上进行，以免真的数据被提前办理。请先设置 PORTAL_TODAY。")
    if (until is None) == (days is None):
        refuse("请写明预演到哪一天（--until 2026-12-31），或预演多少天（--days 90）。")
    start = clock.today()
    last = until.date() if until else start + timedelta(days=days or 0)
    if last <= start:
        refuse(f"预演的最后一天应晚于现在的 {start:%Y-%m-%d}。")
    if re.fullmatch(r"[1-9][0-9]{0,2}d?", step) is None:
        refuse("每步的天数写成 1d、7d 这样。")
    stride = timedelta(days=int(step.removesuffix("d")))
    whole = Day(start)
    try:
        for day in rehearse(settings, start, last, stride, sends=send, running=clock.running):
            whole += day
            if not as_json:
                click.echo(day.line)
    except Busy as refusal:
        refuse(refusal.message)
    tell(
        whole.figures | {"from": start, "until": last},
        f"共 {whole.rounds} 轮：{whole.words}。要看预演后的样子，请把 PORTAL_TODAY 设为 {last:%Y-%m-%d} 再启动。",
        as_json=as_json,
    )
    if whole.failed:
        sys.exit(1)


@command.command("worker")
@click.option("--every", type=click.IntRange(1, 3600), default=int(EVERY.total_seconds()), help="每隔几秒，默认 30。")
def worker(every: int) -> None:
    """一直运行，按时做到期的工作；每做一遍写一行。可以同时开几个，只有一个在做。"""
    settings: Settings = current_app.config["SETTINGS"]
    stop, app = Event(), current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own idiom
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    db.session.remove()
    click.echo("开始等候到期的工作，按 Ctrl+C 停止。")
    printing = print_beside(app.app_context, settings, CLOCKS, stop=stop)
    Working(app.app_context, settings, CLOCKS, stop=stop, look_every=every, say=_say).keep_on()
    printing.join(PATIENCE_SECONDS)
    click.echo("已停止。")


def _printed_line(printed: int | None) -> str:
    if printed is None:
        return "；打印任务由别的进程在做"
    return f"；打印任务完成 {printed} 个" if printed else ""


def _say(done: Round) -> None:
    click.echo(f"{clock.running():%Y-%m-%d %H:%M:%S} {done.line}")
