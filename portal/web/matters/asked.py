"""Which matters the address asks for; the ledger understands the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for

from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.store.extension import read
from portal.store.queries.matters import MatterFilter, Urgency, categories, enterprise_name
from portal.store.queries.people import unit_rows
from portal.web.asked import asked_day, asked_number, asked_text, asked_word, choices

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
)
"""What may stand in the address of a list of matters."""


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
    )


def matter_choices(asked: MatterFilter, actor: Actor) -> MatterChoices:
    """Everything the filter line needs; a unit is not asked for units, it sees only its own matters."""
    named = enterprise_name(read(), actor, asked.enterprise_id) if asked.enterprise_id is not None else None
    return MatterChoices(
        asked=asked,
        kinds=choices(MatterKind),
        categories=categories(read()),
        units=[] if actor.role is Role.UNIT else [(it.id, it.short_name) for it in unit_rows(read())],
        urgencies=choices(Urgency),
        enterprise=named,
        spelled={name: request.args[name] for name in WORDS if request.args.get(name)},
    )


def address(endpoint: str, spelled: dict[str, Any], **changed: Any) -> str:
    """The same filter at another place, with some of its words changed (None takes a word away)."""
    words = {name: value for name, value in (spelled | changed).items() if value is not None}
    return url_for(endpoint, **words)
