"""`jobs`: due work, once or as a process of its own beside the portal."""

import signal
import time
from dataclasses import asdict
from datetime import timedelta
from threading import Event

import click
from flask import current_app

from portal import clock
from portal.cli.answers import json_option, refuse, tell
from portal.config import Settings
from portal.jobs.printers import Printer
from portal.jobs.printing import clear_what_is_over, print_what_waits
from portal.jobs.rounds import LEASE, Clocks, Round, a_holder, due_work
from portal.jobs.worker import keep_working, print_beside
from portal.store.extension import db

EVERY = timedelta(seconds=30)
PATIENCE_SECONDS = 5.0
"""A press is given up at once; what was made of a job is kept."""
CLOCKS = Clocks(clock.now, clock.running)


@click.group("jobs")
def command() -> None:
    """到期的工作：提醒、邮件、群消息、短信和批量打印。"""


@command.command("run")
@json_option
def run(*, as_json: bool) -> None:
    """把现在到期的工作做一遍，再打印排队的任务；别的进程正在做到期的工作时，等它做完。"""
    settings: Settings = current_app.config["SETTINGS"]
    holder, until = a_holder(), time.monotonic() + LEASE.total_seconds() + 5
    while (done := due_work(settings, holder, CLOCKS)) is None:
        if time.monotonic() > until:
            refuse("另一个进程一直在办理到期的工作，这次没有做。请稍后再试。")
        time.sleep(0.2)
    data = {"told": done.told, "taken_back": done.taken_back, "mail": asdict(done.mailed)}
    data |= {"groups": asdict(done.posted), "texts": asdict(done.texted)}
    printer = Printer(settings, holder, CLOCKS)
    clear_what_is_over(printer)
    printed = print_what_waits(printer)
    tell(data | {"printed": printed}, f"{done.line}{_printed_line(printed)}。", as_json=as_json)


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
    keep_working(
        app.app_context, settings, CLOCKS, every=timedelta(seconds=every), stop=stop, say=_say, look_every=every / 2
    )
    printing.join(PATIENCE_SECONDS)
    click.echo("已停止。")


def _printed_line(printed: int | None) -> str:
    if printed is None:
        return "；打印任务由别的进程在做"
    return f"；打印任务完成 {printed} 个" if printed else ""


def _say(done: Round) -> None:
    click.echo(f"{clock.running():%Y-%m-%d %H:%M:%S} {done.line}")
