"""The list of slips as the address asks for it, with what may be ticked and printed."""

from collections.abc import Collection

from flask import Response, url_for

from portal import clock
from portal.domain.ages import Age
from portal.domain.people import Action, Role, may
from portal.domain.print_jobs import JobKind
from portal.domain.signing import NUMBERED_STATES
from portal.domain.slips import SlipState
from portal.store.extension import read
from portal.store.queries.list_figures import slip_figures
from portal.store.queries.slips import SLIP_SORTS, SlipFilter, slip_rows
from portal.web.access import me
from portal.web.asked import asked_again, asked_day, asked_number, asked_text, asked_word
from portal.web.calendars import calendar_warning
from portal.web.htmx import render
from portal.web.listing import Listing, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.beside import beside_slips
from portal.web.matters.due import SLIP_TONES, time_left
from portal.web.office import rules
from portal.web.slips.receipt_words import own_receipts

SEEN_BY_A_UNIT = (SlipState.ISSUED, SlipState.RECEIVED, SlipState.CLOSED, SlipState.RETURNED, SlipState.VOID)
WORDS = ("state", "day", "from", "until", "unit", "mine", "scan", "received", "overdue", "age", "q")
BATCH_KINDS = (JobKind.PDF, JobKind.ZIP)


def shown_list(*, status: int = 200, ticked: Collection[int] = (), kind: JobKind = JobKind.PDF) -> Response:
    """One page of the list; `ticked` stay ticked and `kind` chosen when a print was refused."""
    asked, spelled = asked_slips(), spelled_words()
    wanted = wanted_page(SLIP_SORTS, default="newest", descending=True)
    found = slip_figures(read(), me(), asked, today=clock.today())
    counts = found.states
    page = Listing(slip_rows(read(), me(), asked, wanted))
    states = [
        (f"全部 {sum(counts.values())}", address("slips.listing", spelled, state=None), asked.state is None),
        *(
            (f"{it.label} {counts[it]}", address("slips.listing", spelled, state=it.value), asked.state is it)
            for it in (SEEN_BY_A_UNIT if me().role is Role.UNIT else SlipState)
        ),
    ]
    return render(
        "pages/slips/listing.html",
        "fragments/slips/_slip_list.html",
        status=status,
        page=page,
        calendar_warning=calendar_warning((row.due_on for row in page.rows), "办结时限"),
        title=title_of_list(),
        asked=asked,
        states=states,
        list_figures=beside_slips(spelled, asked, found),
        kept=[(name, spelled[name]) for name in ("received", "overdue", "age") if name in spelled],
        mine=_mine(),
        units=unit_choices(),
        tones=SLIP_TONES,
        time_left=time_left,
        export_url=address("slips.spreadsheet", spelled),
        print_url=url_for("slips.print_day", day=asked.day.isoformat()) if asked.day else None,
        drafts=me().role is Role.OFFICE,
        mandates=me().role in (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.SUPERVISOR),
        own=own_receipts([row.id for row in page.rows]),
        print_action=address("slips.print_many", spelled),
        printable=counts[asked.state] if asked.state else sum(counts[it] for it in NUMBERED_STATES),
        kinds=BATCH_KINDS,
        kind=kind,
        ticked=frozenset(ticked),
        prints_all=may(me(), Action.SEE_PERSONAL_DATA),
        at_once=rules().print_job_from,
    )


def asked_slips() -> SlipFilter:
    """What the address narrows the list to."""
    actor = me()
    mine = asked_text("mine") == "1"
    age = asked_word(Age, "age")
    leads = mine and actor.role in (Role.LEADER, Role.SECRETARY)
    return SlipFilter(
        state=None if leads else asked_word(SlipState, "state"),
        day=asked_day("day"),
        first=asked_day("from"),
        last=asked_day("until"),
        unit_id=asked_number("unit"),
        signer_ids=actor.leader_ids | actor.stands_in_for if leads else None,
        countersigner_ids=actor.leader_ids if leads else frozenset(),
        unscanned=asked_text("scan") == "missing",
        unreceived_by=actor.unit_id if mine and actor.role is Role.UNIT else None,
        words=asked_text("q"),
        received=asked_text("received") == "1",
        late_on=clock.today() if asked_text("overdue") == "1" else None,
        aged=None if age is None else (age, clock.today()),
    )


def spelled_words() -> dict[str, str]:
    """The same as words for an address."""
    return asked_again(WORDS)


def title_of_list() -> str:
    """The question the list answers."""
    if asked_text("mine") == "1" and me().role is Role.UNIT:
        return "等我单位签收的交办单"
    if asked_text("mine") == "1" and me().role in (Role.LEADER, Role.SECRETARY):
        return "等我签批、会签的交办单" if me().role is Role.LEADER else "等领导签批、会签的交办单"
    if asked_text("scan") == "missing":
        return "签批件待补扫描的交办单"
    return "交办单办到哪一步了"


def _mine() -> list[tuple[str, str, bool]]:
    """All slips, or only those that wait for the person who looks."""
    label = {Role.UNIT: "待我单位签收", Role.LEADER: "待我签批", Role.SECRETARY: "待领导签批"}.get(me().role)
    if label is None:
        return []
    on = asked_text("mine") == "1"
    return [("全部", url_for("slips.listing"), not on), (label, url_for("slips.listing", mine=1), on)]
