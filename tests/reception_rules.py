"""Any rule of reception days, for tests."""

from datetime import date

from hypothesis import strategies as st

from portal.domain.reception_rules import LAST, MonthDay, NthWeekday, OnDates, YearlyTimes

RULES = st.one_of(
    st.builds(MonthDay, st.integers(1, 31)),
    st.builds(NthWeekday, st.sampled_from([1, 2, 3, 4, LAST]), st.integers(0, 6)),
    st.builds(
        lambda days: OnDates(tuple(sorted(days))),
        st.sets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), min_size=1, max_size=8),
    ),
    st.builds(YearlyTimes, st.integers(1, 12)),
)
