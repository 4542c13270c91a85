"""The course of a matter as its page tells it: every act with its words, files and paper, and the steps passed so far (NX-33)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import url_for

from portal import clock
from portal.domain.matters import MatterState
from portal.domain.procedure import PassedStep, steps_passed
from portal.store.queries.course_of_matter import Course, CourseLine
from portal.web.audit.words import act_word
from portal.web.filters import moment, short_date

TONES: Mapping[str, str] = {
    "matter_closed": "good",
    "enterprise_confirmed": "good",
    "review_passed": "good",
    "look_back_done": "good",
    "matter_objected": "wait",
    "extension_asked": "wait",
    "enterprise_contested": "late",
    "review_failed": "stop",
    "closing_refused": "stop",
    "result_sent_back": "stop",
    "matter_withdrawn": "stop",
    "slip_voided": "stop",
    "measure_taken": "late",
    "matter_escalated": "late",
}


@dataclass(frozen=True, slots=True)
class ToldAct:
    """One act in the shape the timeline macro draws."""

    when: str
    who: str
    what: str
    detail: str = ""
    url: str | None = None
    tone: str | None = None
    files: Sequence[tuple[str, str]] = field(default_factory=tuple)


def told_acts(matter_id: int, lines: Sequence[CourseLine]) -> list[ToldAct]:
    """The acts as the page tells them, newest first."""
    return [_told(matter_id, it) for it in lines]


def _told(matter_id: int, line: CourseLine) -> ToldAct:
    files = [(it.name, url_for("matters.handling_file", matter_id=matter_id, file_id=it.id)) for it in line.files]
    detail = "\n".join(line.told)
    return ToldAct(
        moment(line.at), line.who, _dated(_what(line)), _dated(detail), _url(line), TONES.get(line.act), files
    )  # fmt: skip


DAY = re.compile(r"(?<!\d)20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
"""As records keep a day: the trail does not know in which year it will be read."""


def _dated(text: str) -> str:
    """The same text with its days as the office writes them; what is no day stays."""
    return DAY.sub(lambda found: _day(found.group()), text)


def _day(text: str) -> str:
    try:
        return short_date(date.fromisoformat(text))
    except ValueError:
        return text


def _what(line: CourseLine) -> str:
    """The summary without the words that follow in full."""
    head, colon, tail = line.what.partition("：")
    follows = bool(colon and line.told and tail and line.told[0].startswith(tail))
    return head if follows else line.what or act_word(line.act)


def _url(line: CourseLine) -> str | None:
    if line.slip_id is not None:
        return url_for("slips.show", slip_id=line.slip_id)
    return url_for("slips.show_paper", paper_id=line.paper_id) if line.paper_id is not None else None


IN_HAND = frozenset(
    {
        MatterState.ASSIGNED,
        MatterState.HANDLING,
        MatterState.OBJECTED,
        MatterState.SUSPENDED,
        MatterState.LONG_TERM,
    }
)


def passed(course: Course, state: MatterState, *, whole: bool) -> list[dict[str, object]]:
    """The steps of the procedure with the day each was passed, for a checklist; without `whole` only those units know of."""
    acts = [(it.act, it.at, it.details) for it in reversed(course.lines)]
    found = steps_passed(acts, in_hand=state in IN_HAND, whole=whole, skipped=course.skipped)
    return [{"label": it.label, "done": it.at is not None, "note": _note(it)} for it in found]


def _note(step: PassedStep) -> str:
    if step.is_skipped:
        return "按规定免"
    return short_date(step.at.astimezone(clock.ZONE).date()) if step.at is not None else ""
