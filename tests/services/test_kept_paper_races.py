"""Many who find a paper behind at once leave one kept file, on both engines; and a kept paper is never half there."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.documents.pades_check import check
from portal.services import slips
from portal.services.kept_papers import bring_up_to_date, kept_paper
from portal.store.extension import db, read, write
from portal.store.models.audit import AuditLine
from portal.store.queries.kept_papers import kept_row
from portal.store.queries.paper_codes import authorities
from tests.services.keeping_papers import keeping_for
from tests.slip_builders import NOW, OFFICE, a_scene, a_signed_slip

MANY = 6


@pytest.fixture
def signed(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        slip_id = a_signed_slip(session, a_scene(session)).id
        db.session.remove()
        return slip_id


def at_once(app, act):
    start = Barrier(MANY)

    def run(place):
        with app.app_context():
            start.wait()
            try:
                return act(place)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


def test_six_makers_at_once_leave_one_paper(each_app, signed):
    keeping = keeping_for(each_app)
    rows = at_once(each_app, lambda _: bring_up_to_date(keeping, signed, now=NOW))
    assert len({it.sha256 for it in rows}) == 1
    with each_app.app_context():
        assert read().scalar(select(func.count()).where(AuditLine.act == "paper_kept")) == 1
        assert kept_row(read(), signed).sha256 == rows[0].sha256


def test_issuing_while_others_make_the_paper_ends_with_the_seal_on_it(each_app, signed):
    keeping = keeping_for(each_app)

    def act(place):
        if place == 0:
            write(lambda session: slips.issue_slip(session, signed, actor=OFFICE, now=NOW))
        return bring_up_to_date(keeping, signed, now=NOW)

    at_once(each_app, act)
    with each_app.app_context():
        last = bring_up_to_date(keeping, signed, now=NOW)
        assert last.marks == ("certified", "signer", "seal")
        found = check(kept_paper(keeping, signed), authorities(read()), moment=NOW)
        assert found.is_genuine
