"""Importing the official arrangement of a year: looked at first, then applied whole (contract 5, domain 6, 11.10)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.almanac.calendars import working_calendar
from portal.almanac.official import official_days
from portal.almanac.statutory import statutory_days
from portal.domain.arrangements import Arrangement, adjusted
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import ONE_DAY, DayFact, DaySource, WorkingCalendar, day_text
from portal.services.recounts import Moves, hold_records, keep_moves, proposed_moves
from portal.store.audit_trail import record
from portal.store.models.calendar import AnnouncedDay, Announcement
from portal.store.queries.calendar_days import AnnouncementRow, announced_years, announcement, office_days

LOOKED_AT_ANOTHER = "您预览之后，日历或有关记录有了变化，本次没有导入。请看过新的预览再确认。"


class Effect(Labelled):
    """What an import does with a day, compared with what counts today."""

    ADDED = "added", "新增"
    CHANGED = "changed", "改变"
    REMOVED = "removed", "取消"


@dataclass(frozen=True, slots=True)
class CountedOtherwise:
    """One day that will count otherwise than today; `is_past` days are put right, though nothing that is over moves."""

    day: date
    before: DayFact
    after: DayFact
    is_past: bool

    @property
    def effect(self) -> Effect:
        """Whether a plain day becomes special, a special one plain, or one kind another."""
        if self.before.source is DaySource.WEEKDAY:
            return Effect.ADDED
        return Effect.REMOVED if self.after.source is DaySource.WEEKDAY else Effect.CHANGED


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What importing an arrangement would do, without doing it; `mark` tells whether two previews are the same."""

    arrangement: Arrangement
    earlier: AnnouncementRow | None
    changes: tuple[CountedOtherwise, ...]
    confirmed: int
    warnings: tuple[str, ...]
    moves: Moves
    mark: str


def whole_year(session: Session, arrangement: Arrangement) -> Arrangement:
    """A notice that changes only some holidays, laid over what is announced of its year so far.

    Raises RuleBroken on `partial` when nothing is announced of that year.
    """
    standing = announced_years(session).get(arrangement.year) or official_days(arrangement.year)
    if not standing:
        raise RuleBroken(
            f"{arrangement.year}年还没有全年的放假安排，不能只调整其中的节日。请先导入全年安排。", field="partial"
        )
    earlier = announcement(session, arrangement.year)
    papers = dict.fromkeys([*(earlier.papers if earlier else ()), *arrangement.papers])
    return replace(adjusted(standing, arrangement), papers=tuple(papers))


def proposed_import(session: Session, arrangement: Arrangement, *, today: date) -> ImportPreview:
    """What would change if this arrangement were imported, day by day (domain 11.10)."""
    own, announced = office_days(session), announced_years(session)
    before = working_calendar(own, announced)
    after = working_calendar(own, announced | {arrangement.year: arrangement.by_day})
    earlier = announcement(session, arrangement.year)
    changes, confirmed = _compared(arrangement, before, after, announced.get(arrangement.year, {}), today)
    warnings = (*_about_the_year(arrangement, earlier), *_about_own_days(arrangement, own))
    moves = proposed_moves(session, before, after, today=today)
    mark = _mark(arrangement, earlier, changes, moves)
    return ImportPreview(arrangement, earlier, changes, confirmed, warnings, moves, mark)


