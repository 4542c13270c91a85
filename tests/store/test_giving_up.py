"""What the database gives up on because of others is done again; what it cannot keep at all is said."""

import errno
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.domain.errors import Busy, CannotKeep, PortalError
from portal.domain.people import Actor
from portal.store.audit_trail import record, verify
from portal.store.extension import TRIES, db, read, transaction, write
from portal.store.giving_up import FULL, READ_ONLY, gave_up
from portal.store.models.audit import AuditLine
from portal.store.models.people import Unit
from tests.builders import a_unit
from tests.conftest import NOW


def two_units(app: Flask) -> tuple[int, int]:
    with app.app_context(), transaction() as session:
        session.info["unaudited"] = True
        units = [a_unit(position=0), a_unit(position=0)]
        session.add_all(units)
        session.flush()
        return units[0].id, units[1].id


def raise_position(session: Session, unit_id: int) -> None:
    session.execute(update(Unit).where(Unit.id == unit_id).values(position=Unit.position + 1))


def at_once(app: Flask, *works: Callable[[], object]) -> list[BaseException | None]:
    """Run the works in a thread each; answers what each raised."""

    def run(work: Callable[[], object]) -> BaseException | None:
        with app.app_context():
            try:
                work()
            except PortalError as trouble:
                return trouble
            finally:
                db.session.remove()
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class Crossing:
    """Two works that take two records the other way round, and meet in the middle the first time."""

    def __init__(self, units: tuple[int, int]) -> None:
        self.units, self.middle, self.begun = units, threading.Barrier(2), [0, 0]

    def act(self, which: int) -> Callable[[Session], None]:
        first, second = self.units[:: 1 if which == 0 else -1]

        def both(session: Session) -> None:
            self.begun[which] += 1
            raise_position(session, first)
            if self.begun[which] == 1:
                self.middle.wait(100)
            raise_position(session, second)
            unit = session.get_one(Unit, first)
            record(session, Actor.system(), NOW, "unit_changed", unit, summary="调整次序")

        return both


def test_of_two_works_in_a_real_deadlock_both_are_done_in_the_end(postgres_app: Flask):
    units = two_units(postgres_app)
    crossing = Crossing(units)
    troubles = at_once(postgres_app, *(lambda which=which: write(crossing.act(which)) for which in (0, 1)))
    assert troubles == [None, None]
    assert sum(crossing.begun) == 3, "the database gave up on one of them once"
    with postgres_app.app_context():
        assert read().scalars(select(Unit.position).where(Unit.id.in_(units))).all() == [2, 2]
        assert read().scalar(select(func.count(AuditLine.id)).where(AuditLine.act == "unit_changed")) == 2
        assert verify(read())[1] is None


def test_without_a_second_try_one_of_them_is_told_that_others_were_in_the_way(postgres_app: Flask):
    crossing = Crossing(two_units(postgres_app))

    def once(which: int) -> None:
        with transaction() as session:
            crossing.act(which)(session)

    troubles = at_once(postgres_app, *(lambda which=which: once(which) for which in (0, 1)))
    assert [type(it) for it in troubles if it] == [Busy]


def test_a_snapshot_that_is_too_old_is_taken_anew(postgres_app: Flask):
    unit, _ = two_units(postgres_app)
    middle, begun = threading.Barrier(2), []

    def act(session: Session) -> None:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        before = session.scalars(select(Unit.position).where(Unit.id == unit)).one()
        begun.append(before)
        if len(begun) <= 2:
            middle.wait(100)
        session.execute(update(Unit).where(Unit.id == unit).values(position=before + 1))

    assert at_once(postgres_app, lambda: write(act), lambda: write(act)) == [None, None]
    with postgres_app.app_context():
        assert read().scalars(select(Unit.position).where(Unit.id == unit)).one() == 2


def test_who_waits_too_long_for_a_lock_gives_up_as_busy(postgres_app: Flask):
    unit, _ = two_units(postgres_app)
    tries: list[int] = []

    def act(session: Session) -> None:
        tries.append(1)
        session.execute(text("SET LOCAL lock_timeout = '20ms'"))
        raise_position(session, unit)

    with postgres_app.app_context(), transaction() as holding:
        raise_position(holding, unit)
        (trouble,) = at_once(postgres_app, lambda: write(act))
    assert isinstance(trouble, Busy)
    assert len(tries) == TRIES


def test_postgresql_does_not_wait_for_ever(postgres_app: Flask):
    with postgres_app.app_context():
        assert read().scalar(text("SHOW lock_timeout")) == "15s"


def test_a_locked_sqlite_file_is_tried_again_until_it_is_free(app: Flask, on_every_connection):
    tries: list[int] = []

    def act(session: Session) -> None:
        tries.append(1)
        session.execute(update(Unit).values(position=1))

    with app.app_context():
        on_every_connection("busy_timeout=20")
        locked = sqlite3.connect(db.engine.url.database, isolation_level=None, check_same_thread=False)
        locked.execute("BEGIN IMMEDIATE")
        freed = threading.Timer(0.15, locked.rollback)
        freed.start()
        write(act)
        freed.join()
        locked.close()
    assert len(tries) > 1


def many_units(session: Session) -> None:
    for _ in range(400):
        unit = a_unit()
        session.add(unit)
        session.flush()
        record(session, Actor.system(), NOW, "unit_added", unit, summary="新增单位" * 20)


@pytest.mark.parametrize(
    "pragma, said", [("max_page_count=1", FULL), ("query_only=ON", READ_ONLY)], ids=["full", "read-only"]
)
def test_nothing_is_kept_and_that_is_said_when_sqlite_cannot_write(
    app: Flask, on_every_connection, pragma: str, said: str
):
    with app.app_context():
        on_every_connection(pragma)
        before = read().scalar(select(func.count(Unit.id)))
        with pytest.raises(CannotKeep) as refusal:
            write(many_units)
        assert refusal.value.message == said
        assert not isinstance(refusal.value, Busy)
        assert read().scalar(select(func.count(Unit.id))) == before
        assert verify(read())[1] is None


def test_a_full_disk_and_a_forbidden_one_are_told_apart():
    assert gave_up(OSError(errno.ENOSPC, "full")).message == FULL
    assert gave_up(OSError(errno.EROFS, "read-only")).message == READ_ONLY
    assert gave_up(OSError(errno.ECONNRESET, "gone")) is None
    assert gave_up(OperationalError("x", {}, Exception("something else"))) is None
