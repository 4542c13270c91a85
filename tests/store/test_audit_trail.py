"""The audit trail: nothing changes without a line, and no line changes without being noticed."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from portal.domain.errors import NotAllowed
from portal.domain.people import Actor, Role
from portal.domain.units import UnitKind
from portal.services.auditing import record_verification
from portal.services.units import UnitEntry, add_unit
from portal.store.audit_trail import UnauditedChange, record, verify
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditHead, AuditLine
from portal.store.models.people import Unit
from portal.store.paging import Wanted
from portal.store.queries.audit import AuditFilter, acts_in_use, audit_line, audit_page, kinds_in_use, last_verification
from tests.builders import a_unit

SYSTEM = Actor(901, "系统管理员", Role.SYSTEM)
AUDITOR = Actor(902, "审计管理员", Role.AUDITOR)
LINES = 6
COLUMNS = ("at", "account_id", "actor_name", "role", "act", "target_kind", "target_id", "summary", "details", "hash")


def a_trail(now, lines=LINES):
    """So many acts, one a transaction."""
    for number in range(lines):
        with transaction() as session:
            entry = UnitEntry(f"安澜区第{number}局", f"{number}局", UnitKind.DEPARTMENT)
            add_unit(session, entry, actor=SYSTEM, now=now + timedelta(minutes=number))


@pytest.fixture
def trail(app, now):
    """A database with a short trail whose guards somebody with the file in his hands has taken away."""
    with app.app_context():
        a_trail(now)
        session = db.session()
        session.execute(text("DROP TRIGGER audit_line_no_UPDATE"))
        session.execute(text("DROP TRIGGER audit_line_no_DELETE"))
        session.commit()
        yield session
        session.rollback()
        db.session.remove()


def test_an_untouched_trail_holds(trail):
    assert verify(trail) == (LINES, None)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    line=st.integers(1, LINES),
    column=st.sampled_from(COLUMNS),
    value=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30),
    number=st.integers(0, 10_000),
)
def test_any_field_changed_in_any_line_is_found_and_named(trail, line, column, value, number):
    changed = {"at": f"2026-11-{number % 28 + 1:02} 00:00:00.{number:06}", "account_id": number}.get(column, value)
    held = trail.scalar(text(f"SELECT {column} FROM audit_line WHERE id = :line"), {"line": line})
    trail.execute(text(f"UPDATE audit_line SET {column} = :value WHERE id = :line"), {"value": changed, "line": line})
    trail.expire_all()
    whole, broken = verify(trail)
    if held == changed:
        assert broken is None
    else:
        assert broken is not None
        assert (whole, broken.line_id) == (line - 1, line)
        assert f"第 {line} 行" in broken.why
    trail.rollback()
    trail.expire_all()


@pytest.mark.parametrize("garbage", ["'not a moment'", "CAST(x'ff' AS TEXT)", "''"])
@pytest.mark.parametrize("column", ["at", "summary"])
def test_a_line_spoilt_beyond_reading_is_named_too(trail, column, garbage):
    trail.execute(text(f"UPDATE audit_line SET {column} = {garbage} WHERE id = 4"))
    whole, broken = verify(trail)
    assert (whole, broken.line_id) == (3, 4)


@pytest.mark.parametrize("gone", range(1, LINES + 1))
def test_any_deleted_line_is_found_and_named(trail, gone):
    trail.execute(text("DELETE FROM audit_line WHERE id = :gone"), {"gone": gone})
    trail.expire_all()
    whole, broken = verify(trail)
    assert broken is not None
    assert (whole, broken.line_id) == (gone - 1, gone)


def test_a_deleted_tail_is_found_even_when_everything_before_holds(trail):
    trail.execute(text("DELETE FROM audit_line WHERE id > 3"))
    whole, broken = verify(trail)
    assert whole == 3
    assert "第 3 行之后的记录被删去" in broken.why


def test_two_lines_that_changed_places_are_found(trail):
    trail.execute(text("UPDATE audit_line SET id = -1 WHERE id = 2"))
    trail.execute(text("UPDATE audit_line SET id = 2 WHERE id = 3"))
    trail.execute(text("UPDATE audit_line SET id = 3 WHERE id = -1"))
    trail.expire_all()
    assert verify(trail)[1].line_id == 2


def test_a_line_slipped_in_at_the_end_is_found(trail):
    trail.execute(
        text(
            "INSERT INTO audit_line (id, at, account_id, actor_name, role, act, target_kind, target_id, summary, details,"
            " hash) SELECT id + 1, at, account_id, actor_name, role, act, target_kind, target_id, summary, details, hash"
            " FROM audit_line WHERE id = :last"
        ),
        {"last": LINES},
    )
    assert verify(trail)[1].line_id == LINES + 1


def test_a_tail_cut_off_together_with_its_head_shows_only_in_the_number_of_lines(trail):
    """The one thing a chain inside the database cannot show: hence the count on every verification and backup."""
    trail.execute(text("DELETE FROM audit_line WHERE id > 3"))
    seal = trail.scalar(select(AuditLine.hash).where(AuditLine.id == 3))
    trail.execute(text("UPDATE audit_head SET line_id = 3, hash = :seal"), {"seal": seal})
    assert verify(trail) == (3, None)


@pytest.mark.parametrize("act", ["UPDATE audit_line SET summary = '改'", "DELETE FROM audit_line"])
def test_the_database_itself_refuses_to_change_or_delete_a_line(app, now, act):
    with app.app_context():
        a_trail(now, 1)
        with pytest.raises(DatabaseError, match="append-only"):
            db.session().execute(text(act))
        db.session().rollback()
        assert verify(db.session()) == (1, None)


def test_a_change_without_a_line_is_not_committed(app):
    with app.app_context():
        with pytest.raises(UnauditedChange, match="Unit"), transaction() as session:
            session.add(a_unit())
        assert db.session().scalar(select(func.count()).select_from(Unit)) == 0


def test_a_transaction_that_fails_leaves_no_line(app, now):
    with app.app_context():
        with pytest.raises(IntegrityError), transaction() as session:
            session.add_all(
                [
                    a_unit(name="同名"),
                    add_unit(session, UnitEntry("同名", "同", UnitKind.STREET), actor=SYSTEM, now=now),
                ]
            )
        assert verify(db.session()) == (0, None)
        with transaction() as session:
            add_unit(session, UnitEntry("安澜区某局", "某局", UnitKind.DEPARTMENT), actor=SYSTEM, now=now)
        assert verify(db.session()) == (1, None)


def test_writers_at_the_same_time_leave_one_whole_chain(app, now):
    def write(first):
        with app.app_context():
            for number in range(first, first + 10):
                with transaction() as session:
                    unit = a_unit(name=f"第{number}局", short_name=str(number))
                    session.add(unit)
                    record(session, SYSTEM, now, "unit_added", unit, summary="新增单位")
            db.session.remove()

    threads = [threading.Thread(target=write, args=(100 * it,)) for it in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert verify(db.session()) == (40, None)


def test_the_trail_is_read_newest_first_page_by_page_and_by_every_filter(session, now):
    session.info.pop("unaudited")
    a_trail(now)
    wanted = Wanted("id", descending=True, size=4)
    first = audit_page(session, wanted, AuditFilter())
    assert [it.id for it in first.rows] == [6, 5, 4, 3]
    then = audit_page(session, Wanted("id", descending=True, size=4, after=first.next_key), AuditFilter())
    assert [it.id for it in then.rows] == [2, 1]
    assert then.next_key is None
    today = now.date()
    for asked, found in (
        (AuditFilter(since=today, until=today), 6),
        (AuditFilter(since=today + timedelta(days=1)), 0),
        (AuditFilter(until=today - timedelta(days=1)), 0),
        (AuditFilter(account_id=901), 6),
        (AuditFilter(account_id=1), 0),
        (AuditFilter(act="unit_added"), 6),
        (AuditFilter(kind="unit", target="2"), 1),
        (AuditFilter(q="第3局"), 1),
        (AuditFilter(q="%"), 0),
    ):
        assert audit_page(session, wanted, asked).total == found, asked
    assert (acts_in_use(session), kinds_in_use(session)) == (["unit_added"], ["unit"])
    assert audit_line(session, 4).row.summary == "新增单位 安澜区第3局"


def test_only_the_auditor_puts_a_verification_on_record(session, now):
    assert last_verification(session) is None
    with pytest.raises(NotAllowed):
        record_verification(session, actor=SYSTEM, now=now)
    assert record_verification(session, actor=AUDITOR, now=now) == (0, None)
    session.commit()
    assert last_verification(session).summary == "核对审计链：共 0 行完好"
    assert session.get(AuditHead, 1).line_id == 1