def import_arrangement(
    session: Session, arrangement: Arrangement, *, seen: str | None = None, actor: Actor, now: datetime
) -> ImportPreview:
    """Import a year's arrangement; what was imported of that year before is replaced wholly (domain 6, 11.10).

    Open limits and coming days follow, each move with its own audit line; nothing that is over moves. `seen` is the mark of the
    preview the person looked at, None when nobody looked at a page. Answers what was done. Raises Conflict when something has
    changed since, or somebody imports the same year at this moment.
    """
    must(actor, Action.KEEP_CALENDAR)
    kept = session.get(Announcement, arrangement.year, with_for_update=True, populate_existing=True)
    hold_records(session, today=now.date())
    preview = proposed_import(session, arrangement, today=now.date())
    if seen is not None and seen != preview.mark:
        raise Conflict(LOOKED_AT_ANOTHER)
    if kept is None:
        kept = Announcement(year=arrangement.year)
        session.add(kept)
    kept.source, kept.papers, kept.origin = arrangement.source, list(arrangement.papers), arrangement.origin.value
    kept.entered_by_id = None if actor.is_portal else actor.account_id
    kept.entered_at = now
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"{arrangement.year}年的放假安排刚刚由别人导入，本次没有导入。请重新预览后再确认。") from None
    session.execute(delete(AnnouncedDay).where(AnnouncedDay.year == arrangement.year))
    session.add_all(
        AnnouncedDay(year=arrangement.year, day=fact.day, kind=fact.kind, name=fact.name) for fact in arrangement.days
    )
    session.flush()
    counted = {effect: sum(it.effect is effect for it in preview.changes) for effect in Effect}
    again = "重新导入" if preview.earlier else "导入"
    record(
        session,
        actor,
        now,
        "calendar_imported",
        kept,
        summary=f"{again}{arrangement.year}年放假安排：{_counted_text(counted)}（依据：{arrangement.source}）",
        papers=list(arrangement.papers),
        origin=arrangement.origin.value,
        days={fact.day.isoformat(): fact.kind.value for fact in arrangement.days},
    )
    keep_moves(session, preview.moves, actor=actor, now=now)
    return preview


def _counted_text(counted: Mapping[Effect, int]) -> str:
    return "，".join(f"{effect.label} {number} 天" for effect, number in counted.items() if number) or "各日安排不变"


def _compared(
    arrangement: Arrangement,
    before: WorkingCalendar,
    after: WorkingCalendar,
    replaced: Mapping[date, DayFact],
    today: date,
) -> tuple[tuple[CountedOtherwise, ...], int]:
    """The days that count otherwise, and how many foreseen or known ones are now confirmed."""
    year = arrangement.year
    day = min([date(year, 1, 1), *arrangement.by_day, *replaced])
    changes, confirmed = [], 0
    while day.year <= year:
        old, new = before.fact(day), after.fact(day)
        if old.kind is not new.kind:
            changes.append(CountedOtherwise(day, old, new, is_past=day < today))
        elif new.source is DaySource.IMPORTED and old.source is not DaySource.IMPORTED:
            confirmed += 1
        day += ONE_DAY
    return tuple(changes), confirmed


def _about_the_year(arrangement: Arrangement, earlier: AnnouncementRow | None) -> list[str]:
    warnings = []
    if earlier is not None:
        by = earlier.entered_by or "系统"
        when = f"{earlier.entered_at:%Y}年{earlier.entered_at.month}月{earlier.entered_at.day}日"
        warnings.append(
            f"{arrangement.year}年的安排已由{by}于{when}导入（{earlier.source}）。确认后，原来导入的各日将全部换成这次的内容。"
        )
    given = arrangement.by_day
    working: dict[str, list[str]] = {}
    for day, name in statutory_days(arrangement.year).items():
        if day not in given or given[day].is_working:
            working.setdefault(name, []).append(f"{day.month}月{day.day}日")
    if working:
        named = "；".join(f"{name} {'、'.join(days)}" for name, days in working.items())
        warnings.append(
            f"法定节假日没有放假：{named}。如果这是年中只调整个别节日的通知，请选“只调整所列节日”后重新预览。"
        )
    return warnings


def _about_own_days(arrangement: Arrangement, own: Mapping[date, DayFact]) -> list[str]:
    hidden = [
        f"{day_text(day)}（{own[day].label}）"
        for day, fact in arrangement.by_day.items()
        if day in own and own[day].kind is not fact.kind
    ]
    return [f"本单位已另有设定，仍以本单位的为准：{'、'.join(hidden)}。"] if hidden else []


def _mark(
    arrangement: Arrangement, earlier: AnnouncementRow | None, changes: tuple[CountedOtherwise, ...], moves: Moves
) -> str:
    text = json.dumps(
        [
            arrangement.year,
            [(fact.day.isoformat(), fact.kind.value, fact.name) for fact in arrangement.days],
            earlier.entered_at.isoformat() if earlier else "",
            [(it.day.isoformat(), it.before.kind.value, it.after.kind.value) for it in changes],
            moves.mark,
        ],
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]
