"""What the two engines must both do."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from portal.clock import ZONE
from portal.domain.people import Actor
from portal.store.audit_trail import UnauditedChange, record, verify
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.people import Unit
from portal.store.paging import Wanted, page_of
from tests.builders import a_unit
from tests.conftest import NOW


def a_recorded_unit(at: datetime = NOW, **given: object) -> None:
    with transaction() as session:
        unit = a_unit(**given)
        session.add(unit)
        record(session, Actor.system(), at, "unit_added", unit, summary="新增单位")


def test_a_change_and_its_audit_line_are_kept_together(each_app: Flask):
    with each_app.app_context():
        a_recorded_unit(name="甲局")
        assert verify(read()) == (1, None)
        assert read().scalar(text("SELECT target_id FROM audit_line")) == str(read().query(Unit).one().id)


def test_a_change_without_an_audit_line_is_refused_and_leaves_nothing(each_app: Flask):
    with each_app.app_context():
        with pytest.raises(UnauditedChange, match="Unit"), transaction() as session:
            session.add(a_unit())
        assert read().query(Unit).count() == 0


@pytest.mark.parametrize("act", ["UPDATE audit_line SET summary = 'x'", "DELETE FROM audit_line"])
def test_the_database_itself_refuses_to_touch_an_audit_line(each_app: Flask, act: str):
    with each_app.app_context():
        a_recorded_unit()
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(act))
        db.session.rollback()
        assert verify(read()) == (1, None)


def test_eight_writers_at_once_make_one_unbroken_chain(each_app: Flask):
    troubles: list[Exception] = []

    def work(number: int) -> None:
        try:
            with each_app.app_context():
                for turn in range(5):
                    a_recorded_unit(name=f"第{number}-{turn}局")
        except Exception as trouble:  # noqa: BLE001 - whatever it is, the test names it
            troubles.append(trouble)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with each_app.app_context():
        assert troubles == []
        assert verify(read()) == (40, None)


def test_a_moment_comes_back_in_chinas_zone(each_app: Flask):
    with each_app.app_context():
        a_recorded_unit()
        line = db.session.get_one(AuditLine, 1)
        assert line.at == NOW
        assert line.at.tzinfo is ZONE


def test_an_act_survives_a_refused_savepoint(each_app: Flask):
    with each_app.app_context():
        with transaction() as session:
            unit = a_unit(name="甲局")
            session.add(unit)
            record(session, Actor.system(), NOW, "unit_added", unit, summary="新增单位")
            session.flush()
            with pytest.raises(IntegrityError), session.begin_nested():
                session.add(a_unit(name="甲局"))
        assert verify(read()) == (1, None)
        assert read().query(Unit).count() == 1


def test_a_list_sorted_by_a_moment_goes_on_to_its_next_page(each_app: Flask):
    with each_app.app_context():
        for number in range(5):
            a_recorded_unit(name=f"第{number}局", at=NOW + timedelta(minutes=number // 2))
        statement, keys = select(AuditLine.id), {"at": AuditLine.at}
        seen: list[int] = []
        wanted = Wanted("at", descending=True, size=2)
        for _ in range(5):
            page = page_of(read(), statement, wanted, keys=keys, identity=AuditLine.id)
            seen += [row[0] for row in page.rows]
            if page.next_key is None or len(page.rows) < 2:
                break
            wanted = Wanted("at", descending=True, after=page.next_key, size=2)
        assert seen == [5, 4, 3, 2, 1]
