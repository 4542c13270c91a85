"""Importing the official arrangement of a year: preview, apply, replace, on both engines."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.almanac.announcements import read_json
from portal.almanac.notices import read_notice
from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.workdays import DayKind, DaySource
from portal.services.announcement_files import HandedIn, handed_in, read_arrangement
from portal.services.announcements import Effect, import_arrangement, proposed_import, whole_year
from portal.services.calendar_days import set_day
from portal.services.calendars import calendar_now
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.queries.calendar_days import announced_years, announcement
from tests.notice_texts import NOTICE_2026, NOTICE_2027

PORTAL = Actor.system()
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
TODAY = NOW.date()
YEAR_2027 = read_notice(NOTICE_2027)


@contextmanager
def within(app):
    with app.app_context():
        yield


def imported(arrangement=YEAR_2027, *, actor=PORTAL, now=NOW, seen=None):
    with transaction() as session:
        return import_arrangement(session, arrangement, seen=seen, actor=actor, now=now)


def only(*days):
    text = ",".join(f'{{"name":"元旦","date":"{day}","isOffDay":true}}' for day in days)
    return read_json(f'{{"year":2027,"days":[{text}]}}')


def test_an_imported_year_counts_at_once_and_is_official(each_app):
    with within(each_app):
        assert not calendar_now(read()).is_official(2027)
        imported()
        calendar = calendar_now(read())
        assert calendar.is_official(2027)
        fact = calendar.fact(date(2027, 2, 20))
        assert (fact.kind, fact.source) == (DayKind.MAKE_UP, DaySource.IMPORTED)
        assert calendar.after(date(2027, 2, 4), 1) == date(2027, 2, 12)
        row = announcement(read(), 2027)
        assert (row.source, row.entered_by, row.entered_at) == (YEAR_2027.source, None, NOW)
        line = read().scalars(select(AuditLine)).one()
        assert (line.act, line.target_kind, line.target_id) == ("calendar_imported", "announcement", "2027")
        assert line.summary.startswith("导入2027年放假安排：新增 16 天")
        assert verify(read())[1] is None


def test_an_import_of_the_year_replaces_the_one_before_wholly(each_app):
    with within(each_app):
        imported()
        later = only("2027-01-01", "2026-12-31")
        preview = proposed_import(read(), later, today=TODAY)
        effects = {it.day: it.effect for it in preview.changes}
        assert effects[date(2026, 12, 31)] is Effect.ADDED
        assert effects[date(2027, 10, 1)] is Effect.REMOVED
        assert "已由系统于2026年11月22日导入" in preview.warnings[0]
        imported(later, now=NOW + timedelta(hours=1))
        assert announced_years(read()) == {2027: later.by_day}
        assert calendar_now(read()).is_working(date(2027, 10, 1))
        assert not calendar_now(read()).is_working(date(2026, 12, 31))


LABOUR = """国务院办公厅关于调整2026年劳动节假期安排的通知
一、2026年5月1日（星期五）至4日（星期一）放假调休，共4天。5月9日（星期六）上班。"""


def test_a_notice_within_the_year_changes_only_the_holidays_it_names(app):
    with within(app):
        assert {fact.name for fact in read_notice(LABOUR).days} == {"劳动节"}
        later = whole_year(read(), read_notice(LABOUR))
        preview = proposed_import(read(), later, today=date(2026, 3, 1))
        assert [(it.day, it.effect) for it in preview.changes] == [(date(2026, 5, 5), Effect.REMOVED)]
        assert preview.warnings == ()
        imported(read_notice(NOTICE_2026))
        imported(whole_year(read(), read_notice(LABOUR)))
        calendar = calendar_now(read())
        assert calendar.is_working(date(2026, 5, 5))
        assert not calendar.is_working(date(2026, 10, 5))
        assert announcement(read(), 2026).papers == (
            "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）",
            "国务院办公厅关于调整2026年劳动节假期安排的通知",
        )
        with pytest.raises(RuleBroken, match="请先导入全年安排"):
            whole_year(read(), YEAR_2027)


def test_an_imported_year_stands_over_what_the_package_knows(app):
    with within(app):
        changed = read_notice(NOTICE_2026.replace("10月10日（周六）上班", "10月11日（周日）上班"))
        preview = proposed_import(read(), changed, today=TODAY)
        assert [(it.day, it.effect, it.is_past) for it in preview.changes] == [
            (date(2026, 10, 10), Effect.REMOVED, True),
            (date(2026, 10, 11), Effect.ADDED, True),
        ]
        assert preview.confirmed == 38
        imported(changed)
        assert not calendar_now(read()).is_working(date(2026, 10, 10))
        assert calendar_now(read()).fact(date(2026, 10, 1)).source is DaySource.IMPORTED


def test_the_offices_own_day_stays_above_and_is_named(app):
    with within(app):
        with transaction() as session:
            set_day(session, date(2027, 2, 20), DayKind.LOCAL, "安澜节", "安政办发〔2026〕9号", actor=PORTAL, now=NOW)
        preview = imported()
        assert any("2月20日 周六（安澜节（地方假日））" in it for it in preview.warnings)
        assert not calendar_now(read()).is_working(date(2027, 2, 20))


def test_a_statutory_day_that_would_be_worked_is_warned_of(app):
    with within(app):
        (warning,) = proposed_import(read(), only("2027-01-01"), today=TODAY).warnings
        assert "春节 2月5日、2月6日、2月7日、2月8日；清明节 4月5日；" in warning
        assert "请选“只调整所列节日”" in warning


def test_looking_changes_nothing(app):
    with within(app):
        assert proposed_import(read(), YEAR_2027, today=TODAY).changes
        assert announced_years(read()) == {}


def test_applying_another_preview_than_the_one_looked_at_is_refused(each_app):
    with within(each_app):
        seen = proposed_import(read(), YEAR_2027, today=TODAY).mark
        imported(only("2027-01-01"))
        with pytest.raises(Conflict, match="请看过新的预览"):
            imported(seen=seen)
        assert announced_years(read()) == {2027: only("2027-01-01").by_day}
        imported(seen=proposed_import(read(), YEAR_2027, today=TODAY).mark)
        assert announced_years(read()) == {2027: YEAR_2027.by_day}


@pytest.mark.parametrize("imported_before", [False, True])
def test_of_many_who_import_what_they_looked_at_exactly_one_wins(each_app, imported_before):
    with within(each_app):
        if imported_before:
            imported(only("2027-01-01"), now=NOW - timedelta(days=1))
        seen = proposed_import(read(), YEAR_2027, today=TODAY).mark
        db.session.remove()
    start = Barrier(8)

    def attempt(_):
        with each_app.app_context():
            start.wait()
            try:
                imported(seen=seen)
            except Conflict:
                return "refused"
            else:
                return "imported"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(attempt, range(8))) == {"imported": 1, "refused": 7}
    with within(each_app):
        assert announced_years(read()) == {2027: YEAR_2027.by_day}
        assert verify(read())[1] is None


def test_only_the_office_imports(app):
    with within(app), pytest.raises(NotAllowed):
        imported(actor=Actor(2, "督查", Role.SUPERVISOR))


def test_what_is_handed_in_is_read_as_what_it_is():
    by_notice = read_arrangement(handed_in(NOTICE_2027.encode("gb18030"), "通知.txt"))
    assert by_notice.days == YEAR_2027.days
    table = "日期,名称,安排\n" + "\n".join(f"{it.day},{it.name},{it.kind.label}" for it in YEAR_2027.days)
    assert read_arrangement(HandedIn(table), source="示例").days == YEAR_2027.days


SIGNS = st.sampled_from(
    '一二、：:（）()周五六日至-1234月日年放假上班补休共天，。,{}[]"\n\t 元旦春节2027日期名称安排true'
)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text(SIGNS, max_size=80),
        st.integers(0, len(NOTICE_2027)).map(lambda at: NOTICE_2027[:at] + NOTICE_2027[at + 1 :]),
    )
)
def test_whatever_is_pasted_is_an_arrangement_or_a_refusal(text):
    with suppress(RuleBroken):
        assert read_arrangement(HandedIn(text), year=2027).days


@pytest.mark.parametrize(
    "data,said", [(b"", "是空的"), (b"x" * (2 * 2**20 + 1), "超过 2 MB"), (b"\xff\xfe\x00", "不是表格")]
)
def test_a_file_that_cannot_be_an_arrangement_is_refused(data, said):
    with pytest.raises(RuleBroken, match=said) as caught:
        handed_in(data, "C:\\安排.json")
    assert caught.value.field == "file"
    with pytest.raises(RuleBroken, match="请选择文件"):
        read_arrangement(HandedIn(" "))
