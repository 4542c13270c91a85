"""Where the rows behind a figure of handling are: the list of matters, narrowed to exactly what was counted."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for

from portal.domain.handling_figures import OF_SLIPS, Basis, Fact, Group, Grouping, Tally
from portal.domain.people import Actor, Role
from portal.store.queries.handling_figures import Asked

SPAN_WORDS = {
    Basis.DUE: ("due_from", "due_until"),
    Basis.CLOSED: ("closed_from", "closed_until"),
    Basis.RAISED: ("from", "until"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """One number, and where its rows are; None where they cannot be listed one by one."""

    count: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one page of figures."""

    asked: Asked
    actor: Actor
    _lists: dict[str | None, str | None] = field(default_factory=dict)
    """The address of the list of each group, up to the fact."""

    def number(self, fact: Fact, tally: Tally, group: Group | None) -> Number:
        """A count of a group, or of all of them together."""
        count = tally[fact]
        return Number(count, self.rows(fact, group) if count else None)

    def rows(self, fact: Fact, group: Group | None) -> str | None:
        """The matters a fact is true of, in a group or in all.

        What was sent back has left the unit, which sees it no more; and put together over units or officials such matters
        count once for each of them, which no list of matters can show.
        """
        if fact in OF_SLIPS:
            several = self.asked.grouping in (Grouping.UNIT, Grouping.OFFICIAL)
            if self.actor.role is Role.UNIT or (group is None and several):
                return None
        key = None if group is None else group.key
        if key not in self._lists:
            own = {} if group is None else self._of_group(group)
            self._lists[key] = None if own is None else url_for("matters.listing", **(self._span() | own), counted="")
        listed = self._lists[key]
        return None if listed is None else listed + fact.value

    def _span(self) -> dict[str, Any]:
        first, last = SPAN_WORDS[self.asked.basis]
        return {first: self.asked.first.isoformat(), last: self.asked.last.isoformat()}

    def _of_group(self, group: Group) -> dict[str, Any] | None:
        grouping, key = self.asked.grouping, group.key
        if not key:
            return None
        if grouping is Grouping.DAY:
            return {"from": key, "until": key}
        if grouping is Grouping.MONTH:
            return self._month(int(key) // 100, int(key) % 100)
        word = {Grouping.UNIT: "lead", Grouping.CATEGORY: "category", Grouping.OFFICIAL: "official"}[grouping]
        return {word: key}

    def _month(self, year: int, month: int) -> dict[str, Any]:
        first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if self.asked.basis is Basis.RAISED:
            first, last = max(first, self.asked.first), min(last, self.asked.last)
        return {"from": first.isoformat(), "until": last.isoformat()}
