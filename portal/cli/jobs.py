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
from portal.jobs.rounds import LEASE, Clocks, Round, a_holder, due_work
from portal.jobs.worker import keep_working
from portal.store.extension import db

EVERY = timedelta(seconds=30)
CLOCKS = Clocks(clock.now, clock.running)


@click.group("jobs")
def command() -> None:
    """到期的工作：提醒、邮件、群消息和短信。"""


@command.command("run")
@json_option
def run(*, as_json: bool) -> None:
    """把现在到期的工作做一遍；别的进程正在做时，等它做完。"""
    settings: Settings = current_app.config["SETTINGS"]
    holder, until = a_holder(), time.monotonic() + LEASE.total_seconds() + 5
    while (done := due_work(settings, holder, CLOCKS)) is None:
        if time.monotonic() > until:
            refuse("另一个进程一直在办理到期的工作，这次没有做。请稍后再试。")
        time.sleep(0.2)
    data = {"told": done.told, "taken_back": done.taken_back, "mail": asdict(done.mailed)}
    data |= {"groups": asdict(done.posted), "texts": asdict(done.texted)}
    tell(data, f"{done.line}。", as_json=as_json)


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
    keep_working(
        app.app_context, settings, CLOCKS, every=timedelta(seconds=every), stop=stop, say=_say, look_every=every / 2
    )
    click.echo("已停止。")


def _say(done: Round) -> None:
    click.echo(f"{clock.running():%Y-%m-%d %H:%M:%S} {done.line}")
