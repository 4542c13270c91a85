"""How an act on a matter is shown as a page and carried out: typed text kept, what others did meanwhile said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField

from portal.domain.errors import Conflict, RuleBroken
from portal.store.extension import read, write
from portal.store.queries.carrying_slips import CarryingSlip, carrying_slips
from portal.store.queries.matter_pages import MatterPage, matter_page
from portal.store.queries.standing_requests import StandingRequests
from portal.web.access import me
from portal.web.converters import number_in
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.matters.due import MATTER_TONES
from portal.web.matters.offered import hindrance, requests_on, situation_of

FORM = "fragments/matters/_act_form.html"


class ActForm(PortalForm):
    """A form about a matter, or another record people share, that remembers which version of it the page showed."""

    version = HiddenField()

    @property
    def seen(self) -> int | None:
        """The version the page showed."""
        return number_in(self.version.data)


@dataclass(frozen=True, slots=True)
class ActTold:
    """The words of an act's page: its title, its button, what is said when it is done, what will happen, and how fields are drawn.

    `quick` and `rows` are by field; `multipart` for a form that brings files.
    """

    title: str
    primary: str
    done: str
    consequences: Sequence[str] = ()
    quick: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    multipart: bool = False
    danger: bool = False


def act_page(
    matter_id: int,
    form: PortalForm,
    act: Callable[[Session], object],
    told: ActTold,
    *,
    before: Callable[[], None] | None = None,
    onward: Callable[[], str] | None = None,
    fragment: str = FORM,
    **shown: object,
) -> Response:
    """Show the form of an act, or carry it out and go back to the matter; a refusal keeps what was typed.

    Where the act is not possible now, the page says why instead of showing the form; whoever sends it all the same gets the
    service's own refusal. `before` is what takes long and writes nothing, such as reading files.
    """
    matter = matter_page(read(), me(), matter_id)
    status = 200
    if request.method == "POST":
        status = _tried(form, act, before)
        if status == DONE:
            flash(told.done, "success")
            return go(onward() if onward else url_for("matters.show", matter_id=matter_id))
        if status == CONFLICT:
            matter = matter_page(read(), me(), matter_id)
    if "version" in form and (request.method == "GET" or status == CONFLICT):
        form.has_seen(matter.version)
    carrying = carrying_slips(read(), matter_id, matter.lead_unit_id)
    requests = requests_on(matter, carrying)
    return render(
        "pages/matters/act.html",
        fragment,
        status=status,
        matter=matter,
        form=form,
        told=told,
        fragment=fragment,
        title=told.title,
        action=request.path,
        requests=requests,
        hindered=_hindered(matter, carrying, requests) if request.method == "GET" else None,
        tones=MATTER_TONES,
        **shown,
    )


DONE, CONFLICT = 0, 409


def _hindered(matter: MatterPage, carrying: Sequence[CarryingSlip], requests: StandingRequests) -> str | None:
    return hindrance(request.endpoint or "", situation_of(matter, carrying, requests, me()), me())


def _tried(form: PortalForm, act: Callable[[Session], object], before: Callable[[], None] | None) -> int:
    """DONE when it is, else the status with which to show the form again."""
    if not form.validate_on_submit():
        return 422
    try:
        if before is not None:
            before()
        write(act)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return CONFLICT if isinstance(refusal, Conflict) else status_of(refusal)
    return DONE
