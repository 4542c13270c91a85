"""`serve`: everything between an installed machine and a portal that answers."""

import os
import shutil
import socket
import sys
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from portal import clock
from portal.cli.answers import reason, refuse
from portal.config import ROOT, SERVING, Settings
from portal.domain.errors import PortalError
from portal.store.extension import db, read, transaction
from portal.store.models.people import Account
from portal.store.schema import newest_revision, revisions

LEAST_FREE_MEGABYTES = 64
THREADS = 16
"""Requests a worker process answers at once, each with a database connection of its own (docs/decisions/0007)."""


@click.command("serve")
def command() -> None:
    """检查、升级数据库、必要时载入示例数据，然后开始服务。"""
    settings: Settings = current_app.config["SETTINGS"]
    _check_disk(settings.instance)
    _check_port(settings)
    try:
        bring_up_to_date()
        password = load_sample_once(settings)
    except PortalError as refusal:
        refuse(refusal.message)
    except (OperationalError, DBAPIError) as trouble:
        refuse(
            f"数据库不可用：{str(trouble.orig).strip().splitlines()[0]}。请检查 PORTAL_DATABASE_URL、磁盘空间和文件权限。"
        )
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()
    _greet(settings, password)
    _become_server(settings)


def bring_up_to_date() -> None:
    """Run the migrations that are missing; nothing when the database is at the newest one."""
    present = _present_revision()
    if present == newest_revision():
        return
    if present not in {None, *revisions()}:
        refuse(f"数据库的版本 {present} 比本程序新。请换用不低于上次运行的程序版本，或恢复与本程序同版本的备份。")
    from flask_migrate import upgrade  # noqa: PLC0415 - takes long to load, and most starts do without

    from portal.cli.migrating import know_migrations  # noqa: PLC0415

    know_migrations(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own idiom
    upgrade()


def _present_revision() -> str | None:
    """The migration the database stands at, or None for an empty one."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def load_sample_once(settings: Settings) -> str | None:
    """Load the sample district into an empty database; answers its password the one time it is made."""
    if not settings.wants_sample or read().scalar(select(Account.id).limit(1)) is not None:
        return None
    from portal.services.sample.district import load_district  # noqa: PLC0415 - only the very first start needs it

    click.echo("首次启动，正在载入示例数据……")
    with transaction() as session:
        return load_district(session, settings.instance / "uploads", now=clock.now(), password=settings.sample_password)


def _check_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 2**20
    if free < LEAST_FREE_MEGABYTES:
        refuse(f"磁盘空间不足：{folder} 所在磁盘只剩 {free} MB，至少需要 {LEAST_FREE_MEGABYTES} MB。请清理后再启动。")


def _check_port(settings: Settings) -> None:
    try:
        family, host, port = listening_address(settings.bind)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        refuse(f"地址 {settings.bind} 不能使用（没有这个主机名）。请改正 PORTAL_BIND，例如 127.0.0.1:8000。")
    except OSError as trouble:
        refuse(
            f"地址 {settings.bind} 不能使用（{reason(trouble)}）。"
            "请先停止占用它的程序，或用 PORTAL_BIND=127.0.0.1:8001 换一个地址。"
        )


def listening_address(bind: str) -> tuple[socket.AddressFamily, str, int]:
    """The numeric address behind a name such as localhost, which the server program does not look up itself.

    Raises OSError when nobody knows the name.
    """
    host, _, port = bind.rpartition(":")
    found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda it: it[0] is not socket.AF_INET)
    return family, str(address[0]), int(port)


def _greet(settings: Settings, password: str | None) -> None:
    click.echo(f"\n  民营企业接待日门户  {settings.address}\n")
    accounts = read().execute(select(Account.username, Account.display_name).order_by(Account.id).limit(9)).all()
    db.session.remove()
    if password is not None:
        click.echo("  示例账号（数据均为虚构）：")
        for username, name in accounts:
            click.echo(f"    {username:<12}{name}")
        click.echo(f"  密码：{password}    （只显示这一次）\n")
    elif not accounts:
        click.echo("  还没有账号。请另开一个终端执行：")
        click.echo("    echo '密码' | .venv/bin/flask --app wsgi user add system --role system --password-stdin\n")
    else:
        click.echo("  示例账号的密码在首次启动时显示过；忘记时可重设：")
        click.echo("    echo '新密码' | .venv/bin/flask --app wsgi user password office --password-stdin\n")
    click.echo("  按 Ctrl+C 停止。", nl=True)
    sys.stdout.flush()


def server_arguments(settings: Settings, *, app: str = "wsgi:app", threads: int = THREADS) -> list[str]:
    """The server program with its arguments, as the portal is served and as its measurements start it."""
    _, host, port = listening_address(settings.bind)
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface", "wsgi",
        "--host", host,
        "--port", str(port),
        "--workers", str(settings.processes),
        "--blocking-threads", str(threads),
        "--backlog", "1024",
        "--no-ws",
        "--log-level", "error",
        "--respawn-failed-workers",
        "--workers-kill-timeout", "3",
        "--working-dir", str(ROOT),
        app,
    ]  # fmt: skip


def _become_server(settings: Settings) -> None:
    """Hand this process over to the server, so that signals reach it and nothing is left in between."""
    program, *arguments = server_arguments(settings)
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.environ[SERVING] = "1"
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell, our own program
