"""The office asks for a year's package; it is made when its turn comes."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.domain.print_jobs import JobKind
from portal.services.archive_years import slips_to_archive
from portal.services.print_jobs import ask_job
from portal.store.models.papers import PrintJob


def ask_archive(session: Session, *, year: int, actor: Actor, now: datetime) -> PrintJob:
    """Ask for the package of a year. Raises NotFound for a year without slips, NotAllowed, RuleBroken as every job."""
    ids = slips_to_archive(session, year, actor=actor)
    return ask_job(session, JobKind.ARCHIVE, ids, f"{year}年度归档包", actor=actor, now=now, year=year)
