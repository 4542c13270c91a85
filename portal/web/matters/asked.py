"""Which matters the address asks for; the ledger understands the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for

from portal.domain.ages import Age
from portal.domain.handling_figures import Counted, Fact
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.services.contact_limits import contact_limits
from portal.store.extension import read
from portal.store.queries.matter_choices import categories, enterprise_name, official_name
from portal.store.queries.matter_filters import MatterFilter, Urgency, WhoDecides
from portal.store.queries.people import unit_rows
from portal.store.queries.visibility import FOR_A_LEADER
from portal.web.access import me
from portal.web.asked import asked_day, asked_number, asked_text, asked_word, choices
from portal.web.filters import short_date

FIRST_YEAR, LAST_YEAR = 2000, 2999
WORDS = (
    "state",
    "kind",
    "category",
    "unit",
    "enterprise",
    "day",
    "from",
    "until",
    "year",
    "urgency",
    "overdue",
    "assigned",
    "received",
    "q",
    "lead",
    "official",
    "due_from",
    "due_until",
    "closed_from",
    "closed_until",
    "step_overdue",
    "age",
    "extension",
    "counted",
    "mine",
)
"""What may stand in the address of a list of matters."""
BESIDE_THE_LINE = (
    "assigned",
    "lead",
    "official",
    "due_from",
    "due_until",
    "closed_from",
    "closed_until",
    "step_overdue",
    "age",
    "extension",
    "counted",
    "mine",
)


@dataclass(frozen=True, slots=True)
class MatterChoices:
    """What the filters of a list of matters offer, and what is chosen."""

    asked: MatterFilter
    kinds: Sequence[tuple[str, str]]
    categories: Sequence[tuple[str, str]]
    units: Sequence[tuple[int, str]]
    urgencies: Sequence[tuple[str, str]]
    enterprise: str | None
    spelled: dict[str, Any]
    named: Sequence[tuple[str, str]] = ()
    """What narrows the list beside the filter line: in words, and the word of the address to take away for it."""

    @property
    def kept(self) -> Sequence[tuple[str, Any]]:
        """The words no control of the filter line stands for; they stay when it is sent."""
        return [(name, self.spelled[name]) for name in BESIDE_THE_LINE if name in self.spelled]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return not self.asked.is_empty


def asked_matters() -> MatterFilter:
    """The filter the address spells; `day` or `year` stand for `from` and `until`, nonsense for nothing."""
    first, last = asked_day("from"), asked_day("until")
    year, day = asked_number("year"), asked_day("day")
    if year is not None and FIRST_YEAR <= year <= LAST_YEAR:
        first, last = first or date(year, 1, 1), last or date(year, 12, 31)
    if day is not None:
        first = last = day
    return MatterFilter(
        state=asked_word(MatterState, "state"),
        kind=asked_word(MatterKind, "kind"),
        category=asked_text("category") or None,
        unit_id=asked_number("unit"),
        enterprise_id=asked_number("enterprise"),
        first=first,
        last=last,
        urgency=asked_word(Urgency, "urgency"),
        overdue=asked_text("overdue") == "1",
        assigned=asked_text("assigned") == "1",
        received=asked_text("received") == "1",
        words=asked_text("q"),
        lead_id=asked_number("lead"),
        official_id=asked_number("official"),
        due_first=asked_day("due_from"),
        due_last=asked_day("due_until"),
        closed_first=asked_day("closed_from"),
        closed_last=asked_day("closed_until"),
        slow=asked_text("step_overdue") == "1",
        age=asked_word(Age, "age"),
        asks_for_time=asked_word(WhoDecides, "extension"),
        decided_by=me().leader_ids if asked_text("mine") == "1" and me().role in FOR_A_LEADER else None,
        counted=asked_count(asked_word(Fact, "counted")),
    )


def matter_choices(asked: MatterFilter, actor: Actor) -> MatterChoices:
    """Everything the filter line needs; a unit is not asked for units, it sees only its own matters."""
    named = enterprise_name(read(), actor, asked.enterprise_id) if asked.enterprise_id is not None else None
    units = [] if actor.role is Role.UNIT else [(it.id, it.short_name) for it in unit_rows(read())]
    return MatterChoices(
        asked=asked,
        kinds=choices(MatterKind),
        categories=categories(read()),
        units=units,
        urgencies=choices(Urgency),
        enterprise=named,
        spelled={name: request.args[name] for name in WORDS if request.args.get(name)},
        named=_in_words(asked, actor, dict(units)),
    )


def _in_words(asked: MatterFilter, actor: Actor, units: dict[int, str]) -> list[tuple[str, str]]:
    """What narrows the list beside the filter line, each with the word that stands for it."""
    official = official_name(read(), actor, asked.official_id) if asked.official_id is not None else None
    said = (
        (asked.counted and f"口径：{asked.counted.fact.label}", "counted"),
        (asked.lead_id is not None and f"牵头单位：{units.get(asked.lead_id, '本单位')}", "lead"),
        (asked.official_id is not None and f"牵头领导：{official or '（不在可见范围）'}", "official"),
        (asked.due_first and f"时限自 {short_date(asked.due_first)}", "due_from"),
        (asked.due_last and f"时限至 {short_date(asked.due_last)}", "due_until"),
        (asked.closed_first and f"销号自 {short_date(asked.closed_first)}", "closed_from"),
        (asked.closed_last and f"销号至 {short_date(asked.closed_last)}", "closed_until"),
        (asked.slow and "下一步逾期", "step_overdue"),
        (asked.age and f"未办结已{asked.age.label}", "age"),
        (asked.asks_for_time and asked.asks_for_time.label, "extension"),
        (
            asked.decided_by is not None and ("由我签批或牵头" if actor.role is Role.LEADER else "由领导签批或牵头"),
            "mine",
        ),
        (asked.assigned and "已交单位", "assigned"),
    )
    return [(words, name) for words, name in said if words]


def asked_count(fact: Fact | None) -> Counted | None:
    """The figure whose rows are asked for; only that of contacts needs the calendar."""
    if fact is None:
        return None
    by_clock = fact in (Fact.CONTACT_DUE, Fact.CONTACTED_IN_TIME)
    return Counted(fact, contact_limits(read())) if by_clock else Counted(fact)


def address(endpoint: str, spelled: dict[str, Any], **changed: Any) -> str:
    """The same filter at another place, with some of its words changed (None takes a word away)."""
    words = {name: value for name, value in (spelled | changed).items() if value is not None}
    return url_for(endpoint, **words)
