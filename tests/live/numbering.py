"""Several processes issue slips at once and are killed again and again: the numbers run from 1 to n, the trail is whole."""

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from portal import clock
from portal.domain.matters import MatterState
from portal.domain.paper_kinds import PaperKind
from portal.domain.slips import SlipState
from portal.services import slip_drafts
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.matters import Category
from portal.store.models.slips import Slip
from portal.store.queries.number_rows import number_rows
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.live.districts import OFFICE, District
from tests.live.kills import let_the_database_finish, lines
from tests.live.number_worker import BUSY, READY
from tests.live.processes import ROOT

PATIENCE = 900


@dataclass(frozen=True)
class NumberingRun:
    """What came of it: slips, kills that hit a running process, acts done again because the portal was busy, seconds."""

    slips: int
    kills: int
    busy: int
    seconds: float


def drafts(district: District, count: int) -> None:
    """So many drafts, each for one matter, ready to be numbered."""
    with district.open():
        session = db.session()
        session.info["unaudited"] = True
        day = a_reception_day(day=date(2026, 11, 16), turns=[a_turn(a_leader(name="主接待", post="副区长"))])
        booking = a_booking(day, an_enterprise())
        category = session.scalars(select(Category).limit(1)).one()
        waiting = [
            a_matter(
                booking, category, state=MatterState.AWAITING_ASSIGNMENT, number=f"2026-N{number:05}", position=number
            )
            for number in range(count)
        ]
        session.add_all([day, booking, *waiting])
        session.commit()
        ids = [it.id for it in waiting]
        session.info.pop("unaudited")
        for first in range(0, count, 50):
            with transaction() as writing:
                for matter_id in ids[first : first + 50]:
                    slip_drafts.draft_slip(writing, [matter_id], actor=OFFICE, now=clock.now())


def issue_with_kills(
    district: District, *, processes: int, kills: int, chance: random.Random, every: tuple[float, float]
) -> NumberingRun:
    """Issue all drafts with so many processes; every few seconds one at work is killed and another takes its share."""
    begun, killed, lives = time.perf_counter(), 0, dict.fromkeys(range(processes), 0)
    log = district.folder / "numbering.log"
    running = {share: _started(district, share, processes, log) for share in range(processes)}
    try:
        next_kill = time.perf_counter() + chance.uniform(*every)
        while running:
            time.sleep(0.02)
            if time.perf_counter() - begun > PATIENCE:
                raise AssertionError(f"not issued within {PATIENCE} s: {log.read_text(errors='replace')[-2000:]}")
            for share, process in list(running.items()):
                if process.poll() is not None:
                    assert process.returncode == 0, log.read_text(encoding="utf-8", errors="replace")[-2000:]
                    del running[share]
            if killed < kills and time.perf_counter() > next_kill:
                at_work = [it for it in sorted(running) if _said(log).count(READY.format(it)) > lives[it]]
                if not at_work:
                    continue
                share = chance.choice(at_work)
                running[share].kill()
                if running[share].wait() != 0:
                    killed, lives[share] = killed + 1, lives[share] + 1
                    running[share] = _started(district, share, processes, log)
                next_kill = time.perf_counter() + chance.uniform(*every)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    seconds = time.perf_counter() - begun
    return NumberingRun(_checked(district), killed, _said(log).count(BUSY), seconds)


def _said(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()


def _started(district: District, share: int, of: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.live.number_worker", str(share), str(of)],
            cwd=ROOT,
            env=district.environment(8000),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def _checked(district: District) -> int:
    """Every slip is issued under a number of its own from 1 to n; every act has its one audit line, and the chain holds."""
    with district.open():
        let_the_database_finish(db.session())
        total = read().scalar(select(func.count(Slip.id))) or 0
        issued = read().scalar(select(func.count(Slip.id)).where(Slip.state == SlipState.ISSUED))
        assert issued == total, f"{issued} of {total} slips are issued"
        (row,) = number_rows(read(), 2026, [PaperKind.SLIP])
        assert row.check.is_whole, row.check
        assert row.last == total == len(row.numbers)
        for act in ("slip_numbered", "slip_signed", "slip_issued"):
            assert lines(read(), act) == total, act
        counted, broken = verify(read())
        assert broken is None, f"line {counted}: {broken}"
        return total
