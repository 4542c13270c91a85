"""Year packages made for tests: slips in several states, shelves that hold what is put on them."""

import io
from dataclasses import dataclass, field
from datetime import date

from portal.documents.companion_papers import companion_paper
from portal.services import slips
from portal.services.archive_files import Shelves
from portal.services.archive_years import SLIPS_A_PART, bind_year, slips_to_archive, write_year_part
from portal.store.sealed_files import Altered
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, an_issued_slip

YEAR = 2026


@dataclass
class Shelf:
    """Bytes by checksum; what is not there is refused as the disk would."""

    kept: dict[str, bytes] = field(default_factory=dict)
    scans: dict[str, bytes] = field(default_factory=dict)

    def shelves(self) -> Shelves:
        """As the archive reaches them."""
        return Shelves(self._of(self.kept), self._of(self.scans), lambda _paper: companion_paper(None))

    @staticmethod
    def _of(held):
        def fetch(sha256):
            if sha256 not in held:
                raise Altered(sha256)
            return held[sha256]

        return fetch


def a_year(session):
    """Three slips: one issued, one void, one that waits for its signature."""
    issued = an_issued_slip(session, a_scene(session))
    void = an_issued_slip(session, a_scene(session, day=date(2026, 11, 17)))
    slips.void_slip(session, void.id, "重复交办，以前一张为准", actor=OFFICE, now=NOW)
    session.commit()
    waiting = a_numbered_slip(session, a_scene(session, day=date(2026, 11, 18)))
    return issued, void, waiting


def a_package(session, shelf=None, *, part=SLIPS_A_PART, seal=None, target=None):
    """The year as a package, made in parts of so many slips; answers its bytes and what came of it."""
    shelves = (shelf or Shelf()).shelves()
    ids = slips_to_archive(session, YEAR, actor=OFFICE)
    parts = []
    for place in range(0, len(ids), part):
        held = io.BytesIO()
        write_year_part(session, YEAR, ids[place : place + part], shelves, held, lambda: None)
        parts.append(io.BytesIO(held.getvalue()))
    target = target if target is not None else io.BytesIO()
    made = bind_year(session, YEAR, parts, target, seal=seal, actor=OFFICE, now=NOW)
    return target.getvalue(), made
