from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.services.serials import next_numbers
from portal.store.extension import db, transaction


def next_number(session, paper, organ, year):
    return next_numbers(session, paper, organ, year, 1)[0]


def test_the_first_number_of_a_year_is_one_and_papers_years_and_organs_count_apart(session):
    assert [next_number(session, "slip", "安民接交", 2026) for _ in range(3)] == [1, 2, 3]
    assert next_number(session, "slip", "安民接交", 2027) == 1
    assert next_number(session, "matter", "安民接交", 2026) == 1
    assert next_number(session, "slip", "云民接交", 2026) == 1
    assert next_number(session, "slip", "安民接交", 2026) == 4


def test_a_number_that_was_rolled_back_is_given_out_again(session):
    assert next_number(session, "slip", "a", 2026) == 1
    session.commit()
    assert next_number(session, "slip", "a", 2026) == 2
    session.rollback()
    assert next_number(session, "slip", "a", 2026) == 2


def test_forty_at_once_get_forty_numbers_without_gap_also_at_the_first_of_a_year(app):
    def take(place):
        with app.app_context():
            try:
                with transaction() as session:
                    number = next_number(session, "slip", "安民接交", 2026)
                    return fail_sometimes(place, number)
            except LookupError:
                return None
            finally:
                db.session.remove()

    def fail_sometimes(place, number):
        if place % 5 == 0:
            raise LookupError
        return number

    with ThreadPoolExecutor(40) as pool:
        given_out = [number for number in pool.map(take, range(40)) if number is not None]
    assert sorted(given_out) == list(range(1, 33))


@pytest.mark.parametrize("paper", ["slip"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(keep=st.lists(st.booleans(), max_size=12))
def test_whatever_fails_in_between_the_numbers_kept_have_no_gap(session, paper, keep):
    session.rollback()
    year = 1950 + next_number(session, "year", "", 0)
    session.commit()
    kept = []
    for stays in keep:
        number = next_number(session, paper, "a", year)
        if stays:
            session.commit()
            kept.append(number)
        else:
            session.rollback()
    assert kept == list(range(1, len(kept) + 1))
