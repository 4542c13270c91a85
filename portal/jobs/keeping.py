"""Keeping papers for good: where, what lags behind after a crash, and files no record names."""

import logging
import time
from collections.abc import Callable, Collection
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
from portal.store.queries.kept_papers import named_files, named_papers, named_scans, slips_behind

log = logging.getLogger("portal")

LOOKED_BACK = timedelta(days=2)
AT_ONCE, TRIED_AT_ONCE = 5, 50
"""Papers made in one round: each takes some tenths of a second of a core that people need as well. Those that cannot be made
take next to nothing, and must not keep the ones behind them from their turn."""

ORPHANED_AFTER = timedelta(days=1)
"""A paper is named by its row within seconds; who was just reading an earlier one is done by then."""

ASIDE_FOR = timedelta(days=30)
"""How long a scan that was matched with no slip waits for somebody to match it by hand, and a file for its form to be sent."""

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


def scans_of(settings: Settings) -> Path:
    """The folder of the scans of what was signed by hand."""
    return settings.instance / "papers" / "scans"


def keep_what_is_behind(settings: Settings, *, now: datetime, goes_on: Callable[[Session], bool]) -> int:
    """Make the kept papers that were not made when their slip was signed or issued; answers how many.

    What stands in the way of one paper is written into the log and does not keep the others from being made.
    """
    keeping, made = keeping_of(settings), 0
    for slip_id in slips_behind(read(), (now - LOOKED_BACK).date(), limit=TRIED_AT_ONCE):
        if made == AT_ONCE or not write(goes_on):
            break
        try:
            bring_up_to_date(keeping, slip_id, now=now)
            made += 1
        except CannotKeep:
            break
        except PortalError as refusal:
            log.warning("slip %s: its paper could not be kept: %s", slip_id, refusal.message)
    return made


def handed_in(settings: Settings) -> Path:
    """The folder of the files people hand in: letters, photos, evidence."""
    return settings.instance / "uploads"


def sweep(settings: Settings, turn: int) -> int:
    """Wipe files that no record names, in one of the 256 folders of papers, of scans and of what people handed in.

    A crash between file and row leaves papers behind, a form that was never finished leaves scans and other files.
    Answers how many it wiped.
    """
    part = f"{turn % FOLDERS:02x}"
    papers = _swept(folder_of(settings) / part, ORPHANED_AFTER, named_papers)
    scans = _swept(scans_of(settings) / part, ASIDE_FOR, named_scans)
    return papers + scans + _swept(handed_in(settings) / part, ASIDE_FOR, named_files)


def _swept(part: Path, after: timedelta, named: Callable[[Session, Collection[str]], set[str]]) -> int:
    if not part.is_dir():
        return 0
    before = time.time() - after.total_seconds()
    old = [it for it in part.iterdir() if _is_older(it, before)]
    drafts, files = [it for it in old if it.name.startswith(".")], [it.name for it in old if len(it.name) == 64]
    orphans = set(files) - named(read(), files) if files else set()
    gone = [digest for digest in sorted(orphans) if _is_older(part / digest, before)]  # else handed in again meanwhile
    for digest in gone:
        sealed_files.wipe(part.parent, digest)
    for draft in drafts:
        with suppress(OSError):
            draft.unlink()
    if gone:
        log.warning("wiped %d files in %s that no record names", len(gone), part.parent.name)
    return len(gone)


def _is_older(file: Path, moment: float) -> bool:
    try:
        return file.stat().st_mtime < moment
    except FileNotFoundError:
        return False
