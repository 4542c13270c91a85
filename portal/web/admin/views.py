"""The area as the application finds it: every subject's views hang on one blueprint."""

from flask import Response, url_for

from portal.domain.people import Role
from portal.web.access import allow, me
from portal.web.admin import (
    accounts,
    announcements,
    calendar,
    categories,
    clocks,
    jobs,
    leaders,
    office,
    paper_texts,
    robots,
    seal,
    signing_keys,
    slot_templates,
    units,
    venues,
)
from portal.web.admin.blueprint import bp
from portal.web.htmx import go

__all__ = [
    "accounts",
    "announcements",
    "bp",
    "calendar",
    "categories",
    "clocks",
    "index",
    "jobs",
    "leaders",
    "office",
    "paper_texts",
    "robots",
    "seal",
    "signing_keys",
    "slot_templates",
    "units",
    "venues",
]

FIRST = {Role.OFFICE: "admin.office", Role.SYSTEM: "admin.accounts", Role.SECURITY: "admin.accounts"}


@bp.get("/")
@allow(*FIRST)
def index() -> Response:
    """The first of the settings this person keeps."""
    return go(url_for(FIRST[me().role]))
