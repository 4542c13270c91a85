"""Forms of bookings: taking a place, correcting it, ending it, preparing it."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from flask_wtf.file import FileField
from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.clock import today
from portal.domain.bookings import Identity, Origin
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterKind
from portal.domain.refusals import RefusalGround
from portal.services.booking_orders import SHORTEST_REASON, BookingOrder, MatterTold, VisitorGiven
from portal.services.enterprises import EnterpriseGiven
from portal.services.uploads import AcceptedFile
from portal.store.queries.bookings import BookingFacts
from portal.store.queries.categories import CategoryRow
from portal.store.queries.enterprises import EnterpriseFacts
from portal.store.queries.people import UnitRow
from portal.store.queries.slots import OpenSlot
from portal.web.forms import PortalForm, SelectManyField, at_most, fail, required
from portal.web.refusals import grounds_to_choose

READING_ORDER = (
    "slot", "enterprise_name", "credit_code", "registered_place", "is_private", "visitor_name", "visitor_post",
    "visitor_phone", "identity", "authorisation", "origin", "override_reason", "matters",
)  # fmt: skip
"""As the booking form is read, so that its summary of errors runs from top to bottom."""


W = TypeVar("W", bound=Labelled)


def one_of(words: type[W], said: object, otherwise: W) -> W:
    """The word somebody chose; what is no such word has its own error, so that the rest can be checked all the same."""
    return next((word for word in words if word.value == said), otherwise)


def words_of(kind: Iterable[Labelled]) -> list[SelectChoice]:
    """Choices of a fixed set of words."""
    return [SelectChoice(value=word.value, label=word.label) for word in kind]


def categories_to_choose(rows: Sequence[CategoryRow]) -> list[SelectChoice]:
    """Categories of two levels: the upper one heads its group and may be chosen itself."""
    parents = {row.parent_code for row in rows if row.parent_code}
    chosen = [SelectChoice(value="", label="请选择")]
    for row in rows:
        label = f"{row.name}（不细分）" if row.code in parents else row.name
        group = row.parent or (row.name if row.code in parents else None)
        chosen.append(SelectChoice(value=row.code, label=label, optgroup=group))
    return chosen


class MatterForm(PortalForm):
    """One matter as it is told; a row without title and detail is no matter."""

    class Meta(PortalForm.Meta):
        """It stands inside a form that has its own token."""

        csrf = False

    kind = RadioField(
        "性质", [required("请选择性质。")], choices=words_of(MatterKind), default=MatterKind.PROBLEM.value
    )
    category = SelectField("类别", [required("请选择类别。")], choices=[], default="")
    title = StringField("标题", [required("请用一句话写明诉求。"), at_most(120)])
    detail = TextAreaField("具体情况", [Optional(), at_most(4000)])

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written into the row."""
        return not (self.title.data or self.detail.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """A blank row is left out rather than refused."""
        return self.is_blank or super().validate(extra_validators)

    def told(self) -> MatterTold:
        """The matter as the domain knows it."""
        return MatterTold(
            one_of(MatterKind, self.kind.data, MatterKind.PROBLEM),
            self.category.data or "",
            self.title.data or "",
            self.detail.data or "",
        )


class VisitorForm(PortalForm):
    """Who comes."""

    visitor_name = StringField("来访人姓名", [required("请填写来访人姓名。"), at_most(40)])
    visitor_post = StringField("职务", [Optional(), at_most(60)])
    visitor_phone = TelField("联系电话", [required("请填写联系电话。"), at_most(40)])
    identity = RadioField("来访人身份", [required("请选择来访人身份。")], choices=words_of(Identity))
    authorisation = FileField("授权委托书", [Optional()])
    authorisation_kept = HiddenField()

    def visitor(self, letter: AcceptedFile | None) -> VisitorGiven:
        """The visitor as the domain knows him or her."""
        return VisitorGiven(
            name=self.visitor_name.data or "",
            phone=self.visitor_phone.data or "",
            identity=one_of(Identity, self.identity.data, Identity.LEGAL_REPRESENTATIVE),
            post=self.visitor_post.data or "",
            letter=letter,
        )

    @property
    def kept_name(self) -> str:
        """The name of a letter that was handed in with an earlier try."""
        return (self.authorisation_kept.data or "").partition(":")[2]

    def keep(self, letter: AcceptedFile) -> None:
        """Remember the letter, so that it need not be chosen again."""
        self.authorisation_kept.data = f"{letter.sha256}:{letter.name}"


class EditVisitorForm(VisitorForm):
    """Correct who comes; the letter on file stays if no other is chosen."""

    visitor_phone = TelField("联系电话", [Optional(), at_most(40)])
    version = IntegerField(widget=HiddenInput())

    @classmethod
    def of(cls, booking: BookingFacts) -> "EditVisitorForm":
        """The form as the record stands."""
        return cls(
            formdata=None,
            visitor_name=booking.visitor_name,
            visitor_post=booking.visitor_post,
            identity=booking.identity.value,
            version=booking.version,
        )


class BookingForm(VisitorForm):
    """A place for an enterprise, who comes for it, and what it has to say (NX-03, NX-09)."""

    form_token = HiddenField()
    slot = RadioField("时段", [required("请选择时段。")], coerce=int, validate_choice=False)
    enterprise_name = StringField("企业名称", [required("请填写企业名称。"), at_most(120)])
    credit_code = StringField("统一社会信用代码", [Optional(), at_most(40)])
    registered_place = StringField("注册地", [at_most(200)])
    is_private = RadioField(
        "企业性质",
        choices=[SelectChoice(value="yes", label="民营企业（含个体工商户）"), SelectChoice(value="no", label="其他")],
        default="yes",
    )
    origin = RadioField("来源", choices=words_of(Origin), default=Origin.APPLIED.value)
    override_reason = StringField("破例接待的理由", [Optional(), at_most(200)])
    matters = FieldList(FormField(MatterForm), "诉求", min_entries=3)

    def __init__(self, slots: Sequence[OpenSlot], categories: Sequence[CategoryRow], **given: Any) -> None:
        super().__init__(**given)
        for name in READING_ORDER:
            self._fields[name] = self._fields.pop(name)
        self.offer(slots)
        self.categories = categories_to_choose(categories)
        for row in self.matters:
            row.form.category.choices = self.categories

    def offer(self, slots: Sequence[OpenSlot], others: Sequence[OpenSlot] = ()) -> None:
        """Offer the slots of the day, and others by their full name; a full one can be looked at but not chosen."""
        known = {it.id for it in slots}
        self.slot.choices = [
            SelectChoice(
                value=it.id,
                label=it.label,
                render_kw=None if it.free or it.id == self.slot.data else {"disabled": True},
            )
            for it in slots
        ] + [SelectChoice(value=it.id, label=it.label_beside(today())) for it in others if it.id not in known]

    def start(self, *, slot_id: int | None, enterprise: EnterpriseFacts | None) -> None:
        """What a fresh form begins with."""
        self.form_token.data = secrets.token_urlsafe(24)
        self.slot.data = slot_id
        if enterprise is not None:
            self.fill_in(enterprise)

    def fill_in(self, enterprise: EnterpriseFacts) -> None:
        """Take over what the enterprise's file says."""
        self.enterprise_name.data = enterprise.name
        self.credit_code.data = enterprise.credit_code
        self.registered_place.data = enterprise.registered_place
        self.is_private.data = "yes" if enterprise.is_private else "no"

    def add_row(self) -> None:
        """One more blank matter."""
        self.matters.append_entry()
        self.matters[-1].form.category.choices = self.categories

    def remove_row(self, place: int) -> None:
        """Take a matter away."""
        if 0 <= place < len(self.matters):
            self.matters.pop_entry(place)
        if not len(self.matters):
            self.add_row()

    def order(self, letter: AcceptedFile | None) -> BookingOrder:
        """The booking as the domain knows it; what was left blank is blank there too, so that all is checked at once."""
        return BookingOrder(
            slot_id=self.slot.data or 0,
            enterprise=EnterpriseGiven(
                name=self.enterprise_name.data or "",
                credit_code=self.credit_code.data or "",
                registered_place=self.registered_place.data or "",
                is_private=self.is_private.data != "no",
            ),
            visitor=self.visitor(letter),
            matters=tuple(row.form.told() for row in self.matters if not row.form.is_blank),
            origin=one_of(Origin, self.origin.data, Origin.APPLIED),
            override_reason=self.override_reason.data or "",
            form_token=(self.form_token.data or "")[:64] or None,
        )


class MoveForm(PortalForm):
    """Another slot."""

    slot = RadioField("改到", [required("请选择时段。")], coerce=int, validate_choice=False, choices=[])
    version = IntegerField(widget=HiddenInput())


class CancelForm(PortalForm):
    """Why a booking is cancelled."""

    reason = TextAreaField(
        "取消原因", [required("请写明取消的原因。"), at_most(200)], description="例如：企业来电说明当日不能到场。"
    )
    version = IntegerField(widget=HiddenInput())


class RefuseForm(PortalForm):
    """On which ground a booking is refused, and where the enterprise should turn (domain 11.6)."""

    ground = SelectField(
        "不予受理的情形",
        [required("请选择情形；都不合适时选“其他”。")],
        choices=grounds_to_choose("请选择"),
        description="告知书上按此表述。",
    )
    reason = TextAreaField(
        "具体理由",
        [at_most(120)],
        description="选填。例如哪个法院已立案、哪份文书已答复；选“其他”时必填。涉密的不要写内容。",
    )
    channel = StringField(
        "应走的渠道", [at_most(40)], description="选填，将告知企业；留空即用所选情形的渠道，选“其他”时必填。"
    )
    version = IntegerField(widget=HiddenInput())

    def validate_reason(self, reason: TextAreaField) -> None:
        """A ground that says nothing itself needs words."""
        if self.ground.data == RefusalGround.OTHER.value and len(reason.data or "") < SHORTEST_REASON:
            fail(f"选“其他”时请写明理由，不少于 {SHORTEST_REASON} 个字。")

    def validate_channel(self, channel: StringField) -> None:
        """A ground that leads nowhere needs a channel."""
        if self.ground.data == RefusalGround.OTHER.value and not channel.data:
            fail("选“其他”时请写明企业应走的渠道。")

    def chosen(self) -> RefusalGround:
        """The ground as the domain knows it."""
        return RefusalGround(self.ground.data)


class UnitsForm(PortalForm):
    """The units asked to sit in (NX-06)."""

    units = SelectManyField(
        "参加单位", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def offer(self, units: Sequence[UnitRow], usual: Collection[int] = ()) -> None:
        """Offer the district's units, those usual for the categories of the matters first."""
        self.units.choices = [
            SelectChoice(value=it.id, label=f"{it.short_name}（按类别建议）" if it.id in usual else it.short_name)
            for it in sorted(units, key=lambda it: it.id not in usual)
        ]
