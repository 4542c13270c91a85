"""A list on a page: what was asked for in the address, and the links to its neighbours."""

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar

from flask import request, url_for

from portal.store.paging import COUNT_CAP, Page, Wanted

T = TypeVar("T")


def wanted_page(sorts: Collection[str], *, default: str, descending: bool = False) -> Wanted:
    """Read sort, direction and key from the address; what makes no sense there counts as not said."""
    asked = request.args.get("sort", "")
    if asked not in sorts:
        return Wanted(default, descending, request.args.get("after"), request.args.get("before"))
    falling = request.args.get("direction") == "desc"
    return Wanted(asked, falling, request.args.get("after"), request.args.get("before"))


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
