"""What the archive and the verify page ask, on both engines."""

import io

import pytest

from portal.documents.archive_check import check_package
from portal.domain.retention import Retention
from portal.services.paper_checks import check_code
from portal.services.retention import change_retention
from portal.store.audit_trail import key_mark, seal_of
from portal.store.extension import db
from portal.store.queries.archives import archive_years, files_of_year
from portal.store.queries.paper_codes import (
    authorities,
    brought_certificates,
    revoked_keys,
    scan_kept_as,
    version_kept_as,
)
from portal.store.queries.slip_pages import slip_page
from tests.archives import YEAR, a_package, a_year
from tests.slip_builders import NOW, OFFICE

pytestmark = pytest.mark.postgresql


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def test_a_year_is_counted_packed_and_found_whole(records):
    issued, _, waiting = a_year(records)
    change_retention(records, waiting.id, Retention.PERMANENT, "具有查考价值", actor=OFFICE, now=NOW)
    records.commit()
    (year,) = archive_years(records)
    assert (year.year, year.items[Retention.PERMANENT], year.items[Retention.THIRTY_YEARS], year.void) == (
        YEAR,
        1,
        2,
        1,
    )
    assert [it.serial for it in files_of_year(records, YEAR)] == [1, 2, 3]
    code = slip_page(records, OFFICE, issued.id).versions[0].verify_code
    data, made = a_package(records)
    verdict = check_package(io.BytesIO(data), seal=seal_of, audit_key=key_mark())
    assert (verdict.problems, verdict.audit_sealed, made.items) == ([], True, 3)
    assert check_code(records, code).version.number == "安民接交〔2026〕1号"


def test_what_is_none_of_ours_is_none_on_either(records):
    assert check_code(records, "ABCDEFGHIJKLMNOP").version is None
    assert version_kept_as(records, "0" * 64) is None
    assert scan_kept_as(records, "0" * 64) is None
    assert (authorities(records), brought_certificates(records), dict(revoked_keys(records))) == ((), (), {})
