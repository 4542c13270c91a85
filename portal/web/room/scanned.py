"""What is said after a scan: who is here now, who may be meant, or what to do with who has no booking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from portal import clock
from portal.domain.people import Role
from portal.domain.receiving import WalkIns
from portal.domain.scanning import read_scan
from portal.store.extension import read
from portal.store.queries.arrivals import Met, meant, met
from portal.store.queries.receptions import RoomDay, queue_of_day
from portal.store.queries.slots import open_days, slots_to_book
from portal.web.access import me
from portal.web.asked import asked_number, asked_text
from portal.web.office import rules

LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Where somebody without a booking is sent: registered for a free slot of the day, or for a later day, or neither."""

    policy: WalkIns
    url: str = ""
    later_url: str = ""
    later_day: date | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What stands above the scan box: the one that was meant, those to choose from, or that nobody was found."""

    typed: str = ""
    one: Met | None = None
    just_in: bool = False
    several: Sequence[Met] = ()
    walk_in: WalkIn | None = None
    refused: str = ""
    number: int | None = None
    ahead: int = 0


def asked_result(room: RoomDay) -> ScanResult:
    """The result a page shows after a scan that was sent without script, from its address."""
    came, met_before, typed = asked_number("came"), asked_number("met"), asked_text("scan")
    if me().role is not Role.OFFICE or not (came or met_before or typed):
        return ScanResult()
    if came or met_before:
        return result_of(room, came or met_before or 0, just_in=came is not None)
    return results_for(room, typed)


def result_of(room: RoomDay, booking_id: int, *, just_in: bool) -> ScanResult:
    """What is said of one booking."""
    one = met(read(), room.id, booking_id)
    if one is None:
        return ScanResult()
    rows = queue_of_day(read(), room.id)
    row = next((it for it in rows if it.booking_id == booking_id), None)
    ahead = sum(it.waits and it.room == row.room for it in rows) - 1 if row and row.waits else 0
    return ScanResult(one=one, just_in=just_in, number=row.number if row else None, ahead=ahead)


def results_for(room: RoomDay, typed: str) -> ScanResult:
    """What is said when a scan did not mean exactly one booking."""
    found = meant(read(), room.id, read_scan(typed))
    if len(found) == 1:
        return result_of(room, found[0].booking_id, just_in=False)
    return ScanResult(typed=typed[:LONGEST_SHOWN], several=found, walk_in=None if found else walk_in(room))


def walk_in(room: RoomDay) -> WalkIn:
    """What the office does with who comes without a booking, and where that is written down (domain 2.2)."""
    policy, now = rules().walk_ins, clock.now()
    later = next((it.day for it in open_days(read(), room.day) if it.day > room.day and it.free), None)
    later_url = url_for("bookings.new", day=later) if later else ""
    if policy is WalkIns.NEVER:
        return WalkIn(policy, later_url=later_url, later_day=later)
    ahead = room.day > now.date()
    free = [it for it in slots_to_book(read(), room.id) if it.free > 0 and (ahead or it.ends_at > now.time())]
    url = url_for("bookings.new", day=room.day, origin="walk_in", slot=free[0].id) if free else ""
    return WalkIn(policy, url, later_url, later)
