"""What every page carries: who is here, where they can go, what day it is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask, current_app, request, url_for

from portal import clock
from portal.almanac.lunar import lunar_day
from portal.domain.people import Role
from portal.store.extension import read
from portal.store.queries.reception_days import next_reception_day
from portal.web.access import rule_of, visitor
from portal.web.calendars import working_calendar_now
from portal.web.filters import full_date
from portal.web.office import rules, version

GROUPS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("今日", "today", (("工作台", "home.workbench"),)),
    (
        "日历与轮值",
        "calendar",
        (("轮值日历", "calendar.this_month"), ("轮值安排", "duty.rota"), ("接待日", "reception_days.days")),
    ),
    ("预约与接待", "booking", (("预约登记", "bookings.listing"), ("接待现场", "room.today"))),
    ("诉求与交办", "slip", (("诉求事项", "matters.listing"), ("交办单", "slips.listing"))),
    ("台账与统计", "ledger", (("台账", "ledger.ledger"), ("统计", "statistics.figures"))),
    ("企业", "enterprise", (("一企一档", "enterprises.listing"),)),
    (
        "设置",
        "settings",
        (
            ("工作设置", "admin.office"),
            ("领导与职务", "admin.leaders"),
            ("单位名录", "admin.units"),
            ("诉求类别", "admin.categories"),
            ("工作日历", "admin.calendar"),
            ("账号", "admin.accounts"),
            ("审计", "audit.trail"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the navigation."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the navigation with its links."""

    label: str
    icon: str
    items: tuple[Item, ...]


def navigation(role: Role) -> tuple[Group, ...]:
    """The links this role may follow, in the order of the work."""
    views = current_app.view_functions
    here = request.blueprint
    built = []
    for label, icon, links in GROUPS:
        items = tuple(
            Item(text, url_for(endpoint), _is_here(endpoint, here))
            for text, endpoint in links
            if endpoint in views and role in (rule_of(views[endpoint]) or ())
        )
        if items:
            built.append(Group(label, icon, items))
    return tuple(built)


def _is_here(endpoint: str, blueprint: str | None) -> bool:
    area = endpoint.partition(".")[0]
    return request.endpoint == endpoint if area == "admin" else area == blueprint


def _days_to_next(today: date) -> int | None:
    """Working days until the next reception day, kept as long as neither the data nor the day changes."""
    key = (version(), today)
    kept: dict[str, Any] = current_app.extensions.setdefault("days_to_next", {})
    if kept.get("key") != key:
        coming = next_reception_day(read(), today)
        days = working_calendar_now().between(today, coming) if coming is not None else None
        current_app.extensions["days_to_next"] = kept = {"key": key, "days": days}
    return kept["days"]


def add_context(app: Flask) -> None:
    """Give every template what the frame of a page needs."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        here = visitor()
        today = clock.today()
        return {
            "me": here,
            "nav": navigation(here.role) if here else (),
            "today": today,
            "today_label": full_date(today),
            "lunar_label": lunar_day(today).label,
            "days_to_next": _days_to_next(today) if here else None,
            "district": rules().district,
            "sample": rules().sample,
            "large_print": request.cookies.get("large_print") == "1",
            "search_url": url_for("matters.listing"),
        }
