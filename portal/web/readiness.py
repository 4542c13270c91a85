"""Whether the portal can do its work here and now, each reason in a sentence with its cure."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.config import Settings
from portal.documents.fonts import font_troubles
from portal.domain.job_runs import JobHealth
from portal.jobs.keeping import folder_of
from portal.jobs.rounds import DUE_WORK
from portal.jobs.standing import standings
from portal.services.signing_keys import office_keys
from portal.store.extension import read
from portal.store.leases import lease
from portal.store.queries.health import schema_revision
from portal.store.schema import newest_revision

LONGEST_PAUSE = timedelta(minutes=10)
"""Due work is looked for every minute; this long without a finished round, something stands in its way."""

LEAST_FREE_MEGABYTES = 200
"""Below this an upload or a batch of papers may fail."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition: its name, how it stands in words, and what to do when it does not hold."""

    name: str
    label: str
    state: str
    trouble: str = ""

    @property
    def done(self) -> bool:
        """Whether the condition holds, as the checklist wants it."""
        return not self.trouble


def checks() -> list[Check]:
    """Every condition for being ready, in the order in which one would look."""
    settings: Settings = current_app.config["SETTINGS"]
    looks: tuple[Callable[[Settings], Check], ...] = (
        database,
        migrations,
        fonts,
        instance,
        keys,
        papers,
        disk,
        due_work,
        jobs,
    )
    return [look(settings) for look in looks]


def database(settings: Settings) -> Check:
    """The database answers."""
    engine = "PostgreSQL" if settings.database.startswith("postgresql") else "SQLite"
    try:
        revision = schema_revision(read())
    except SQLAlchemyError:
        read().rollback()
        return Check(
            "database", "数据库", engine, "数据库连接不上，或尚未建表。请检查数据库服务、磁盘和 PORTAL_DATABASE_URL。"
        )
    return Check("database", "数据库", engine, "" if revision else "数据库里没有版本号，请运行 ./manage run 升级。")


def migrations(settings: Settings) -> Check:
    """The tables are those this version of the portal wants."""
    try:
        present = schema_revision(read())
    except SQLAlchemyError:
        read().rollback()
        present = None
    trouble = (
        ""
        if present == newest_revision()
        else f"数据库结构不是最新版（应为 {newest_revision()}）。请运行 ./manage run 升级。"
    )
    return Check("migrations", "数据库结构", f"版本 {present or '未知'}", trouble)


def fonts(settings: Settings) -> Check:
    """Papers can be printed."""
    troubles = font_troubles()
    return Check("fonts", "打印字体", "齐全" if not troubles else f"缺 {len(troubles)} 项", "".join(troubles))


def instance(settings: Settings) -> Check:
    """The data folder takes files."""
    try:
        with tempfile.TemporaryFile(dir=settings.instance) as probe:
            probe.write(b"ready")
    except OSError as problem:
        return Check(
            "instance", "数据目录", "不可写", f"数据目录不能写入（{problem.strerror}）。请检查目录权限和磁盘空间。"
        )
    return Check("instance", "数据目录", "可写")


def keys(settings: Settings) -> Check:
    """The organ's keys open, so that papers can be signed for keeping."""
    try:
        made = office_keys(read(), now=clock.now())
    except (SQLAlchemyError, ValueError):
        read().rollback()
        trouble = "单位的签名密钥不能打开，签批件不能存档。请从备份恢复数据目录下的 keys/data.key。"
        return Check("keys", "签名密钥", "不能打开", trouble)
    state = "存档第一张签批件时生成或更换" if made is None else f"可用，到期 {made.organ.until:%Y-%m-%d}"
    return Check("keys", "签名密钥", state)


def papers(settings: Settings) -> Check:
    """The folder of the kept papers can be written to."""
    folder = folder_of(settings).parent
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"ready")
    except OSError as problem:
        trouble = f"存档目录 {folder} 不能写入（{problem.strerror}），签批件不能存档。请检查目录权限和磁盘空间。"
        return Check("papers", "存档目录", "不可写", trouble)
    return Check("papers", "存档目录", "可写")


def disk(settings: Settings) -> Check:
    """There is room for papers and uploads."""
    try:
        usage = shutil.disk_usage(settings.instance)
    except OSError as problem:
        return Check("disk", "磁盘空间", "未知", f"读不到磁盘空间（{problem.strerror}）。请检查数据目录是否还在。")
    free = usage.free // 2**20
    state = f"剩余 {free / 1024:,.1f} GB，共 {usage.total / 2**30:,.0f} GB"
    short = f"磁盘只剩 {free} MB，少于 {LEAST_FREE_MEGABYTES} MB。请清理或扩容，否则附件和单据可能存不下。"
    return Check("disk", "磁盘空间", state, short if free < LEAST_FREE_MEGABYTES else "")


def due_work(settings: Settings) -> Check:
    """Reminders and mail are looked after; a process that has just started, or does no such work, is not blamed."""
    since: datetime | None = current_app.extensions.get("working_since")
    try:
        held = lease(read(), DUE_WORK)
    except SQLAlchemyError:
        read().rollback()
        held = None
    done_at = held.done_at if held else None
    state = f"最近一次 {done_at:%Y-%m-%d %H:%M}" if done_at else "还没有做过"
    late = since is not None and clock.running() - max(since, done_at or since) > LONGEST_PAUSE
    trouble = "提醒和邮件已超过 10 分钟没有办理。请查看门户的日志，或运行 flask --app wsgi jobs run 看原因。"
    return Check("due_work", "到期提醒", state, trouble if late else "")


def jobs(settings: Settings) -> Check:
    """No piece of due work fails again and again; once or twice passes by itself."""
    try:
        failing = [it for it in standings(read(), at=clock.running()) if it.health is JobHealth.FAILING]
    except SQLAlchemyError:
        read().rollback()
        failing = []
    if not failing:
        return Check("jobs", "后台任务", "正常")
    told = "；".join(f"“{it.title}”已连续失败 {it.failures} 次（{it.trouble.rstrip('。')}）" for it in failing)
    return Check(
        "jobs", "后台任务", f"{len(failing)} 项连续失败", f"{told}。请到“设置—后台任务”查看，消除原因后点“立即运行”。"
    )
