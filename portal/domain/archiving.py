"""The year's papers for the archive: what belongs in, what still misses, and that the row of numbers has no gap (domain 2.5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.labelled import Labelled
from portal.domain.retention import Retention
from portal.domain.signing import ISSUED_STATES, SignedHow
from portal.domain.slips import SlipState


class Missing(Labelled):
    """What a slip still lacks before its file is complete."""

    SIGNATURE = "signature", "尚未签批"
    ISSUE = "issue", "已签批未印发"
    RECEIPT = "receipt", "未全部签收"
    SCAN = "scan", "缺签批原件扫描件"
    KEPT = "kept", "缺存档 PDF"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known of a slip's file: how far it came, and which papers it has."""

    state: SlipState
    signed_how: SignedHow | None = None
    has_scan: bool = False
    has_kept: bool = False
    units: int = 0
    receipts: int = 0


def missing_in(facts: FileFacts) -> tuple[Missing, ...]:
    """What the file of a slip lacks; a void slip is archived as it is, it will not get any further."""
    if facts.state is SlipState.VOID:
        return ()
    if facts.signed_how is None or facts.state in (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE):
        return (Missing.SIGNATURE,)
    lacking = []
    if facts.state not in ISSUED_STATES:
        lacking.append(Missing.ISSUE)
    elif facts.receipts < facts.units:
        lacking.append(Missing.RECEIPT)
    if facts.signed_how is SignedHow.HAND and not facts.has_scan:
        lacking.append(Missing.SCAN)
    if not facts.has_kept:
        lacking.append(Missing.KEPT)
    return tuple(lacking)


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """One line of the catalogue (归档文件目录): a slip with what goes with it is one item (件).

    `on` is the day it was signed, or numbered when it never was; `pages` counts all its papers.
    """

    item: int
    number: str
    title: str
    author: str
    on: date | None
    pages: int
    retention: Retention
    remark: str
    folder: str


@dataclass(frozen=True, slots=True)
class FileNote:
    """One paper in a slip's file: what it is, or why it could not be put in."""

    name: str
    about: str
    pages: int
    problem: str


@dataclass(frozen=True, slots=True)
class NumberUse:
    """One number of the year's row: what it was used for."""

    organ: str
    serial: int
    number: str
    use: str


UNACCOUNTED = "缺号，系统中没有记录"


def whole_row(uses: Iterable[NumberUse], given: Iterable[tuple[str, int]]) -> Iterator[NumberUse]:
    """Every number from 1 to the last given out, by organ code; one nobody accounts for says so.

    `given` tells each organ code's last serial as the counter has it.
    """
    known: dict[str, dict[int, NumberUse]] = {}
    for use in uses:
        known.setdefault(use.organ, {})[use.serial] = use
    last = {organ: max(row) for organ, row in known.items()}
    for organ, serial in given:
        last[organ] = max(last.get(organ, 0), serial)
    for organ in sorted(last):
        for serial in range(1, last[organ] + 1):
            yield known.get(organ, {}).get(serial) or NumberUse(organ, serial, "", UNACCOUNTED)


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """How much of a retention class there is."""

    retention: Retention
    items: int
    pages: int


def totals(lines: Sequence[CatalogueLine]) -> tuple[ClassTotal, ...]:
    """Items and pages of each retention class, longest first, classes without any included."""
    return tuple(
        ClassTotal(kind, len(of_kind), sum(it.pages for it in of_kind))
        for kind in Retention
        for of_kind in ([it for it in lines if it.retention is kind],)
    )
