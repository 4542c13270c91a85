"""Batches small enough to wait for: made at once, by the press when there are more than a few."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from portal.config import Settings
from portal.domain.print_jobs import parts_of
from portal.jobs.batches import pieces_of
from portal.jobs.press import Press
from portal.jobs.press_orders import Bind, Made, Order, Pack, SetPart
from portal.jobs.printers import part_file, prints_folder, result_file
from portal.jobs.works import SLIPS_A_PART
from portal.services.batch_papers import BatchPaper
from portal.store.sealed_streams import pieces, stream_key

HERE = 10
"""So few are set in this process, which is warm; more would keep its pages waiting."""

PREFIX = "now-"


@dataclass(frozen=True, slots=True)
class PrintedNow:
    """A batch that was just made; it lies sealed on the disk until `wipe`."""

    folder: Path
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        return pieces(result_file(self.folder))

    def wipe(self) -> None:
        """It was sent, or nobody wants it any more."""
        shutil.rmtree(self.folder, ignore_errors=True)


def print_now(settings: Settings, papers: Sequence[BatchPaper], title: str, *, apart: bool) -> PrintedNow:
    """Make one PDF of some slips, or a zip with a PDF for each. Raises what the press raises; nothing stays then."""
    place = prints_folder(settings)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(mkdtemp(prefix=PREFIX, dir=place))
    try:
        with Press() as press:
            made = _made(folder, papers, title, apart=apart, press=press)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return PrintedNow(folder, made.size)


def _made(folder: Path, papers: Sequence[BatchPaper], title: str, *, apart: bool, press: Press) -> Made:
    def do(order: Order) -> Made:
        return order.carry_out() if len(papers) <= HERE else press.do(order)

    parts, key = [], stream_key()
    for part in parts_of(len(papers), SLIPS_A_PART):
        parts.append(part_file(folder, part.ordinal))
        some = papers[part.first : part.first + part.count]
        do(SetPart(pieces_of(some), title, apart, parts[-1], key))
    target = result_file(folder)
    return do(Pack(tuple(parts), title, target, key) if apart else Bind(tuple(parts), title, target, folder, key))
