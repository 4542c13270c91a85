"""What a slip's page shows of its papers, and what their pages share."""

from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from portal.domain.errors import NotFound
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import ALLOWED, Actor, Role
from portal.domain.signing import ISSUED_STATES, SENT_STATES
from portal.domain.slip_papers import FORMS, ORDERS, may_make, may_print_forms
from portal.domain.urging import URGING_KINDS
from portal.store.extension import read
from portal.store.queries.slip_pages import SlipPage
from portal.store.queries.slip_papers import PaperRow, papers_of_slip
from portal.web.access import me
from portal.web.matters.due import TimeLeft, time_left

MAKERS = (Role.OFFICE, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class PaperOffer:
    """A paper somebody could make: where, or why not."""

    label: str
    url: str = ""
    reason: str = ""


def papers_on(slip: SlipPage) -> dict[str, Any]:
    """What the slip's page shows of its papers: those there are, those one could make, the forms one could print."""
    actor = me()
    if slip.issued_at is None:
        return {"papers": [], "paper_offers": [], "paper_forms": []}
    return {
        "papers": papers_of_slip(read(), actor, slip.id),
        "paper_offers": _offers(slip, actor),
        "paper_forms": [(kind.label, url_for("slips.form_paper", slip_id=slip.id, kind=kind.value)) for kind in FORMS]
        if may_print_forms(actor) and slip.state in ISSUED_STATES
        else [],
        "left_of": left_of,
    }


def _offers(slip: SlipPage, actor: Actor) -> list[PaperOffer]:
    if actor.role not in MAKERS or slip.state not in ISSUED_STATES:
        return []
    return [_offer(slip, actor, kind) for kind in ORDERS]


def _offer(slip: SlipPage, actor: Actor, kind: PaperKind) -> PaperOffer:
    label = f"制发{kind.label}"
    if not may_make(actor, kind):
        return PaperOffer(label, reason=f"{kind.label}由{_makers_of(kind)}制发。")
    if kind in URGING_KINDS and slip.state not in SENT_STATES:
        return PaperOffer(label, reason=f"交办单现为“{slip.state.label}”，没有正在办理的事项。")
    return PaperOffer(label, url_for("slips.new_paper", slip_id=slip.id, kind=kind.value))


def _makers_of(kind: PaperKind) -> str:
    return "或".join(role.label for role in Role if role in ALLOWED[ORDERS[kind]])


def left_of(row: PaperRow) -> TimeLeft | None:
    """How much time is left for the answer; None when none is waited for."""
    left = time_left(row.reply_by, runs=row.runs)
    return replace(left, label=f"回复{left.label}") if left else None


def kind_of(word: str) -> PaperKind:
    """The kind of paper an address names. Raises NotFound."""
    try:
        return PaperKind(word)
    except ValueError:
        raise NotFound("没有这种文书。请从交办单页面的“随单文书”里选择。") from None
