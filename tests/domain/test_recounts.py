from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.clocks import Clock, Counted, Measure, Stage, StartEvent, counted_ahead
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_rules import MonthDay
from portal.domain.recounts import Hold, RuledDay, moved_days
from portal.domain.workdays import DayFact, DayKind, DaySource, WorkingCalendar

TODAY = date(2030, 4, 30)
MONDAY = date(2030, 5, 13)


def a_calendar(*off, on=()):
    official = {day: DayFact(day, DayKind.DAY_OFF, "春游日", DaySource.OFFICIAL) for day in off}
    official |= {day: DayFact(day, DayKind.MAKE_UP, "春游日", DaySource.OFFICIAL) for day in on}
    return WorkingCalendar(
        {}, lambda year: {it: fact for it, fact in official.items() if it.year == year}, lambda _: {}
    )


PLAIN = a_calendar()


def a_day(number=1, day=MONDAY, **given):
    nominal = given.pop("nominal", day)
    return RuledDay(
        number, day, MonthDay(nominal.day), nominal, **{"on_holiday": OnHoliday.NEXT, "make_up_days": True} | given
    )


def moved(*days, after, occupied=(), before=PLAIN, today=TODAY):
    return [(it.id, it.to, it.hold) for it in moved_days(days, occupied, before, after, today)]


def test_a_day_that_becomes_a_rest_day_moves_on_and_says_why():
    (move,) = moved_days([a_day()], [], PLAIN, a_calendar(MONDAY), TODAY)
    assert (move.to, move.hold) == (date(2030, 5, 14), None)
    assert move.why == "5月13日 周一是春游日（调休放假），顺延至5月14日 周二。"


def test_a_day_that_had_moved_on_comes_back_when_its_own_day_is_worked():
    saturday = date(2030, 5, 11)
    day = a_day(day=MONDAY, nominal=saturday)
    assert moved(day, after=a_calendar(on=[saturday])) == [(1, saturday, None)]
    assert moved(a_day(day=MONDAY, nominal=saturday, make_up_days=False), after=a_calendar(on=[saturday])) == []


def test_what_was_published_booked_or_asked_for_stays_and_is_named():
    for hold in (Hold.PUBLISHED, Hold.BOOKED, Hold.ASKED):
        assert moved(a_day(hold=hold), after=a_calendar(MONDAY)) == [(1, date(2030, 5, 14), hold)]


def test_a_day_somebody_put_elsewhere_than_its_rule_says_stays():
    assert moved(a_day(day=date(2030, 5, 15), nominal=MONDAY), after=a_calendar(MONDAY)) == []


def test_two_days_never_meet():
    second = a_day(2, date(2030, 5, 14))
    assert moved(a_day(), second, after=a_calendar(MONDAY)) == [
        (1, date(2030, 5, 14), None),
        (2, date(2030, 5, 15), None),
    ]
    assert moved(a_day(), after=a_calendar(MONDAY), occupied=[date(2030, 5, 14)]) == [(1, date(2030, 5, 15), None)]
    held = a_day(2, date(2030, 5, 14), hold=Hold.PUBLISHED)
    assert (1, date(2030, 5, 14), Hold.OCCUPIED) in moved(a_day(), held, after=a_calendar(MONDAY))


def test_a_day_the_rule_gives_up_or_moves_into_the_past_is_named_and_stays():
    assert moved(a_day(on_holiday=OnHoliday.SKIP), after=a_calendar(MONDAY)) == [(1, None, Hold.NO_DAY)]
    assert moved(a_day(on_holiday=OnHoliday.MANUAL), after=a_calendar(MONDAY)) == [(1, None, Hold.NO_DAY)]
    back = a_day(on_holiday=OnHoliday.PREVIOUS)
    assert moved(back, after=a_calendar(MONDAY), today=date(2030, 5, 10)) == [(1, date(2030, 5, 10), Hold.TOO_LATE)]


dates = st.dates(date(2030, 5, 1), date(2030, 7, 31))


@given(
    st.lists(
        st.tuples(dates, st.sampled_from(OnHoliday), st.booleans(), st.sampled_from([None, None, Hold.PUBLISHED])),
        unique_by=lambda it: it[0],
        max_size=8,
    ),
    st.sets(dates, max_size=20),
    st.sets(dates, max_size=20),
    dates,
)
def test_after_any_change_no_two_days_meet_and_nothing_past_is_touched(plan, off_before, off_after, today):
    before, after = a_calendar(*off_before), a_calendar(*off_after)
    days = [
        a_day(number, nominal, on_holiday=on_holiday, make_up_days=make_up, hold=hold)
        for number, (nominal, on_holiday, make_up, hold) in enumerate(plan)
        if nominal > today
    ]
    moves = moved_days(days, [], before, after, today)
    going = {it.id: it.to for it in moves if it.hold is None}
    where = [going.get(it.id, it.day) for it in days]
    assert len(set(where)) == len(where)
    assert all(to > today and after.is_working(to) for to in going.values())
    assert all(it.hold is not None for it in moves if any(day.id == it.id and day.hold for day in days))
    assert moved_days(days, [], before, before, today) == []


@given(dates, st.integers(1, 30), st.sets(dates, max_size=30), dates)
def test_a_counted_limit_moves_to_where_it_is_counted_or_not_at_all(start, length, off, today):
    limit = Counted(start, length, PLAIN.after(start, length))
    after = a_calendar(*off)
    day = limit.moved(after, today)
    assert day == limit.due or (limit.due > today and day > today and day == after.after(start, length))
    assert limit.moved(PLAIN, today) == limit.due


def test_a_limit_that_has_passed_or_ends_today_never_moves():
    limit = Counted(date(2030, 5, 6), 5, MONDAY)
    after = a_calendar(MONDAY)
    assert limit.moved(after, MONDAY - timedelta(days=1)) == date(2030, 5, 14)
    assert limit.moved(after, MONDAY) == limit.moved(after, MONDAY + timedelta(days=1)) == MONDAY


def test_a_limit_never_moves_to_today_or_before():
    limit = Counted(date(2030, 5, 6), 5, MONDAY)
    sooner = a_calendar(on=[date(2030, 5, 11)])
    assert limit.under(sooner) == date(2030, 5, 11)
    assert limit.moved(sooner, date(2030, 5, 11)) == MONDAY
    assert limit.moved(sooner, date(2030, 5, 10)) == date(2030, 5, 11)


def test_a_limit_that_would_be_over_is_counted_from_today():
    week = Clock(Stage.HANDLING, 5, Measure.WORKING_DAYS, StartEvent.RECEPTION)
    in_time = counted_ahead(week, date(2030, 5, 6), PLAIN, date(2030, 5, 10))
    late = counted_ahead(week, date(2030, 5, 6), PLAIN, MONDAY)
    assert (in_time.start, in_time.days, in_time.due) == (date(2030, 5, 6), 5, MONDAY)
    assert (late.start, late.days, late.due) == (MONDAY, 5, date(2030, 5, 20))
