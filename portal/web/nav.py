"""What every page carries: who is here, where they can go, what day it is."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.almanac.lunar import lunar_day
from portal.domain.office import OfficeRules
from portal.domain.people import ADMINISTRATORS, Actor, Role
from portal.services.contact_days import contact_days
from portal.store.extension import read
from portal.store.queries.calls import calls_to_make
from portal.store.queries.opinions import opinion_counts
from portal.store.queries.reception_days import next_reception_day
from portal.store.queries.unit_todo import TodoFilter, todo_counts
from portal.store.queries.voices import open_voices
from portal.web.access import Visitor, rule_of, visitor
from portal.web.calendars import working_calendar_now
from portal.web.filters import full_date
from portal.web.office import rules, version

GROUPS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("今日", "house", (("工作台", "home.workbench"), ("消息", "messages.own"))),
    (
        "日历与轮值",
        "calendar3",
        (
            ("轮值日历", "calendar.this_month"),
            ("轮值安排", "duty.rota"),
            ("请假", "duty.leave_list"),
            ("调换", "duty.swap_list"),
            ("接待日", "reception_days.days"),
        ),
    ),
    (
        "预约与接待",
        "calendar-check",
        (
            ("预约登记", "bookings.listing"),
            ("单位意见", "opinions.listing"),
            ("电话通知", "messages.calls"),
            ("接待现场", "room.today"),
        ),
    ),
    (
        "诉求与交办",
        "clipboard-check",
        (
            ("诉求事项", "matters.listing"),
            ("单位待办", "matters.mine"),
            ("交办单", "slips.listing"),
            ("签收", "slips.receipts"),
            ("随单文书", "slips.papers"),
            ("催办督办", "chasing.listing"),
            ("上报事项", "chasing.escalations"),
            ("办理结果与销号", "closings.listing"),
            ("回访", "call_backs.listing"),
            ("回头看", "look_backs.listing"),
            ("企业来言", "voices.listing"),
            ("调度会", "meetings.listing"),
            ("共性任务", "common_tasks.listing"),
            ("专题研究", "studies.listing"),
        ),
    ),
    (
        "台账与统计",
        "bar-chart",
        (("台账", "ledger.ledger"), ("统计", "statistics.figures"), ("办理情况", "statistics.handling")),
    ),
    ("企业", "building", (("一企一档", "enterprises.listing"),)),
    (
        "设置",
        "gear",
        (
            ("工作设置", "admin.office"),
            ("领导与职务", "admin.leaders"),
            ("单位名录", "admin.units"),
            ("诉求类别", "admin.categories"),
            ("公文用语", "admin.paper_texts"),
            ("时限规则", "admin.clocks"),
            ("工作日历", "admin.calendar"),
            ("接待场所", "admin.venues"),
            ("时段模板", "admin.slot_templates"),
            ("单据用印", "admin.seal"),
            ("群机器人", "admin.robots"),
            ("后台任务", "admin.jobs"),
            ("账号", "admin.accounts"),
            ("登录策略", "admin.sign_in_policy"),
            ("签名密钥", "admin.signing_keys"),
            ("审计日志", "audit.trail"),
            ("核对审计链", "audit.verification"),
        ),
    ),
)

SEARCH = "matters.listing"
COUNTED = {
    "messages.calls": "家待通知",
    "opinions.listing": "条待处理",
    "voices.listing": "条待答复",
    "matters.mine": "条待办",
}
"""The links beside which the navigation says how much waits, and in what words."""


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the navigation."""

    label: str
    url: str
    current: bool
    place_of_count: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the navigation with its links."""

    label: str
    icon: str
    items: tuple[Item, ...]


def navigation(role: Role) -> tuple[Group, ...]:
    """The links this role may follow, in the order of the work; put together once for a role and a place."""
    built: dict[object, tuple[Group, ...]] = current_app.extensions.setdefault("navigation", {})
    here = here_in_navigation()
    key = (role, here, request.script_root)
    if key not in built:
        built[key] = _build(role, here)
    return built[key]


def drawn_navigation() -> Markup:
    """The navigation as it is drawn: the same for everybody in a role who is at the same place."""
    drawn: dict[object, Markup] = current_app.extensions.setdefault("drawn_navigation", {})
    here = visitor()
    if here is None:
        return Markup()
    key = (here.role, here_in_navigation(), request.script_root)
    if key not in drawn:
        template = current_app.jinja_env.get_template("macros/_nav.html")
        drawn[key] = Markup(template.render(nav=navigation(here.role)))  # noqa: S704 - our own autoescaped template
    text, waiting = drawn[key], _waiting(here.actor)
    for endpoint in COUNTED:
        text = text.replace(_place_of_count(endpoint), _count(endpoint, waiting.get(endpoint, 0)))
    return text


def _place_of_count(endpoint: str) -> Markup:
    """What stands in a drawn navigation where the number behind a link belongs."""
    return Markup("<!-- {} -->").format(endpoint)


def _count(endpoint: str, number: int) -> Markup:
    if not number:
        return Markup()
    words = Markup('<b class="count">{}<span class="unseen"> {}</span></b>')
    return words.format(number, COUNTED[endpoint])


def _waiting(actor: Actor) -> dict[str, int]:
    """How much waits for somebody behind which link; asked again when anything was done, and every minute.

    The office has calls to make, overdue answers, units that want to be let off and words of enterprises to answer, supervision the
    breaches among these; a unit has answers to give and its own list.
    """
    if actor.role not in (Role.OFFICE, Role.UNIT, Role.SUPERVISOR):
        return {}
    key = (version(), int(clock.running().timestamp()) // 60)
    kept: dict[str, Any] = current_app.extensions.setdefault("waiting_counts", {})
    if kept.get("key") != key:
        current_app.extensions["waiting_counts"] = kept = {"key": key, "of": {}}
    of: dict[tuple[Role, int | None], dict[str, int]] = kept["of"]
    whose = (actor.role, actor.account_id if actor.role is Role.UNIT else None)
    if whose not in of:
        of[whose] = _counted(actor)
    return of[whose]


def _counted(actor: Actor) -> dict[str, int]:
    if actor.role is Role.SUPERVISOR:
        return {"voices.listing": open_voices(read(), actor=actor)}
    asked, overdue, declined = opinion_counts(read(), actor, today=clock.today())
    if actor.role is Role.UNIT:
        return {"opinions.listing": asked, "matters.mine": _to_do(actor)}
    return {
        "messages.calls": calls_to_make(read()),
        "opinions.listing": overdue + declined,
        "voices.listing": open_voices(read(), actor=actor),
    }


def _to_do(actor: Actor) -> int:
    counts = todo_counts(read(), actor, TodoFilter(), days=contact_days(read(), actor), now=clock.now())
    return sum(number for number, _ in counts.values())


def _build(role: Role, here: str | None) -> tuple[Group, ...]:
    views = current_app.view_functions
    groups = []
    for label, icon, links in GROUPS:
        items = tuple(
            Item(
                text,
                url_for(endpoint),
                endpoint == here,
                _place_of_count(endpoint) if endpoint in COUNTED else Markup(),
            )
            for text, endpoint in links
            if endpoint in views and role in (rule_of(views[endpoint]) or ())
        )
        if items:
            groups.append(Group(label, icon, items))
    return tuple(groups)


def here_in_navigation() -> str | None:
    """The link of the navigation under which the present page lies, by its endpoint; None for a page beside it."""
    endpoint = request.endpoint or ""
    if endpoint in LINKS:
        return endpoint
    area, _, page = endpoint.partition(".")
    if area == "admin":
        return next((link for word, link in PAGES_OF_SETTINGS if word in page), None)
    if area == "chasing" and "escalation" in page:
        return "chasing.escalations"
    if area == "duty":
        return next((link for word, link in PAGES_OF_DUTY if word in page), "duty.rota")
    return next((link for link in LINKS if link.partition(".")[0] == area), None)


PAGES_OF_DUTY = (("leave", "duty.leave_list"), ("swap", "duty.swap_list"))
"""Which link a page of the rota lies under, by a word in its endpoint; the others lie under the rota itself."""

LINKS = tuple(endpoint for _, _, links in GROUPS for _, endpoint in links)
PAGES_OF_SETTINGS = (
    ("account", "admin.accounts"),
    ("password", "admin.accounts"),
    ("unit", "admin.units"),
    ("leader", "admin.leaders"),
    ("post", "admin.leaders"),
    ("field", "admin.leaders"),
    ("categor", "admin.categories"),
    ("paper_text", "admin.paper_texts"),
    ("clock", "admin.clocks"),
    ("calendar", "admin.calendar"),
    ("venue", "admin.venues"),
    ("slot_template", "admin.slot_templates"),
    ("robot", "admin.robots"),
    ("signing_key", "admin.signing_keys"),
    ("seal", "admin.seal"),
)
"""Which link a page of the settings lies under, by a word in its endpoint."""


def _days_to_next(today: date) -> int | None:
    """Working days until the next reception day, kept as long as neither the data nor the day changes."""
    key = (version(), today)
    kept: dict[str, Any] = current_app.extensions.setdefault("days_to_next", {})
    if kept.get("key") != key:
        coming = next_reception_day(read(), today)
        days = working_calendar_now().between(today, coming) if coming is not None else None
        current_app.extensions["days_to_next"] = kept = {"key": key, "days": days}
    days_left: int | None = kept["days"]
    return days_left


@lru_cache(maxsize=4)
def _day_labels(today: date) -> tuple[str, str]:
    return full_date(today), lunar_day(today).label


def _search_url(role: Role) -> str | None:
    """Where the search of the top bar leads; the three administrators have no business to search."""
    view = current_app.view_functions.get(SEARCH)
    return url_for(SEARCH) if view is not None and role in (rule_of(view) or ()) else None


def _person_and_rules() -> tuple[Visitor | None, OfficeRules]:
    """Who is here and how the office works; a page saying that the database is gone needs neither."""
    try:
        return visitor(), rules()
    except SQLAlchemyError:
        return None, OfficeRules()


def add_context(app: Flask) -> None:
    """Give every template what the frame of a page needs."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        here, held = _person_and_rules()
        today = clock.today()
        today_label, lunar_label = _day_labels(today)
        works = here is not None and here.role not in ADMINISTRATORS
        return {
            "me": here,
            "nav": navigation(here.role) if here else (),
            "drawn_navigation": drawn_navigation,
            "today": today,
            "today_label": today_label,
            "lunar_label": lunar_label,
            "days_to_next": _days_to_next(today) if works else None,
            "district": held.district,
            "sample": held.sample,
            "large_print": request.cookies.get("large_print") == "1",
            "search_url": _search_url(here.role) if here else None,
            "home_url": url_for("home.workbench"),
            "account_url": url_for("account.own"),
            "messages_url": url_for("messages.own") if here else None,
            "sign_out_url": url_for("account.logout") if here else None,
        }
