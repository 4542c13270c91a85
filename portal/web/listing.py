"""A list on a page: what was asked for in the address, and the links to its neighbours."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar

from flask import request, url_for

from portal.domain.labelled import Labelled
from portal.domain.people import Role
from portal.store.extension import read
from portal.store.paging import COUNT_CAP, Page, Wanted
from portal.store.queries.people import unit_rows
from portal.web.access import me

T = TypeVar("T")
Heading = TypeVar("Heading", bound=Labelled)

EVERY = "all"
"""What the address says where a list is not to be narrowed to one of its headings."""


def wanted_page(sorts: Collection[str], *, default: str, descending: bool = False) -> Wanted:
    """Read sort, direction and key from the address; what makes no sense there counts as not said."""
    asked = request.args.get("sort", "")
    if asked not in sorts:
        return Wanted(default, descending, request.args.get("after"), request.args.get("before"))
    falling = request.args.get("direction") == "desc"
    return Wanted(asked, falling, request.args.get("after"), request.args.get("before"))


def heading_links(
    endpoint: str, spelled: Mapping[str, Any], counts: Mapping[Heading, int], chosen: Heading | None, total: int | None
) -> list[tuple[str, str, bool]]:
    """The headings of a list side by side, each with its count under the other filters, and 全部 behind them.

    `total` is what 全部 counts; None leaves it unsaid.
    """
    each = [(f"{it.label} {count}", it.value, it is chosen) for it, count in counts.items()]
    everything = ("全部" if total is None else f"全部 {total}", EVERY, chosen is None)
    return [
        (label, url_for(endpoint, **{**spelled, "state": word}), current)
        for label, word, current in (*each, everything)
    ]


def unit_choices() -> list[tuple[int, str]]:
    """Which units the filter line of a list offers; a unit sees its own rows only and is not asked."""
    return [] if me().role is Role.UNIT else [(it.id, it.short_name) for it in unit_rows(read())]


class Listing(Generic[T]):
    """What the table macros need of a page of rows."""

    def __init__(self, page: Page[T]) -> None:
        self.rows: Sequence[T] = page.rows
        self.sort = page.wanted.sort
        self.direction = "desc" if page.wanted.descending else "asc"
        self.total = page.total
        self.previous_url = self._url(before=page.previous_key) if page.previous_key else None
        self.next_url = self._url(after=page.next_key) if page.next_key else None

    @property
    def count_label(self) -> str:
        """共 132 条; a capped count says so."""
        return "共 1000 条以上" if self.total >= COUNT_CAP else f"共 {self.total} 条"

    def url_for_sort(self, key: str) -> str:
        """The first page sorted by this heading; the heading in force turns round."""
        direction = "desc" if self.sort == key and self.direction == "asc" else "asc"
        return self._url(sort=key, direction=direction)

    def _url(self, **changed: Any) -> str:
        kept: dict[str, Any] = {
            name: values for name, values in request.args.lists() if name not in ("after", "before", *changed)
        }
        return url_for(request.endpoint or "home.workbench", **(request.view_args or {}), **kept, **changed)
