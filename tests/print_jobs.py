"""Long prints of a few slips: small parts, a printer of one's own, and what came out of it."""

import io
from collections.abc import Callable
from datetime import datetime
from zipfile import ZipFile

from flask import Flask
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.people import Actor, Role
from portal.domain.print_jobs import JobKind
from portal.jobs.printers import Printer, result_file
from portal.jobs.rounds import Clocks, a_holder
from portal.jobs.works import PrintingSlips
from portal.services.print_jobs import ask_slips
from portal.store.extension import write
from portal.store.models.people import Account
from portal.store.sealed_streams import unsealed
from tests.builders import an_account
from tests.conftest import NOW
from tests.slip_builders import a_numbered_slip, a_scene

SMALL = {kind: PrintingSlips(apart=kind is JobKind.ZIP, part_size=2) for kind in (JobKind.PDF, JobKind.ZIP)}


def a_printer(app: Flask, *, now: datetime = NOW, is_enough: Callable[[], bool] = lambda: False) -> Printer:
    """Somebody who prints, two slips a part."""
    clocks = Clocks(lambda: now, clock.running)
    return Printer(app.config["SETTINGS"], a_holder(), clocks, is_enough, SMALL, niceness=0)


def a_person(session: Session, role: Role = Role.OFFICE, **given: object) -> tuple[Account, Actor]:
    """An account and who acts with it."""
    account = an_account(role, **given)
    session.add(account)
    session.commit()
    return account, Actor(account.id, account.display_name, role, account.unit_id)


def some_slips(session: Session, count: int) -> list[int]:
    """So many numbered slips of one day, in the order of their numbers."""
    scene = a_scene(session, matters=count)
    return [a_numbered_slip(session, scene, matter_id).id for matter_id in scene.ids]


def a_job(slip_ids: list[int], actor: Actor, kind: JobKind = JobKind.PDF, *, full: bool = False) -> int:
    """A job that waits."""
    return write(lambda session: ask_slips(session, kind, slip_ids, "交办单", full=full, actor=actor, now=NOW).id)


def result_of(printer: Printer, job_id: int) -> bytes:
    """What came of a job."""
    with unsealed(result_file(printer.folder(job_id))) as file:
        return file.read()


def zip_of(printer: Printer, job_id: int) -> ZipFile:
    """The same, opened."""
    return ZipFile(io.BytesIO(result_of(printer, job_id)))
