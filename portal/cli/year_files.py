"""A year's package written to a file from the machine itself, part by part, so that a stopped one is taken up again."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import IO

from portal import clock
from portal.config import Settings
from portal.domain.people import Actor
from portal.jobs.keeping import keeping_of
from portal.services.archive_files import shelves_in
from portal.services.archive_years import (
    SLIPS_A_PART,
    YearMade,
    bind_year,
    note_taking,
    organ_seal,
    slips_to_archive,
    write_year_part,
)
from portal.services.kept_papers import office_keys_of
from portal.store.extension import read, write
from portal.store.queries.archives import files_of_year

Say = Callable[[str], None]


def make_year_file(settings: Settings, year: int, file: Path, *, say: Say | None) -> YearMade:
    """Write the year's package to a file; all of it or nothing. Raises NotFound for a year without slips, OSError."""
    actor, now = Actor.system(), clock.now()
    ids = slips_to_archive(read(), year, actor=actor)
    seal = organ_seal(office_keys_of(keeping_of(settings), now=now).organ, now=now)
    folder = file.with_name(f".{file.name}.parts")
    folder.mkdir(mode=0o700, exist_ok=True)
    parts = list(parts_of(settings, year, ids, folder, say))
    draft = folder / "package"
    with draft.open("wb") as target, ExitStack() as opened:
        draft.chmod(0o600)
        made = bind_year(read(), year, _opened(parts, opened), target, seal=seal, actor=actor, now=now)
        target.flush()
        os.fsync(target.fileno())
    write(lambda session: note_taking(session, made, actor=actor, now=now))
    draft.replace(file)
    shutil.rmtree(folder)
    return made


def parts_of(settings: Settings, year: int, ids: Sequence[int], folder: Path, say: Say | None) -> Iterator[Path]:
    """The parts in order; one that a stopped run finished, and whose slips have not changed since, is used again."""
    shelves = shelves_in(settings.instance / "papers", settings.address)
    for first in range(0, len(ids), SLIPS_A_PART):
        some = ids[first : first + SLIPS_A_PART]
        rows = files_of_year(read(), year, slip_ids=some)
        place = folder / f"{first:06d}-{sha256(repr(rows).encode()).hexdigest()[:16]}"
        if not place.exists():
            draft = place.with_suffix(".draft")
            with draft.open("wb") as target:
                write_year_part(read(), year, some, shelves, target, lambda: None)
            draft.replace(place)
        read().rollback()
        if say is not None:
            say(f"{min(first + SLIPS_A_PART, len(ids))}/{len(ids)}")
        yield place


def _opened(parts: Sequence[Path], opened: ExitStack) -> Iterator[IO[bytes]]:
    for part in parts:
        yield opened.enter_context(part.open("rb"))
