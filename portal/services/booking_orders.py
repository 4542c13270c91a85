"""What a booking form says, and what is wrong with it (NX-03, NX-09, domain 11.11)."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from stdnum.cn import ric

from portal.documents.fonts import missing_characters, not_printable
from portal.domain.bookings import Identity, Origin, eligibility_problems, phone_problems
from portal.domain.errors import Problem
from portal.domain.matters import MatterKind
from portal.domain.office import OfficeRules
from portal.domain.receiving import AskIdNumber
from portal.services import enterprises
from portal.services.enterprises import EnterpriseGiven, OnFile
from portal.services.uploads import AcceptedFile
from portal.store.base import table_of
from portal.store.models.matters import Category

SHORTEST_REASON = 4
RESIDENT_CARD = 18
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
    """Who comes, and in which capacity (NX-03); `id_number` is kept only where the office asks for it."""

    name: str
    phone: str
    identity: Identity = Identity.LEGAL_REPRESENTATIVE
    post: str = ""
    letter: AcceptedFile | None = None
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class CompanionGiven:
    """Somebody who comes along (domain 2.2: five persons an enterprise at most)."""

    name: str
    post: str = ""
    phone: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class BookingOrder:
    """Everything a booking form says; `form_token` makes sending it twice the same as once.

    The reasons open what is closed otherwise: `override_reason` a place outside the district or a nature other than
    private, `urgent_reason` a day whose booking has ended, `again_reason` a second booking that day, `over_limit_reason` a day
    whose caps are reached. `waits` puts the enterprise on the waiting list when no place is free, for any slot of the day or
    only for the one it names.
    """

    slot_id: int
    enterprise: EnterpriseGiven
    visitor: VisitorGiven
    matters: tuple[MatterTold, ...]
    origin: Origin = Origin.APPLIED
    override_reason: str = ""
    form_token: str | None = None
    companions: tuple[CompanionGiven, ...] = ()
    urgent_reason: str = ""
    again_reason: str = ""
    over_limit_reason: str = ""
    waits: bool = False
    any_slot: bool = True


def order_problems(
    session: Session, order: BookingOrder, rules: OfficeRules, known: OnFile | None = None
) -> list[Problem]:
    """Everything that is wrong with a form, each with its field's name on the form; empty when it may be booked.

    `known` is what the register says of the enterprise, if somebody has looked already.
    """
    known = known or enterprises.on_file(session, order.enterprise)
    given = enterprises.completed(known, order.enterprise)
    return [
        *enterprises.filing_problems(known, given),
        *_eligibility(given, order, rules),
        *visitor_problems(order.visitor, has_letter=True, ask=rules.id_number),
        *companion_problems(order.companions, rules),
        *_matter_problems(session, order.matters, rules),
        *printing_problems(order),
    ]


def printing_problems(order: BookingOrder) -> list[Problem]:
    """What no paper could print: on the appointment slip or the leader's brief each such sign would be an empty box."""
    matters = "".join(it.title + it.detail for it in order.matters)
    companions = "".join(it.name + it.post for it in order.companions)
    texts = {
        "enterprise_name": order.enterprise.name,
        "registered_place": order.enterprise.registered_place,
        "visitor_name": order.visitor.name,
        "visitor_post": order.visitor.post,
        "companions": companions,
        "matters": matters,
    }
    if not missing_characters("".join(texts.values())):
        return []
    return [Problem(field, told) for field, text in texts.items() if (told := not_printable(text))]


def _eligibility(given: EnterpriseGiven, order: BookingOrder, rules: OfficeRules) -> list[Problem]:
    visitor = order.visitor
    has_letter = visitor.letter is not None
    return eligibility(
        given, rules, identity=visitor.identity, has_letter=has_letter, override_reason=order.override_reason
    )


def eligibility(
    given: EnterpriseGiven, rules: OfficeRules, *, identity: Identity, has_letter: bool, override_reason: str
) -> list[Problem]:
    """What NX-03 says; until the office has entered its own name, no address can be called another district's."""
    knows_itself = bool(rules.city) or rules.district != OfficeRules().district
    return _named_as_on_form(
        eligibility_problems(
            given.registered_place if knows_itself else "",
            rules.place_names[0],
            is_private=given.is_private,
            identity=identity,
            has_letter=has_letter,
            override_reason=override_reason.strip() or None,
        )
    )


