"""Every address says who may open it."""

from portal.domain.people import ADMINISTRATORS, Role
from portal.web.access import EVERYBODY, declared
from portal.web.nav import GROUPS

OPEN_TO_EVERYBODY = {
    "account.large_print",
    "account.login",
    "board.board",
    "board.show",
    "board.today",
    "calendar.feed",
    "health.alive",
    "follow.ask",
    "follow.opinion",
    "follow.prove",
    "follow.rate",
    "follow.say",
    "follow.show",
    "health.metrics",
    "health.ready",
    "verify.ask",
    "verify.file",
    "verify.authority",
    "verify.verdict",
}
"""Pages without sign-in; each must show no personal data. Think twice before adding one."""

BUSINESS = {
    "bookings",
    "duty",
    "enterprises",
    "invitations",
    "ledger",
    "matters",
    "opinions",
    "reception_days",
    "room",
    "slips",
    "statistics",
}


def test_every_route_declares_who_may_open_it(app):
    silent = [endpoint for endpoint, rule in declared(app).items() if rule is None and endpoint != "static"]
    assert not silent, f"{silent}: write @allow(Role.…) or @anyone below the route decorator"


def test_only_known_pages_open_without_sign_in(app):
    open_ = {endpoint for endpoint, rule in declared(app).items() if rule is EVERYBODY or rule == frozenset()}
    new = open_ - OPEN_TO_EVERYBODY - {"static"}
    assert not new, f"{sorted(new)}: needs no sign-in; if that is right, add it to OPEN_TO_EVERYBODY with its reason"


def test_the_three_administrators_open_no_business_page(app):
    wrong = {
        endpoint: sorted(rule & ADMINISTRATORS)
        for endpoint, rule in declared(app).items()
        if endpoint.partition(".")[0] in BUSINESS and rule and rule & ADMINISTRATORS
    }
    assert not wrong, f"{wrong}: 三员分立, domain 7.2: take these roles out of @allow"


def test_only_the_auditor_opens_the_trail(app):
    rules = {rule for endpoint, rule in declared(app).items() if endpoint.startswith("audit.")}
    assert rules == {frozenset({Role.AUDITOR})}


def test_every_link_of_the_navigation_leads_to_a_view(app):
    linked = {endpoint for _, _, links in GROUPS for _, endpoint in links}
    missing = linked - set(app.view_functions)
    assert not missing, f"{missing}: the navigation names endpoints that no view has"


def test_whatever_changes_something_is_a_post(app):
    odd = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.methods is not None and rule.methods & {"PUT", "PATCH", "DELETE"}
    ]
    assert not odd, f"{odd}: plain HTML knows GET and POST only, so the page would not work without script"
