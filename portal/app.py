"""The composition root: settings in, application out. The only module that knows all the others."""

import os
import secrets
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from portal import clock
from portal.cli.answers import reason
from portal.cli.registry import add_commands
from portal.config import ROOT, Settings, load_settings
from portal.notify import sms
from portal.store import sealing
from portal.store.extension import BUSY_MILLISECONDS, db
from portal.web.access import guard
from portal.web.assets import add_assets
from portal.web.converters import add_converters
from portal.web.errors import answer_errors
from portal.web.filters import add_filters
from portal.web.headers import send_headers
from portal.web.limits import limiter
from portal.web.nav import add_context

AREAS = (
    "home",
    "account",
    "messages",
    "calendar",
    "duty",
    "reception_days",
    "bookings",
    "room",
    "board",
    "enterprises",
    "matters",
    "closings",
    "look_backs",
    "call_backs",
    "opinions",
    "invitations",
    "slips",
    "chasing",
    "meetings",
    "studies",
    "common_tasks",
    "verify",
    "follow",
    "voices",
    "ledger",
    "statistics",
    "admin",
    "audit",
    "health",
)

KEY_BYTES = 32


class InstanceRefused(Exception):
    """The instance folder cannot be used; the message is one line for the person who starts the portal."""


def create_app(settings: Settings | None = None) -> Flask:
    """Build the portal from its settings. Raises SettingsRefused or InstanceRefused with one clear line."""
    settings = settings or load_settings()
    clock.stand_at(settings.today)
    app = Flask("portal", root_path=str(ROOT), instance_path=str(settings.instance), template_folder="templates")
    data_key = prepare_instance(settings.instance)
    sealing.unlock(data_key)
    sms.connect(sms.gateway_of(settings))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key or kept_secret(settings.instance / "keys" / "session.key").hex(),
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database),
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.address.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        MAX_CONTENT_LENGTH=32 * 2**20,
        MAX_FORM_MEMORY_SIZE=4 * 2**20,
        RATELIMIT_STORAGE_URI=limits_kept_at(settings.redis_url),
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    add_converters(app)
    db.init_app(app)
    CSRFProtect(app)
    limiter.init_app(app)
    answer_errors(app)
    guard(app)
    send_headers(app)
    add_filters(app)
    add_assets(app)
    add_context(app)
    for area in AREAS:
        app.register_blueprint(import_module(f"portal.web.{area}.views").bp)
    add_commands(app)
    return app


def engine_options(address: str) -> dict[str, object]:
    """How the engine is opened: a steady pool, checked before use where a server may have restarted."""
    if address.startswith("sqlite"):
        return {"pool_size": 32, "max_overflow": 32, "connect_args": {"check_same_thread": False}}
    patience = {"options": f"-c lock_timeout={BUSY_MILLISECONDS}"}
    return {"pool_size": 16, "max_overflow": 16, "pool_pre_ping": True, "connect_args": patience}


def limits_kept_at(redis_url: str | None) -> str:
    """Where the counts of requests are kept, as their library writes addresses; in each process's memory without a Redis."""
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def prepare_instance(folder: Path) -> bytes:
    """Make the instance folder with its keys, readable by its owner alone; answers the data key."""
    try:
        for part in (folder, folder / "keys", folder / "uploads", folder / "papers"):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept_secret(folder / "keys" / "session.key")
        return kept_secret(folder / "keys" / "data.key")
    except OSError as trouble:
        raise InstanceRefused(
            f"数据目录 {folder} 不能写入（{reason(trouble)}）。请检查磁盘空间和目录权限后再启动。"
        ) from None


def kept_secret(path: Path) -> bytes:
    """A random key that is made once and kept in a file of mode 0600; two starts at once agree on one."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise InstanceRefused(f"密钥文件 {path} 不完整。请从备份恢复该文件；没有备份时请联系管理员，切勿删除后重建。")
    return key
