"""Keeping papers for good: where, what lags behind after a crash, and files no record names."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.errors import CannotKeep, PortalError
from portal.services.keeping import Keeping
from portal.services.kept_papers import bring_up_to_date
from portal.store import sealed_files
from portal.store.extension import read, write
from portal.store.queries.kept_papers import named_papers, slips_behind

log = logging.getLogger("portal")

LOOKED_BACK = timedelta(days=2)
AT_ONCE = 5
"""Papers made in one round: each takes some tenths of a second of a core that people need as well."""

ORPHANED_AFTER = timedelta(days=1)
"""A file is named by its row within seconds; who was just reading an earlier one is done by then."""

FOLDERS = 256


def keeping_of(settings: Settings) -> Keeping:
    """Where this instance keeps its papers."""
    return Keeping(
        read=read,
        write=write,
        folder=folder_of(settings),
        seals=settings.instance / "papers" / "seals",
        address=settings.address,
        timestamp_url=settings.timestamp_url,
    )


def folder_of(settings: Settings) -> Path:
    """The folder of the kept slips."""
    return settings.instance / "papers" / "slips"


def keep_what_is_behind(settings: Settings, *, now: datetime, goes_on: Callable[[Session], bool]) -> int:
    """Make the kept papers that were not made when their slip was signed or issued; answers how many.

    What stands in the way of one paper is written into the log and does not keep the others from being made.
    """
    keeping, made = keeping_of(settings), 0
    for slip_id in slips_behind(read(), (now - LOOKED_BACK).date(), limit=AT_ONCE):
        if not write(goes_on):
            break
        try:
            bring_up_to_date(keeping, slip_id, now=now)
            made += 1
        except CannotKeep:
            break
        except PortalError as refusal:
            log.warning("slip %s: its paper could not be kept: %s", slip_id, refusal.message)
    return made


def sweep(settings: Settings, turn: int) -> int:
    """Wipe files that no version names, in one of the 256 folders; answers how many. A crash between file and row leaves them."""
    part = folder_of(settings) / f"{turn % FOLDERS:02x}"
    if not part.is_dir():
        return 0
    before = time.time() - ORPHANED_AFTER.total_seconds()
    old = [it for it in part.iterdir() if it.stat().st_mtime < before]
    drafts, papers = [it for it in old if it.name.startswith(".")], [it.name for it in old if len(it.name) == 64]
    orphans = set(papers) - named_papers(read(), papers) if papers else set()
    for digest in orphans:
        sealed_files.wipe(part.parent, digest)
    for draft in drafts:
        with suppress(OSError):
            draft.unlink()
    if orphans:
        log.warning("wiped %d papers that no record names", len(orphans))
    return len(orphans)
