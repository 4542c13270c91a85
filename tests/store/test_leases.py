"""A lease is held by one at a time, on both engines, and lapses by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from portal.store.extension import db, read, transaction
from portal.store.leases import lease, release, take
from tests.conftest import NOW

LONG = timedelta(minutes=2)


def takes(app, holder, at=NOW, length=LONG):
    with app.app_context():
        with transaction() as session:
            taken = take(session, "work", holder, length, at=at)
        db.session.remove()
        return taken


def test_a_lease_is_anothers_only_once_it_has_lapsed(each_app):
    assert takes(each_app, "a")
    assert not takes(each_app, "b", NOW + timedelta(seconds=119))
    assert takes(each_app, "a", NOW + timedelta(seconds=119)), "its holder renews it"
    assert not takes(each_app, "b", NOW + timedelta(seconds=238))
    assert takes(each_app, "b", NOW + timedelta(seconds=239))
    assert not takes(each_app, "a", NOW + timedelta(seconds=240))


def test_a_lease_given_back_is_free_and_says_when_the_work_was_finished(each_app):
    takes(each_app, "a")
    with each_app.app_context():
        with transaction() as session:
            release(session, "work", "b", at=NOW, done=True)
        assert lease(read(), "work").done_at is None, "only the holder gives it back"
        with transaction() as session:
            release(session, "work", "a", at=NOW, done=True)
        held = lease(read(), "work")
        assert (held.until, held.done_at) == (NOW, NOW)
        assert lease(read(), "other") is None
    assert takes(each_app, "b", NOW)


def test_a_clock_set_back_blocks_nobody(each_app):
    assert takes(each_app, "a", NOW + timedelta(days=1))
    assert takes(each_app, "b", NOW)


def test_of_many_who_reach_for_it_at_once_one_gets_it(each_app):
    start = Barrier(8)

    def reach(number):
        start.wait()
        return takes(each_app, str(number))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(reach, range(8))) == 1