def _matter_problems(session: Session, told: Sequence[MatterTold], rules: OfficeRules) -> list[Problem]:
    if not told:
        return [Problem("matters", "请至少填写一条诉求，写明标题。")]
    if len(told) > rules.matters_a_booking:
        message = f"一次预约最多 {rules.matters_a_booking} 条诉求，现有 {len(told)} 条，请合并或另约时间。"
        return [Problem("matters", message)]
    used = _categories_in_use(session, told)
    return [problem for each in told for problem in _told_problems(each, used)]


def matter_problems(session: Session, told: MatterTold) -> list[Problem]:
    """What is missing on a matter: its title, or a category that is in use."""
    return _told_problems(told, _categories_in_use(session, [told]))


def _told_problems(told: MatterTold, used: Collection[str]) -> list[Problem]:
    if not told.title.strip():
        return [Problem("matters", "每条诉求都要有标题，请补填或删去空白的一条。")]
    if told.category_code not in used:
        return [Problem("matters", f"“{told.title}”的诉求类别不存在或已停用，请重新选择。")]
    return []


def _categories_in_use(session: Session, told: Sequence[MatterTold]) -> frozenset[str]:
    codes = sorted({it.category_code for it in told})
    return frozenset(session.execute(_IN_USE, {"codes": codes}).scalars())


_CATEGORY = table_of(Category)
_IN_USE = select(_CATEGORY.c.code).where(_CATEGORY.c.code.in_(bindparam("codes", expanding=True)), _CATEGORY.c.active)


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


def visitor_problems(
    visitor: VisitorGiven, *, has_letter: bool, ask: AskIdNumber = AskIdNumber.NEVER, has_id_number: bool = False
) -> list[Problem]:
    """What is wrong with a visitor, by the fields of the form; a letter and an identity number may be on file already."""
    problems = [] if visitor.name.strip() else [Problem("visitor_name", "请填写来访人姓名。")]
    problems += phone_problems(visitor.phone)
    if wants_id_number(ask, visitor.identity) and not (has_id_number and not visitor.id_number.strip()):
        problems += id_number_problems(visitor.id_number, "visitor_id_number")
    if visitor.identity is Identity.AUTHORISED_REPRESENTATIVE and visitor.letter is None and not has_letter:
        problems += eligibility_problems("", "", is_private=True, identity=visitor.identity, has_letter=False)
    return _named_as_on_form(problems)


def companion_problems(companions: Sequence[CompanionGiven], rules: OfficeRules) -> list[Problem]:
    """What is wrong with those who come along: too many, one without a name, a telephone or identity number gone wrong."""
    problems = []
    if 1 + len(companions) > rules.persons_a_booking:
        message = f"每家企业最多 {rules.persons_a_booking} 人到场（含来访人），现有 {1 + len(companions)} 人，请减少随行人员。"
        problems.append(Problem("companions", message))
    for each in companions:
        called = each.name.strip() or "随行人员"
        if not each.name.strip():
            problems.append(Problem("companions", "每位随行人员都要有姓名，请补填或删去空白的一行。"))
        if each.phone.strip():
            problems += [Problem("companions", f"{called}：{it.message}") for it in phone_problems(each.phone)]
        if rules.id_number is AskIdNumber.EVERYBODY:
            wrong = id_number_problems(each.id_number, "companions")
            problems += [Problem("companions", f"{called}：{it.message}") for it in wrong]
    return problems


def wants_id_number(ask: AskIdNumber, identity: Identity) -> bool:
    """Whether the office writes down the identity number of whoever comes in this capacity (domain 7.1)."""
    return ask is AskIdNumber.EVERYBODY or (
        ask is AskIdNumber.AUTHORISED and identity is Identity.AUTHORISED_REPRESENTATIVE
    )


def id_number_problems(text: str, field: str) -> list[Problem]:
    """What is wrong with an identity number; other documents than the resident card only need a plausible number."""
    plain = tidy_id_number(text)
    if not plain:
        return [Problem(field, "请填写证件号码。")]
    if len(plain) == RESIDENT_CARD and not ric.is_valid(plain):
        return [Problem(field, "身份证号码的校验位不对，请对照证件逐位核对。")]
    if not (plain.isascii() and plain.isalnum() and 5 <= len(plain) <= 20):
        return [Problem(field, "证件号码应为 5 至 20 位数字或字母，居民身份证为 18 位，请检查。")]
    return []


def tidy_id_number(text: str) -> str:
    """The number as it is kept: no spaces, a capital X, half-width signs."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def refusal_text(reason: str, channel: str) -> str:
    """Why not, and where to turn instead, as the enterprise is told it."""
    return f"{reason.strip().rstrip('。')}。应走渠道：{channel.strip().rstrip('。')}。"
