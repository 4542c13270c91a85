"""What a booking form says, and what is wrong with it (NX-03, NX-09, domain 11.11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from portal.domain.bookings import Identity, Origin, eligibility_problems, phone_problems
from portal.domain.errors import Problem
from portal.domain.matters import MatterKind
from portal.domain.office import OfficeRules
from portal.services import enterprises
from portal.services.enterprises import EnterpriseGiven
from portal.services.uploads import AcceptedFile
from portal.store.models.matters import Category

SHORTEST_REASON = 4
FORM_NAMES = {"letter": "authorisation", "phone": "visitor_phone"}
"""Fields the domain calls otherwise than the form does."""


@dataclass(frozen=True, slots=True)
class MatterTold:
    """A matter as it was told; `detail` may be empty."""

    kind: MatterKind
    category_code: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class VisitorGiven:
    """Who comes, and in which capacity (NX-03)."""

    name: str
    phone: str
    identity: Identity = Identity.LEGAL_REPRESENTATIVE
    post: str = ""
    letter: AcceptedFile | None = None


@dataclass(frozen=True, slots=True)
class BookingOrder:
    """Everything a booking form says; `form_token` makes sending it twice the same as once."""

    slot_id: int
    enterprise: EnterpriseGiven
    visitor: VisitorGiven
    matters: tuple[MatterTold, ...]
    origin: Origin = Origin.APPLIED
    override_reason: str = ""
    form_token: str | None = None


def order_problems(session: Session, order: BookingOrder, rules: OfficeRules) -> list[Problem]:
    """Everything that is wrong with a form, each with its field's name on the form; empty when it may be booked."""
    given = enterprises.completed(session, order.enterprise)
    return [
        *enterprises.filing_problems(session, given),
        *_eligibility(given, order, rules),
        *visitor_problems(order.visitor, has_letter=True),
        *_matter_problems(session, order.matters, rules),
    ]


def _eligibility(given: EnterpriseGiven, order: BookingOrder, rules: OfficeRules) -> list[Problem]:
    """What NX-03 says; until the office has entered its own name, no address can be called another district's."""
    knows_itself = bool(rules.city) or rules.district != OfficeRules().district
    return _named_as_on_form(
        eligibility_problems(
            given.registered_place if knows_itself else "",
            rules.place_names[0],
            is_private=given.is_private,
            identity=order.visitor.identity,
            has_letter=order.visitor.letter is not None,
            override_reason=order.override_reason.strip() or None,
        )
    )


def _matter_problems(session: Session, told: Sequence[MatterTold], rules: OfficeRules) -> list[Problem]:
    if not told:
        return [Problem("matters", "请至少填写一条诉求，写明标题。")]
    if len(told) > rules.matters_a_booking:
        message = f"一次预约最多 {rules.matters_a_booking} 条诉求，现有 {len(told)} 条，请合并或另约时间。"
        return [Problem("matters", message)]
    return [problem for each in told for problem in matter_problems(session, each)]


def matter_problems(session: Session, told: MatterTold) -> list[Problem]:
    """What is missing on a matter: its title, or a category that is in use."""
    if not told.title.strip():
        return [Problem("matters", "每条诉求都要有标题，请补填或删去空白的一条。")]
    category = session.get(Category, told.category_code)
    if category is None or not category.active:
        return [Problem("matters", f"“{told.title}”的诉求类别不存在或已停用，请重新选择。")]
    return []


def reason_problems(text: str, what: str) -> list[Problem]:
    """A reason that is to be kept has a few words at least."""
    if len(text.strip()) >= SHORTEST_REASON:
        return []
    return [Problem("reason", f"请写明{what}，不少于 {SHORTEST_REASON} 个字。")]


def channel_problems(channel: str) -> list[Problem]:
    """Whoever is refused is told where to turn."""
    if channel.strip():
        return []
    return [Problem("channel", "请写明企业应走的渠道，例如诉讼、仲裁、行政复议、信访。")]


def _named_as_on_form(problems: Iterable[Problem]) -> list[Problem]:
    return [replace(it, field=FORM_NAMES.get(it.field, it.field)) for it in problems]


def visitor_problems(visitor: VisitorGiven, *, has_letter: bool) -> list[Problem]:
    """What is wrong with a visitor, by the fields of the form; a letter may be on file already."""
    problems = [] if visitor.name.strip() else [Problem("visitor_name", "请填写来访人姓名。")]
    problems += phone_problems(visitor.phone)
    if visitor.identity is Identity.AUTHORISED_REPRESENTATIVE and visitor.letter is None and not has_letter:
        problems += eligibility_problems("", "", is_private=True, identity=visitor.identity, has_letter=False)
    return _named_as_on_form(problems)


def refusal_text(reason: str, channel: str) -> str:
    """Why not, and where to turn instead, as the enterprise is told it."""
    return f"{reason.strip().rstrip('。')}。应走渠道：{channel.strip().rstrip('。')}。"
