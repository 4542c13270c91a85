"""What every test stands on: a migrated database copied per test, a clock that stands, people who are signed in."""

import fcntl
import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal import clock
from portal.app import create_app
from portal.cli.migrating import know_migrations
from portal.clock import ZONE
from portal.config import load_settings
from portal.domain.accounts import AccountState
from portal.domain.people import Role
from portal.notify import sms
from portal.services.sample.district import load_district
from portal.store import sealing
from portal.store.extension import db, transaction
from portal.store.models.people import Account, AccountLeader, Unit
from portal.web.health.figures import Requests
from portal.web.limits import limiter
from tests.builders import PASSWORD, a_unit
from tests.servers import Postgres, ServerMissing, postgres, postgres_programs, quick_disk

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Checked with the cost written in it: the office's own cost would be paid at the two thousand sign-ins of the tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that are given much time go first: what takes minutes shall not be begun when all else is done."""
    items.sort(key=_time_given, reverse=True)


def _time_given(item: pytest.Item) -> float:
    given = item.get_closest_marker("timeout")
    return float(given.args[0]) if given else 0.0


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector need not look through it again and again, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@event.listens_for(Engine, "connect")
def _wait_for_no_disk(connection: object, record: object) -> None:
    """Here nobody pulls the plug; the servers that the tests start and kill write through, as the office's do."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


class _CompiledOnce(BytecodeCache):
    """Templates compiled once a process, for the tests that need a portal of their own."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _CompiledOnce()


def _portal(folder: Path, database_url: str | None = None) -> Flask:
    settings = load_settings(instance=folder, today="2026-11-22T09:00", sample=False, database_url=database_url)
    app = create_app(settings)
    know_migrations(app)
    app.jinja_env.bytecode_cache = _compiled
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    return app


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def _as_new(app: Flask, folder: Path) -> Iterator[None]:
    """A kept portal as if it had just been put together on this instance folder; what a test sets on it does not stay."""
    config, extensions = dict(app.config), dict(app.extensions)
    app.extensions["requests"] = Requests(folder / "figures")
    clock.stand_at(NOW)
    sealing.unlock((folder / "keys" / "data.key").read_bytes())
    sms.connect(None)
    yield
    _close(app)
    app.config.clear()
    app.config.update(config)
    app.extensions.clear()
    app.extensions.update(extensions)


def _unused(folder: Path) -> Path:
    """The same instance folder as it was before its first test."""
    return folder.with_name("unused")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with an empty database at the newest migration; copied, never used itself."""
    folder = tmp_path_factory.mktemp("migrated")
    app = _portal(folder)
    with app.app_context():
        upgrade()
    _close(app)
    return folder


@pytest.fixture(scope="session")
def sample(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district in an instance folder: loaded once for all test processes, copied, never used itself."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / "sample-district", base / "sample-district.done"
    with (base / "sample-district.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.copytree(migrated, folder)
            app = _portal(folder)
            with app.app_context(), transaction() as session:
                load_district(session, folder / "uploads", now=NOW, password=PASSWORD)
            _close(app)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder for what every test writes, in memory if there is room."""
    with TemporaryDirectory(prefix="portal-tests-", dir=quick_disk()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def kept_app(migrated: Path, quick_folder: Path) -> tuple[Flask, Path]:
    """The portal put together once a process: its addresses, templates and statements are compiled only once."""
    folder = quick_folder / "kept" / "instance"
    shutil.copytree(migrated, folder)
    return _portal(folder), folder


@pytest.fixture
def instance(migrated: Path, kept_app: tuple[Flask, Path]) -> Path:
    """This test's own instance folder: nothing of the test before is left in it."""
    _, folder = kept_app
    shutil.rmtree(folder)
    shutil.copytree(migrated, folder)
    return folder


@pytest.fixture
def app(instance: Path, kept_app: tuple[Flask, Path]) -> Iterator[Flask]:
    """The portal on this test's own database, at nine in the morning of 22 November 2026."""
    app, _ = kept_app
    with _as_new(app, instance):
        yield app


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server with one migrated database to copy; missing programs fail in CI and are said loudly elsewhere."""
    try:
        postgres_programs()
    except ServerMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {missing}")
    with postgres() as server:
        server.create("migrated")
        template = _portal(tmp_path_factory.mktemp("postgres"), server.url("migrated"))
        try:
            with template.app_context():
                upgrade()
        finally:
            _close(template)
        yield server


@pytest.fixture(scope="session")
def kept_postgres_app(postgres_server: Postgres, quick_folder: Path) -> tuple[Flask, Path]:
    """The portal on PostgreSQL put together once a process, as `kept_app`."""
    folder = quick_folder / "kept-postgres" / "instance"
    app = _portal(folder, postgres_server.url("test"))
    shutil.copytree(folder, _unused(folder))
    return app, folder


@pytest.fixture
def postgres_app(postgres_server: Postgres, kept_postgres_app: tuple[Flask, Path]) -> Iterator[Flask]:
    """The portal on this test's own PostgreSQL database, with the clock standing as in `app`."""
    app, folder = kept_postgres_app
    shutil.rmtree(folder)
    shutil.copytree(_unused(folder), folder)
    postgres_server.create("test", template="migrated")
    with _as_new(app, folder):
        yield app
    postgres_server.drop("test")


@pytest.fixture(params=["sqlite", "postgresql"])
def each_app(request: pytest.FixtureRequest) -> Flask:
    """The portal on one engine after the other: what must hold, holds on both."""
    return request.getfixturevalue("app" if request.param == "sqlite" else "postgres_app")


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session on this test's database; what a test sets up needs no audit lines."""
    with app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """The SQL statements sent since the list was last cleared."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def on_every_connection(app: Flask) -> Iterator[Callable[[str], None]]:
    """`on_every_connection("query_only=ON")` sets an SQLite pragma on whichever connection is taken, until the test ends."""
    asked: list[str] = []

    def set_all(connection: sqlite3.Connection, *rest: object) -> None:
        for pragma in asked:
            connection.execute(f"PRAGMA {pragma}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", set_all)
    yield asked.append
    event.remove(engine, "checkout", set_all)


@pytest.fixture
def now() -> datetime:
    """The moment at which the clock stands."""
    return NOW


@pytest.fixture
def counting_requests(app: Flask) -> Iterator[None]:
    """The limits a minute, which count nobody in other tests."""
    app.config["RATELIMIT_ENABLED"] = True
    with app.app_context():
        limiter.reset()
    yield
    with app.app_context():
        limiter.reset()


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """`sign_in(Role.OFFICE)` answers a browser of somebody in that role."""

    def signed_in_as(role: Role, *, unit: Unit | None = None, leader_id: int | None = None) -> FlaskClient:
        if role is Role.UNIT and unit is None:
            unit = a_unit()
            session.add(unit)
            session.flush()
        name = f"{role.value}-{unit.id}" if unit else f"{role.value}-{leader_id}" if leader_id else role.value
        session.add(
            Account(
                username=name,
                display_name=role.label,
                password_hash=PASSWORD_HASH,
                role=role,
                state=AccountState.ACTIVE,
                unit_id=unit.id if unit else None,
                created_at=NOW,
                password_changed_at=NOW,
                serves=[AccountLeader(leader_id=leader_id)] if leader_id else [],
            )
        )
        session.commit()
        client = app.test_client()
        answer = client.post("/login", data={"username": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return signed_in_as
