"""The workbench: what waits for me today, each list able to reach zero."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from portal.domain.people import Role
from portal.web.access import allow, every_role, me
from portal.web.home.administrators import for_security, for_the_auditor, for_the_system
from portal.web.home.leader import for_a_leader
from portal.web.home.office import for_the_office
from portal.web.home.supervisor import for_the_supervisor
from portal.web.home.unit import for_a_unit
from portal.web.htmx import render

bp = Blueprint("home", __name__)


@bp.get("/")
@allow(*every_role())
def workbench() -> Response:
    """What waits for the person who looks."""
    role = me().role
    return render(f"pages/home/{PAGES[role]}.html", **CONTENTS[role]())


PAGES = {
    Role.OFFICE: "office",
    Role.LEADER: "leader",
    Role.SECRETARY: "leader",
    Role.UNIT: "unit",
    Role.SUPERVISOR: "supervisor",
    Role.AUDITOR: "auditor",
    Role.SECURITY: "security",
    Role.SYSTEM: "system",
}


CONTENTS: dict[Role, Callable[[], dict[str, Any]]] = {
    Role.OFFICE: for_the_office,
    Role.LEADER: for_a_leader,
    Role.SECRETARY: for_a_leader,
    Role.UNIT: for_a_unit,
    Role.SUPERVISOR: for_the_supervisor,
    Role.AUDITOR: for_the_auditor,
    Role.SECURITY: for_security,
    Role.SYSTEM: for_the_system,
}
