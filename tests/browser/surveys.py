"""Every page there is, with an example of it from the sample district, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from portal.domain.people import Role
from portal.web.access import declared
from tests.browser.portals import DESK, TELEPHONE, looked_up

SERIOUS = ("serious", "critical")
NOT_PAGES = {
    "static": "files",
    "health.alive": "for programs",
    "health.ready": "for programs",
    "health.metrics": "for programs",
    "room.photo": "a picture",
    "room.small_photo": "a picture",
    "room.delete_photo": "the sample has no photos; tests/browser/test_room.py looks at it",
    "calendar.feed": "for calendar programs",
    "slips.print_day": "a PDF",
    "verify.file": "the answer about a file; the page before it is verify.ask, tests/web/test_verify_file.py looks at it",
    "slips.void_reserved": "the sample has no number set aside; tests/web/test_slip_numbers.py looks at it",
    "slips.job_file": "a PDF or a zip",
    "slips.scan_file": "a scan",
    "slips.scan_picture": "a picture",
    "slips.aside_picture": "a picture",
    "slips.strike_scan": "the sample has no scans; tests/web/test_scan_pages.py looks at it",
    "slips.leader_options": "lines of a choice",
    "slips.unit_options": "lines of a choice",
    "slips.paper_picture": "a picture",
    "slips.print_chosen_papers": "a PDF",
    "bookings.enterprise_fields": "a piece of the booking form",
    "bookings.enterprise_matches": "a piece of the booking form",
    "bookings.credit_code_check": "a piece of the booking form",
    "bookings.outlook": "a piece of the booking form",
    "admin.venue_enterprises": "lines of a choice",
    "matters.handling_file": "a file",
    "meetings.file": "a file",
    "studies.file": "a file",
    "matters.finish_task": "the sample has no tasks; tests/web/test_matter_acts.py looks at it",
    "room.save_record": "how a record stands, for the script of the room",
}
"""What answers GET and is no page, and what it is instead; files are known by their ending."""
FILES = (".xlsx", ".pdf", ".ics", ".pem", ".png")

NEXT_DAY = "SELECT day FROM reception_day WHERE state = 'published' ORDER BY day LIMIT 1"
A_SLIP = "SELECT id FROM slip WHERE state = '{}' ORDER BY id LIMIT 1"
A_PAPER_RECEIPT = "SELECT {} FROM slip_receipt WHERE how = 'paper' ORDER BY slip_id, unit_id LIMIT 1"
A_WINDOW = """SELECT {} FROM booking JOIN matter ON matter.booking_id = booking.id
    WHERE matter.state = 'settled' AND booking.state = 'finished' ORDER BY matter.id LIMIT 1"""
AN_ANSWER = """SELECT {} FROM closing JOIN matter ON matter.id = closing.matter_id AND matter.round = closing.round
    JOIN booking ON booking.id = matter.booking_id WHERE matter.state = 'confirming' ORDER BY closing.id LIMIT 1"""
A_WORD = "SELECT id FROM enterprise_word WHERE kind = '{}' LIMIT 1"
A_BOOKING = "SELECT id FROM booking WHERE state = '{}' ORDER BY id DESC LIMIT 1"
A_MEETING = "SELECT id FROM meeting WHERE state = '{}' ORDER BY id LIMIT 1"
A_STUDY = "SELECT id FROM study WHERE state = '{}' ORDER BY id LIMIT 1"

EXAMPLES = {
    "account_id": "SELECT id FROM account WHERE username = 'unit'",
    "booking_id": A_BOOKING.format("pending"),
    "change_id": "SELECT id FROM day_change LIMIT 1",
    "code": "SELECT verify_code FROM slip_version ORDER BY made_at DESC LIMIT 1",
    "day": NEXT_DAY,
    "escalation_id": "SELECT id FROM escalation ORDER BY id LIMIT 1",
    "enterprise_id": "SELECT enterprise_id FROM booking WHERE state = 'finished' LIMIT 1",
    "field_id": "SELECT id FROM portfolio WHERE leader_id = (SELECT leader_id FROM account_leader LIMIT 1)",
    "key_id": "SELECT id FROM signing_key WHERE holder = 'organ'",
    "leader_id": "SELECT leader_id FROM account_leader LIMIT 1",
    "leave_id": "SELECT id FROM leave ORDER BY id LIMIT 1",
    "line_id": "SELECT max(id) FROM audit_line",
    "mandate_id": "SELECT id FROM mandate WHERE revoked_at IS NULL LIMIT 1",
    "look_back_id": "SELECT id FROM look_back WHERE done_on IS NULL ORDER BY id LIMIT 1",
    "matter_id": "SELECT id FROM matter WHERE state = 'assigned' ORDER BY id LIMIT 1",
    "measure_id": "SELECT id FROM measure WHERE ended_at IS NULL LIMIT 1",
    "meeting_id": A_MEETING.format("planned"),
    "month": "SELECT 12",
    "opinion_id": "SELECT id FROM opinion WHERE state = 'declined' ORDER BY id LIMIT 1",
    "kind": "SELECT 'reminder'",
    "paper_id": "SELECT id FROM slip_paper WHERE kind = 'reminder' ORDER BY id LIMIT 1",
    "plan_id": "SELECT id FROM duty_plan LIMIT 1",
    "position": "SELECT 1",
    "robot_id": "SELECT id FROM robot LIMIT 1",
    "post_id": "SELECT id FROM post WHERE leader_id = (SELECT leader_id FROM account_leader LIMIT 1)",
    "scope": "SELECT 'whole'",
    "seat": "SELECT 'main'",
    "stage": "SELECT 'handling'",
    "slip_id": A_SLIP.format("received"),
    "study_id": A_STUDY.format("open"),
    "task_id": "SELECT id FROM common_task ORDER BY id LIMIT 1",
    "swap_id": "SELECT id FROM swap ORDER BY id LIMIT 1",
    "template_id": "SELECT id FROM slot_template WHERE break_minutes > 0 LIMIT 1",
    "turn_id": "SELECT id FROM planned_turn ORDER BY id LIMIT 1",
    "unit_id": "SELECT unit_id FROM account WHERE username = 'unit'",
    "version": "SELECT 1",
    "venue_id": "SELECT id FROM venue WHERE enterprise_id IS NOT NULL LIMIT 1",
    "word_id": A_WORD.format("breach"),
    "year": "SELECT 2026",
}
"""Where the sample has an example for each argument of an address."""

IN_STATE = {
    ("slips.poor_reply", "paper_id"): "SELECT paper_id FROM paper_reply WHERE poor_at IS NULL LIMIT 1",
    ("admin.category_units", "code"): "SELECT code FROM category WHERE parent_code IS NOT NULL LIMIT 1",
    ("admin.rename_category", "code"): "SELECT code FROM category WHERE parent_code IS NOT NULL LIMIT 1",
    ("call_backs.record", "matter_id"): "SELECT id FROM matter WHERE state = 'settled' ORDER BY id DESC LIMIT 1",
    ("matters.approve", "matter_id"): """SELECT matter_id FROM slip_matter JOIN slip ON slip.id = slip_id
        JOIN matter ON matter.id = matter_id WHERE matter.state = 'approving'
        AND signer_id = (SELECT leader_id FROM account_leader LIMIT 1) LIMIT 1""",
    ("matters.head_sign", "matter_id"): """SELECT id FROM matter WHERE state = 'proposed'
        AND lead_unit_id = (SELECT unit_id FROM account WHERE username = 'unit') LIMIT 1""",
    ("matters.look_back", "matter_id"): "SELECT id FROM matter WHERE state = 'closed' ORDER BY id LIMIT 1",
    ("matters.opinion", "matter_id"): "SELECT id FROM matter WHERE state = 'confirming' ORDER BY id LIMIT 1",
    ("matters.propose", "matter_id"): """SELECT id FROM matter WHERE state = 'handling'
        AND lead_unit_id = (SELECT unit_id FROM account WHERE username = 'unit') LIMIT 1""",
    ("matters.review", "matter_id"): "SELECT id FROM matter WHERE state = 'reviewing' ORDER BY id LIMIT 1",
    ("follow.opinion", "code"): AN_ANSWER.format("follow_code"),
    ("follow.opinion", "closing_id"): AN_ANSWER.format("closing.id"),
    ("follow.prove", "code"): A_WINDOW.format("follow_code"),
    ("follow.rate", "code"): A_WINDOW.format("follow_code"),
    ("follow.rate", "matter_id"): A_WINDOW.format("matter.id"),
    ("follow.say", "code"): A_WINDOW.format("follow_code"),
    ("follow.say", "kind"): "SELECT 'breach'",
    ("follow.show", "code"): A_WINDOW.format("follow_code"),
    ("voices.reopen", "word_id"): A_WORD.format("objection"),
    ("matters.check", "matter_id"): "SELECT id FROM matter WHERE state = 'registered' LIMIT 1",
    ("matters.dispose", "matter_id"): "SELECT id FROM matter WHERE state = 'registered' LIMIT 1",
    ("meetings.hold", "meeting_id"): A_MEETING.format("planned"),
    ("meetings.minutes", "meeting_id"): A_MEETING.format("held"),
    ("reception_days.summary", "day"): """SELECT day FROM reception_day WHERE state = 'closed' AND id IN (
        SELECT reception_day_id FROM duty_turn WHERE leader_id = (SELECT leader_id FROM account_leader LIMIT 1)
    ) ORDER BY day DESC LIMIT 1""",
    ("room.close_day", "day"): "SELECT day FROM reception_day WHERE state = 'ongoing'",
    ("slips.correct_receipt", "slip_id"): A_PAPER_RECEIPT.format("slip_id"),
    ("slips.correct_receipt", "unit_id"): A_PAPER_RECEIPT.format("unit_id"),
    ("slips.enter_paper", "slip_id"): A_SLIP.format("issued"),
    ("slips.withdraw_receipt", "slip_id"): A_PAPER_RECEIPT.format("slip_id"),
    ("slips.withdraw_receipt", "unit_id"): A_PAPER_RECEIPT.format("unit_id"),
    ("slips.edit", "slip_id"): A_SLIP.format("draft"),
    ("slips.record_signature", "slip_id"): A_SLIP.format("awaiting_signature"),
    ("slips.send_back", "slip_id"): A_SLIP.format("awaiting_signature"),
    ("slips.decide", "slip_id"): A_SLIP.format("awaiting_signature"),
    (
        "slips.sign",
        "slip_id",
    ): "SELECT id FROM slip WHERE state = 'awaiting_signature' AND instruction <> '' ORDER BY id LIMIT 1",
    (
        "slips.countersign",
        "slip_id",
    ): "SELECT slip_id FROM countersigner JOIN slip ON slip.id = slip_id WHERE state = 'signed' LIMIT 1",
    (
        "slips.record_countersignature",
        "slip_id",
    ): "SELECT slip_id FROM countersigner JOIN slip ON slip.id = slip_id WHERE state = 'signed' LIMIT 1",
    ("slips.scan", "slip_id"): A_SLIP.format("signed"),
}
"""The same where the page wants its record in a certain state."""

_THE_LEADER = "SELECT leader_id FROM account_leader LIMIT 1"
_THE_UNIT = "SELECT unit_id FROM account WHERE username = 'unit'"
_SLIP_OF_THE_LEADER = f"SELECT id FROM slip WHERE state = 'received' AND receiver_id = ({_THE_LEADER}) LIMIT 1"
_SLIP_OF_THE_UNIT = f"SELECT id FROM slip WHERE state = 'received' AND lead_unit_id = ({_THE_UNIT}) LIMIT 1"
_LEAVE_OF_THE_LEADER = f"SELECT id FROM leave WHERE leader_id = ({_THE_LEADER}) ORDER BY id DESC LIMIT 1"
_PAPER_OF_THE_LEADER = (
    f"SELECT id FROM slip_paper WHERE slip_id IN (SELECT id FROM slip WHERE receiver_id = ({_THE_LEADER})) LIMIT 1"
)
_MATTER_ON = "SELECT matter_id FROM slip_matter WHERE slip_id = ({}) LIMIT 1"
_LOOK_BACK_OF_THE_LEADER = f"""SELECT look_back.id FROM look_back JOIN matter ON matter.id = matter_id
    JOIN duty_turn ON duty_turn.reception_day_id = matter.reception_day_id WHERE leader_id = ({_THE_LEADER}) LIMIT 1"""
VISIBLE_TO = {
    (Role.LEADER, "leave_id"): _LEAVE_OF_THE_LEADER,
    (Role.SECRETARY, "leave_id"): _LEAVE_OF_THE_LEADER,
    (Role.LEADER, "meeting_id"): A_MEETING.format("held"),
    (Role.SECRETARY, "meeting_id"): A_MEETING.format("held"),
    (Role.UNIT, "meeting_id"): A_MEETING.format("held"),
    (Role.LEADER, "paper_id"): _PAPER_OF_THE_LEADER,
    (Role.SECRETARY, "paper_id"): _PAPER_OF_THE_LEADER,
    (Role.UNIT, "paper_id"): f"SELECT id FROM slip_paper WHERE unit_id = ({_THE_UNIT}) LIMIT 1",
    (Role.LEADER, "look_back_id"): _LOOK_BACK_OF_THE_LEADER,
    (Role.SECRETARY, "look_back_id"): _LOOK_BACK_OF_THE_LEADER,
    (Role.LEADER, "slip_id"): _SLIP_OF_THE_LEADER,
    (Role.LEADER, "matter_id"): _MATTER_ON.format(_SLIP_OF_THE_LEADER),
    (Role.SECRETARY, "slip_id"): _SLIP_OF_THE_LEADER,
    (Role.SECRETARY, "matter_id"): _MATTER_ON.format(_SLIP_OF_THE_LEADER),
    (
        Role.UNIT,
        "booking_id",
    ): f"SELECT booking_id FROM invited_unit WHERE unit_id = ({_THE_UNIT}) ORDER BY booking_id DESC LIMIT 1",
    (Role.UNIT, "opinion_id"): f"SELECT id FROM opinion WHERE unit_id = ({_THE_UNIT}) AND state = 'asked' LIMIT 1",
    (Role.UNIT, "slip_id"): _SLIP_OF_THE_UNIT,
    (Role.UNIT, "matter_id"): _MATTER_ON.format(_SLIP_OF_THE_UNIT),
}
"""The same where a role sees its own records only."""

MORE = {
    "bookings.show": [("booking_id", A_BOOKING.format("finished")), ("booking_id", A_BOOKING.format("refused"))],
    "meetings.show": [("meeting_id", A_MEETING.format("held"))],
    "opinions.show": [("opinion_id", "SELECT id FROM opinion WHERE state = 'answered' LIMIT 1")],
    "reception_days.show": [("day", "SELECT max(day) FROM reception_day WHERE state = 'planned'")],
    "room.show": [("day", "SELECT day FROM reception_day WHERE state = 'ongoing'")],
    "studies.show": [("study_id", A_STUDY.format(state)) for state in ("proposed", "concluded", "dropped")],
    "slips.show": [
        ("slip_id", A_SLIP.format(state)) for state in ("draft", "awaiting_signature", "signed", "issued", "void")
    ],
}
"""Pages that look quite different in other states; the office sees them all."""


@dataclass(frozen=True)
class Sight:
    """One page as one role sees it; the first sight of a page is looked over closely."""

    address: str
    role: Role | None
    closely: bool


def sights(app: Flask, folder: Path, area: str) -> Iterator[Sight]:
    """Every page of an area, for every role that may open it.

    Raises LookupError for a page without an example, so that a new page cannot be forgotten.
    """
    rules = declared(app)
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if area_of(rule) != area or not is_page(rule):
            continue
        allowed = rules[rule.endpoint] or ()
        roles: list[Role | None] = [role for role in Role if role in allowed] or [None]
        for role in roles:
            closely = role is roles[0] or rule.endpoint == "home.workbench"
            yield Sight(_address(app, rule, folder, role, {}), role, closely)
        for argument, question in MORE.get(rule.endpoint, ()):
            yield Sight(_address(app, rule, folder, roles[0], {argument: question}), roles[0], closely=True)


def area_of(rule: Rule) -> str:
    """The area whose view answers an address."""
    return rule.endpoint.partition(".")[0]


def is_page(rule: Rule) -> bool:
    """Whether an address is a page that people open."""
    return "GET" in (rule.methods or ()) and rule.endpoint not in NOT_PAGES and not str(rule).endswith(FILES)


def _address(app: Flask, rule: Rule, folder: Path, role: Role | None, given: dict[str, str]) -> str:
    values = {}
    for argument in sorted(rule.arguments):
        question = (
            given.get(argument)
            or IN_STATE.get((rule.endpoint, argument))
            or (VISIBLE_TO.get((role, argument)) if role else None)
            or EXAMPLES.get(argument)
        )
        if question is None:
            raise LookupError(f"{rule}: say in EXAMPLES where the sample has an example of {argument}")
        found = looked_up(folder, question)
        if not found:
            raise LookupError(f"{rule}: the sample has none: {question}")
        values[argument] = found[0][0]
    if "day" in values:
        values["day"] = date.fromisoformat(str(values["day"]))
    return app.url_map.bind("portal").build(rule.endpoint, values)


def looked_over(page: Page, address: str, *, closely: bool = True) -> list[str]:
    """Open a page and answer what is wrong with it, each with the address."""
    answer = page.goto(address)
    assert answer is not None
    if answer.status != 200:
        return [f"{address}: answers {answer.status}"]
    return [f"{address}: {it}" for it in [*_headings(page), *(barriers(page) if closely else ()), *too_wide(page)]]


def barriers(page: Page) -> list[str]:
    """What keeps people with disabilities out of the page as it stands, as axe finds it.

    Rows of a list are all drawn alike, so the first ones stand for the others.
    """
    page.evaluate(AXE_SCRIPT)
    violations: list[dict[str, Any]] = page.evaluate(
        """() => axe.run(
            {exclude: [["tbody tr:nth-child(n+4)"], ["li:nth-child(n+8)"]]},
            {resultTypes: ["violations"], preload: false},
        ).then((results) => results.violations)"""
    )
    return [
        f"{it['impact']}: {it['help']} ({it['id']}, {len(it['nodes'])} times, {it['helpUrl']}):"
        f" {' '.join(it['nodes'][0]['html'].split())[:200]}"
        for it in violations
        if it["impact"] in SERIOUS
    ]


def _headings(page: Page) -> list[str]:
    count = page.get_by_role("heading", level=1).count()
    return [] if count == 1 else [f"has {count} h1 instead of one: call heading() once"]


def too_wide(page: Page) -> list[str]:
    """Whether the page must be scrolled sideways on a telephone; the page is in large print afterwards."""
    page.set_viewport_size(TELEPHONE)
    found = []
    for print_ in ("as it is", "in large print"):
        width, culprits = page.evaluate(
            """() => {
                const beyond = (it) => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest("thead, .wide, .unseen");
                const named = [...document.querySelectorAll("body *")].filter(beyond).slice(0, 3);
                return [document.documentElement.scrollWidth, named.map((it) => it.outerHTML.slice(0, 120))];
            }"""
        )
        if width > TELEPHONE["width"]:
            found.append(f"{print_} is {width} px wide on a telephone of {TELEPHONE['width']} px: {culprits}")
        page.evaluate("document.documentElement.classList.add('large')")
    page.set_viewport_size(DESK)
    return found
