"""Long prints: one at a time, in order, nothing twice, whatever is killed in the middle."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from portal import clock
from portal.domain.accounts import AccountState
from portal.domain.people import Role
from portal.domain.print_jobs import JobKind, JobState
from portal.jobs.keeping import keeping_of
from portal.jobs.press import Press, PressLost
from portal.jobs.printers import PRINTING, part_file, result_file
from portal.jobs.printing import clear_what_is_over, print_what_waits
from portal.jobs.rounds import Clocks
from portal.jobs.works import PrintingSlips
from portal.services.kept_papers import bring_up_to_date, kept_bytes
from portal.services.print_jobs import cancel_job, retry_job
from portal.services.slip_sheets import canonical, fingerprint, sheet_from
from portal.store.extension import db, read, write
from portal.store.leases import take
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from portal.store.models.papers import PrintJob, PrintJobPart
from portal.store.models.people import Account
from portal.store.models.slips import Slip, SlipVersion
from tests.conftest import NOW
from tests.documents.slip_sheets import page_texts
from tests.live.processes import ROOT
from tests.print_jobs import SMALL, a_job, a_person, a_printer, result_of, some_slips, zip_of
from tests.slip_builders import a_scene, an_issued_slip


@pytest.fixture
def office(session):
    return a_person(session)[1]


@pytest.fixture
def printer(app, session):
    return a_printer(app)


def job_now(job_id):
    read().rollback()
    return read().get_one(PrintJob, job_id, populate_existing=True)


def parts(job_id):
    read().rollback()
    statement = select(PrintJobPart.ordinal, PrintJobPart.made_at).where(PrintJobPart.job_id == job_id)
    return dict(read().execute(statement).tuples().all())


def words_on(pdf):
    return page_texts(pdf)


def numbers_of(session, ids):
    numbers = dict(session.execute(select(Slip.id, Slip.number)).tuples().all())
    return [numbers[it] for it in ids]


class Watched(PrintingSlips):
    """Counts the parts it makes, and does something before one of them."""

    def __init__(self, before=lambda _bench: None, at=1, **given):
        super().__init__(**({"apart": False, "part_size": 2} | given))
        self.before, self.at, self.made = before, at, []

    def make_part(self, bench, items, target):
        if len(self.made) == self.at:
            self.before(bench)
        ready = super().make_part(bench, items, target)
        self.made.append(items)
        return ready


def test_one_pdf_holds_all_slips_in_the_order_asked(session, printer, office):
    ids = some_slips(session, 5)
    asked = [ids[3], *ids[:3], ids[4]]
    job_id = a_job(asked, office)
    assert print_what_waits(printer) == 1
    job = job_now(job_id)
    assert (job.state, job.done, job.total, job.trouble) == (JobState.DONE, 5, 5, "")
    pages = words_on(result_of(printer, job_id))
    assert len(pages) == 5
    for page, number in zip(pages, numbers_of(session, asked), strict=True):
        assert number in page
    assert job.result_sha256 == hashlib.sha256(result_of(printer, job_id)).hexdigest()
    assert job.result_bytes == len(result_of(printer, job_id))


def test_a_zip_holds_a_pdf_for_each_slip_and_says_what_they_are(session, printer, office):
    ids = some_slips(session, 3)
    job_id = a_job(ids, office, JobKind.ZIP)
    assert print_what_waits(printer) == 1
    packed = zip_of(printer, job_id)
    numbers = numbers_of(session, ids)
    assert packed.namelist() == [*(f"{it}.pdf" for it in numbers), "manifest.csv", "manifest.json"]
    table = packed.read("manifest.csv")
    assert table.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    told = json.loads(packed.read("manifest.json"))["papers"]
    codes = dict(session.execute(select(SlipVersion.slip_id, SlipVersion.verify_code)).tuples().all())
    for row, line, number, slip_id in zip(rows, told, numbers, ids, strict=True):
        data = packed.read(f"{number}.pdf")
        assert row["编号"] == line["number"] == number
        assert row["SHA-256"] == line["sha256"] == hashlib.sha256(data).hexdigest()
        assert (line["bytes"], line["pages"], line["version"], line["state"]) == (len(data), 1, 1, "待签批")
        assert line["verify_code"] == codes[slip_id]
    assert "申示例" not in table.decode()
    assert "申示例" not in packed.read("manifest.json").decode()


def test_nothing_of_a_job_lies_open_on_the_disk(session, printer, office):
    ids = some_slips(session, 3)
    seen = []

    def look(bench):
        seen.extend(file.read_bytes() for file in bench.folder.rglob("*") if file.is_file())

    work = Watched(look)
    job_id = a_job(ids, office)
    watched = a_printer_with(printer, work)
    print_what_waits(watched)
    folder = printer.folder(job_id)
    assert [it.name for it in folder.iterdir()] == ["result"]
    assert folder.stat().st_mode & 0o077 == 0
    seen.append(result_file(folder).read_bytes())
    assert len(seen) == 2
    assert not any(b"%PDF" in it or b"FlateDecode" in it for it in seen)


def a_printer_with(printer, work, **given):
    return replace(printer, works=SMALL | {JobKind.PDF: work}, **given)


def test_whoever_asked_is_told_when_it_is_ready(session, printer, office):
    a_job(some_slips(session, 1), office)
    print_what_waits(printer)
    told = session.scalars(select(Message).where(Message.account_id == office.account_id)).one()
    assert told.subject == "“交办单”已准备好"
    assert told.url == "/slips/jobs"
    assert "请在 7 天内下载" in told.body


def test_jobs_are_done_one_after_another_in_the_order_asked(session, printer, office):
    ids = some_slips(session, 2)
    jobs = [a_job(ids, office), a_job(ids, office, JobKind.ZIP), a_job(ids[:1], office)]
    assert print_what_waits(printer) == 3
    done = session.scalars(select(AuditLine.target_id).where(AuditLine.act == "print_done").order_by(AuditLine.id))
    assert list(done) == [str(it) for it in jobs]


def test_while_one_process_prints_another_does_not(session, app, printer, office):
    job_id = a_job(some_slips(session, 1), office)
    write(lambda s: take(s, PRINTING, "another", timedelta(seconds=30), at=clock.running()))
    assert print_what_waits(printer) is None
    assert job_now(job_id).state is JobState.WAITING


def test_parts_that_were_made_before_a_crash_are_not_made_again(session, printer, office):
    job_id = a_job(some_slips(session, 5), office)

    class PowerCut(BaseException):
        pass

    def cut(_bench):
        raise PowerCut

    with pytest.raises(PowerCut):
        print_what_waits(a_printer_with(printer, Watched(cut, at=2)))
    before = parts(job_id)
    assert sorted(before) == [0, 1]
    assert (job_now(job_id).state, job_now(job_id).done) == (JobState.RUNNING, 4)
    again = Watched(at=-1)
    assert print_what_waits(a_printer_with(printer, again)) == 1
    assert len(again.made) == 1
    assert {it: parts(job_id)[it] for it in before} == before
    assert len(words_on(result_of(printer, job_id))) == 5


def test_a_part_that_was_altered_on_the_disk_is_made_again(session, printer, office):
    job_id = a_job(some_slips(session, 4), office)

    class PowerCut(BaseException):
        pass

    def cut(_bench):
        raise PowerCut

    work = Watched(at=-1)
    work.finish = lambda *_: cut(None)
    with pytest.raises(PowerCut):
        print_what_waits(a_printer_with(printer, work))
    altered = part_file(printer.folder(job_id), 0)
    data = bytearray(altered.read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    again = Watched(at=-1)
    assert print_what_waits(a_printer_with(printer, again)) == 1
    assert len(again.made) == 1
    assert len(words_on(result_of(printer, job_id))) == 4


def test_a_press_that_is_killed_once_is_started_anew(session, printer, office):
    job_id = a_job(some_slips(session, 4), office)

    killed = []

    def kill(bench):
        if not killed:
            killed.append(bench.press.pid)
            os.kill(bench.press.pid, signal.SIGKILL)

    assert print_what_waits(a_printer_with(printer, Watched(kill))) == 1
    assert len(words_on(result_of(printer, job_id))) == 4


def test_a_press_that_is_lost_again_and_again_fails_the_job_with_a_reason(session, printer, office):
    job_id = a_job(some_slips(session, 4), office)

    class Poor(Watched):
        def make_part(self, bench, items, target):
            if self.made:
                raise PressLost
            return super().make_part(bench, items, target)

    assert print_what_waits(a_printer_with(printer, Poor(at=-1))) == 0
    job = job_now(job_id)
    assert job.state is JobState.FAILED
    assert "两次意外结束" in job.trouble
    write(lambda s: retry_job(s, job_id, actor=office, now=NOW))
    again = Watched(at=-1)
    assert print_what_waits(a_printer_with(printer, again)) == 1
    assert len(again.made) == 1


def test_a_cancelled_job_stops_in_the_middle_and_leaves_nothing(session, printer, office):
    ids = some_slips(session, 6)
    job_id, following = a_job(ids, office), a_job(ids[:1], office)

    def cancel(_bench):
        write(lambda s: cancel_job(s, job_id, actor=office, now=NOW))

    work = Watched(cancel)
    assert print_what_waits(a_printer_with(printer, work)) == 1
    job = job_now(job_id)
    assert (job.state, job.done) == (JobState.CANCELLED, 0)
    assert len(work.made) <= 2 + 1
    assert not printer.folder(job_id).exists()
    assert parts(job_id) == {}
    assert job_now(following).state is JobState.DONE


def test_a_process_that_is_to_end_leaves_the_job_for_the_next(session, app, printer, office):
    job_id = a_job(some_slips(session, 4), office)
    told = []
    stopping = a_printer_with(printer, Watched(lambda _: told.append(1)), is_enough=lambda: bool(told))
    print_what_waits(stopping)
    before = parts(job_id)
    assert job_now(job_id).state is JobState.RUNNING
    assert 0 in before
    assert print_what_waits(a_printer(app)) == 1
    assert parts(job_id).items() >= before.items()


def test_a_full_disk_fails_the_job_and_it_can_be_tried_again(session, printer, office):
    job_id = a_job(some_slips(session, 4), office)

    def fill(_bench):
        raise OSError(28, "No space left on device")

    print_what_waits(a_printer_with(printer, Watched(fill)))
    job = job_now(job_id)
    assert job.state is JobState.FAILED
    assert "磁盘空间不足" in job.trouble
    told = session.scalars(select(Message.subject).where(Message.account_id == office.account_id)).one()
    assert told == "“交办单”没有完成"
    write(lambda s: retry_job(s, job_id, actor=office, now=NOW))
    again = Watched(at=-1)
    assert print_what_waits(a_printer_with(printer, again)) == 1
    assert len(again.made) == 1


def frozen_with(session, slip_id, **changed):
    version = session.get_one(SlipVersion, (slip_id, 1))
    text = canonical(replace(sheet_from(version.sheet), **changed))
    session.execute(
        update(SlipVersion).where(SlipVersion.slip_id == slip_id).values(sheet=text, sha256=fingerprint(text))
    )
    session.commit()


@pytest.mark.parametrize("kind", [JobKind.PDF, JobKind.ZIP])
def test_a_slip_that_cannot_be_printed_stops_nothing_and_is_named(session, printer, office, kind):
    ids = some_slips(session, 4)
    frozen_with(session, ids[1], enterprise_name="\U0002ceff有限公司")
    session.execute(update(SlipVersion).where(SlipVersion.slip_id == ids[2]).values(sheet="{}"))
    session.commit()
    job_id = a_job(ids, office, kind)
    assert print_what_waits(printer) == 1
    job, numbers = job_now(job_id), numbers_of(session, ids)
    assert job.trouble.startswith("有 2 张没有打印：")
    assert numbers[1] in job.trouble
    assert "U+2CEFF" in job.trouble
    if kind is JobKind.PDF:
        pages = words_on(result_of(printer, job_id))
        assert [numbers[0] in pages[0], numbers[3] in pages[1], "未打印清单" in pages[2]] == [True] * 3
        assert numbers[1] in pages[2]
        assert len(pages) == 3
    else:
        lines = json.loads(zip_of(printer, job_id).read("manifest.json"))["papers"]
        assert [bool(it["file"]) for it in lines] == [True, False, False, True]
        assert "U+2CEFF" in lines[1]["trouble"]
        assert "指纹不符" in lines[2]["trouble"]


def test_what_may_be_seen_is_looked_at_again_when_it_is_printed(session, printer, office):
    ids = some_slips(session, 2)
    job_id = a_job(ids, office)

    session.execute(update(Account).where(Account.id == office.account_id).values(role=Role.SECRETARY))
    session.commit()
    print_what_waits(printer)
    assert job_now(job_id).trouble.startswith("有 2 张没有打印")


def test_a_closed_account_gets_nothing(session, printer, office):

    job_id = a_job(some_slips(session, 1), office)
    session.execute(update(Account).where(Account.id == office.account_id).values(state=AccountState.DISABLED))
    session.commit()
    print_what_waits(printer)
    assert (job_now(job_id).state, "账号已停用" in job_now(job_id).trouble) == (JobState.FAILED, True)


def test_full_telephone_numbers_are_written_down_for_each_slip(session, printer, office):
    ids = some_slips(session, 3)
    job_id = a_job(ids, office, full=True)
    print_what_waits(printer)
    seen = session.scalars(
        select(AuditLine.target_id).where(AuditLine.act == "personal_data_seen", AuditLine.target_kind == "slip")
    )
    assert sorted(seen) == sorted(str(it) for it in ids)
    assert "13800005678" in words_on(result_of(printer, job_id))[0]


def test_results_are_removed_after_the_days_the_office_set(session, app, printer, office):
    job_id = a_job(some_slips(session, 1), office)
    print_what_waits(printer)
    assert clear_what_is_over(a_printer(app, now=NOW + timedelta(days=6))) == 0
    assert clear_what_is_over(a_printer(app, now=NOW + timedelta(days=7))) == 1
    assert not printer.folder(job_id).exists()
    assert job_now(job_id).removed_at is not None
    assert clear_what_is_over(a_printer(app, now=NOW + timedelta(days=8))) == 0


def test_a_worker_killed_in_the_middle_of_a_part_loses_only_that_part(session, app, printer, office, instance):
    job_id = a_job(some_slips(session, 6), office)
    db.session.remove()
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from dataclasses import replace
from portal.app import create_app
from portal.config import load_settings
from portal.domain.print_jobs import JobKind
from portal.jobs.printing import print_what_waits
from tests.print_jobs import a_printer, SMALL
from tests.jobs.test_printing import Watched
app = create_app(load_settings(instance={str(instance)!r}, today="2026-11-22T09:00", sample=False))
with app.app_context():
    work = Watched(lambda _: os.kill(os.getpid(), signal.SIGKILL), at=1)
    print_what_waits(replace(a_printer(app), works=SMALL | {{JobKind.PDF: work}}))
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    ended = subprocess.run([sys.executable, "-c", script], env=env, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    before = parts(job_id)
    assert list(before) == [0]
    later = clock.running() + timedelta(minutes=1)
    assert print_what_waits(printer) is None
    again = Watched(at=-1)
    waiting = replace(a_printer_with(printer, again), clocks=Clocks(lambda: NOW, lambda: later))
    assert print_what_waits(waiting) == 1
    assert len(again.made) == 2
    assert parts(job_id)[0] == before[0]


def test_the_press_ends_with_the_process_that_started_it():
    with Press() as press:
        press._start()
        pid = press.pid
        assert os.getpgid(pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def signed_slips(session, printer, count):
    """Issued slips whose signed files are kept."""
    scene = a_scene(session, matters=count, day=date(2026, 10, 15))
    ids = [an_issued_slip(session, scene, it).id for it in scene.ids]
    keeping = keeping_of(printer.settings)
    rows = [bring_up_to_date(keeping, it, now=NOW) for it in ids]
    return ids, [kept_bytes(keeping, row) for row in rows]


def test_the_signed_file_of_a_slip_is_packed_byte_for_byte(session, printer, office):
    ids, files = signed_slips(session, printer, 2)
    job_id = a_job(ids, office, JobKind.ZIP)
    assert print_what_waits(printer) == 1
    packed = zip_of(printer, job_id)
    assert [packed.read(it) for it in packed.namelist()[:2]] == files


def test_signed_files_are_bound_among_others_with_what_their_signatures_show(session, printer, office):
    (plain,) = some_slips(session, 1)
    (signed, other), _ = signed_slips(session, printer, 2)
    job_id = a_job([signed, plain, other], office)
    assert print_what_waits(printer) == 1
    data = result_of(printer, job_id)
    pages = words_on(data)
    for page, number in zip(pages, numbers_of(session, [signed, plain, other]), strict=True):
        assert number in page
    reader = PdfReader(io.BytesIO(data))
    assert not any("/Annots" in page for page in reader.pages)


def test_who_may_not_see_the_visitor_gets_a_masked_copy_instead_of_the_signed_file(session, app, printer):
    supervisor = a_person(session, Role.SUPERVISOR)[1]
    ids, files = signed_slips(session, printer, 1)
    job_id = a_job(ids, supervisor, JobKind.ZIP)
    assert print_what_waits(printer) == 1
    packed = zip_of(printer, job_id)
    copy = packed.read(packed.namelist()[0])
    assert copy not in files
    assert "申示例" not in words_on(copy)[0]
