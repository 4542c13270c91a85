"""A year's package as a job: asked on the page, made in sealed parts, taken up again after a kill."""

import io
from dataclasses import replace

import pytest

from portal.documents.archive_check import check_package
from portal.domain.people import Role
from portal.domain.print_jobs import JobKind, JobState
from portal.jobs.printing import print_what_waits
from portal.jobs.works import Archiving
from portal.services.archive_asking import ask_archive
from portal.store.audit_trail import key_mark, seal_of
from portal.store.extension import read, write
from portal.store.models.audit import AuditLine
from portal.store.models.papers import PrintJob, PrintJobPart
from tests.archives import YEAR, a_year
from tests.conftest import NOW
from tests.print_jobs import SMALL, a_person, a_printer, result_of


class Killed(BaseException):
    """The machine goes off."""


class Watched(Archiving):
    """One slip a part; counts the parts it makes, and is killed before one of them."""

    def __init__(self, killed_at=None):
        super().__init__(part_size=1)
        self.killed_at, self.made = killed_at, 0

    def make_part(self, bench, items, target):
        if self.made == self.killed_at:
            raise Killed
        self.made += 1
        return super().make_part(bench, items, target)


def a_printer_with(app, work):
    return replace(a_printer(app), works=SMALL | {JobKind.ARCHIVE: work})


@pytest.fixture
def job_id(session):
    a_year(session)
    _, office = a_person(session)
    return write(lambda records: ask_archive(records, year=YEAR, actor=office, now=NOW).id)


def job_now(job_id):
    read().rollback()
    return read().get_one(PrintJob, job_id, populate_existing=True)


def test_a_package_made_as_a_job_is_whole_and_who_had_it_made_is_on_record(app, session, job_id):
    printer = a_printer_with(app, Archiving(part_size=2))
    assert print_what_waits(printer) == 1
    job = job_now(job_id)
    assert (job.state, job.trouble, job.result_name) == (
        JobState.DONE,
        "2 件不完整，见归档移交清单。",
        "2026年度归档包.zip",
    )
    verdict = check_package(io.BytesIO(result_of(printer, job_id)), seal=seal_of, audit_key=key_mark())
    assert (verdict.problems, verdict.items, verdict.audit_sealed) == ([], 3, True)
    (line,) = read().query(AuditLine).where(AuditLine.act == "archive_made")
    assert line.account_id == job.account_id


def test_a_killed_job_goes_on_with_the_parts_it_has(app, session, job_id):
    with pytest.raises(Killed):
        print_what_waits(a_printer_with(app, Watched(killed_at=2)))
    assert read().query(PrintJobPart).count() == 2
    again = Watched()
    printer = a_printer_with(app, again)
    assert print_what_waits(printer) == 1
    assert again.made == 1
    assert check_package(io.BytesIO(result_of(printer, job_id))).problems == []


def test_nothing_of_it_lies_open_on_the_disk(app, session, job_id):
    printer = a_printer_with(app, Archiving())
    print_what_waits(printer)
    for file in printer.folder(job_id).rglob("*"):
        assert b"PK\x03\x04" not in file.read_bytes()[:64]


def test_the_office_asks_on_the_page_and_finds_it_among_its_jobs(session, sign_in):
    a_year(session)
    browser = sign_in(Role.OFFICE)
    answer = browser.post("/slips/archive", data={"year": str(YEAR)})
    assert (answer.status_code, answer.location) == (303, "/slips/jobs")
    assert "2026年度归档包" in browser.get("/slips/jobs").get_data(as_text=True)
    assert browser.post("/slips/archive", data={"year": "2001"}).status_code == 404
    assert browser.post("/slips/archive", data={"year": "x"}).status_code == 404
