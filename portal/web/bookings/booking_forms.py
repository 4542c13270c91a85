"""The booking form: a place, an enterprise, those who come, and what they have to say (NX-03, NX-09)."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
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
from wtforms.widgets import HiddenInput

from portal.domain.bookings import Identity, Origin, phone_problems
from portal.domain.matters import MatterKind
from portal.domain.receiving import AskIdNumber
from portal.services.booking_orders import (
    BookingOrder,
    CompanionGiven,
    MatterTold,
    VisitorGiven,
    id_number_problems,
    wants_id_number,
)
from portal.services.booking_outlook import SaidSoFar
from portal.services.companions import CompanionKept
from portal.services.enterprises import EnterpriseGiven
from portal.services.uploads import AcceptedFile
from portal.store.queries.bookings import BookingFacts
from portal.store.queries.categories import CategoryRow
from portal.store.queries.enterprises import EnterpriseFacts
from portal.store.queries.visits import Comer
from portal.web.bookings.forms import categories_to_choose, one_of, words_of
from portal.web.forms import PortalForm, at_most, fail, printable, required

REASONS = ("urgent_reason", "over_limit_reason", "again_reason", "override_reason")
"""The fields that open what is closed otherwise; each is shown only where it applies."""

WAITS_PRESSED = {"any": "yes", "slot": "no"}
"""What each button of the waiting list, beside a refusal, chooses as the slots to wait for."""

READING_ORDER = (
    "slot", "urgent_reason", "over_limit_reason", "waits", "any_slot", "enterprise_name", "again_reason", "credit_code",
    "registered_place", "is_private", "override_reason", "visitor_name", "visitor_post", "visitor_phone", "identity",
    "visitor_id_number", "authorisation", "companions", "origin", "matters",
)  # fmt: skip
"""As the form is read, so that its summary of errors runs from top to bottom."""


class MatterForm(PortalForm):
    """One matter as it is told; a row without title and detail is no matter."""

    class Meta(PortalForm.Meta):
        """It stands inside a form that has its own token."""

        csrf = False

    kind = RadioField(
        "性质", [required("请选择性质。")], choices=words_of(MatterKind), default=MatterKind.PROBLEM.value
    )
    category = SelectField("类别", [required("请选择类别。")], choices=[], default="")
    title = StringField("标题", [required("请用一句话写明诉求。"), at_most(120), printable])
    detail = TextAreaField("具体情况", [Optional(), at_most(4000), printable])

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


class CompanionForm(PortalForm):
    """Somebody who comes along; a blank row is nobody."""

    class Meta(PortalForm.Meta):
        """It stands inside a form that has its own token."""

        csrf = False

    name = StringField("姓名", [required("请填写姓名，或删去这一行。"), at_most(40), printable])
    post = StringField("职务", [Optional(), at_most(60), printable])
    phone = TelField("电话", [Optional(), at_most(40)])
    id_number = StringField("证件号码", [at_most(40)])

    ask = AskIdNumber.NEVER

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written into the row."""
        return not any(field.data for field in (self.name, self.post, self.phone, self.id_number))

    def validate(self, extra_validators: Any = None) -> bool:
        """A blank row is left out rather than refused."""
        return self.is_blank or super().validate(extra_validators)

    def validate_phone(self, field: TelField) -> None:
        """A number that is given must be one."""
        for problem in phone_problems(field.data) if field.data else ():
            fail(problem.message)

    def validate_id_number(self, field: StringField) -> None:
        """Asked of everybody, or of nobody who comes along."""
        for problem in id_number_problems(field.data or "", field.name) if self.ask is AskIdNumber.EVERYBODY else ():
            fail(problem.message)

    def given(self) -> CompanionGiven:
        """The person as the domain knows him or her."""
        return CompanionGiven(
            self.name.data or "", self.post.data or "", self.phone.data or "", self.id_number.data or ""
        )


class VisitorForm(PortalForm):
    """Who comes."""

    visitor_name = StringField("来访人姓名", [required("请填写来访人姓名。"), at_most(40), printable])
    visitor_post = StringField("职务", [Optional(), at_most(60), printable])
    visitor_phone = TelField("联系电话", [required("请填写联系电话。"), at_most(40)])
    identity = RadioField("来访人身份", [required("请选择来访人身份。")], choices=words_of(Identity))
    visitor_id_number = StringField("证件号码", [at_most(40)])
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
            id_number=self.visitor_id_number.data or "",
        )

    def asks_id_number(self, ask: AskIdNumber) -> bool:
        """Whether the field for the identity number is shown at all."""
        return any(wants_id_number(ask, identity) for identity in Identity)

    @property
    def kept_name(self) -> str:
        """The name of a letter that was handed in with an earlier try."""
        return (self.authorisation_kept.data or "").partition(":")[2]

    def keep(self, letter: AcceptedFile) -> None:
        """Remember the letter, so that it need not be chosen again."""
        self.authorisation_kept.data = f"{letter.sha256}:{letter.name}"


class EditVisitorForm(VisitorForm):
    """Correct who comes; the letter and the numbers on file stay if no others are given."""

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


class KeptCompanionForm(CompanionForm):
    """Somebody who comes along and is on file; numbers left blank stay as they are."""

    position = HiddenField()

    def validate_id_number(self, field: StringField) -> None:
        """The office's verb knows whose number is on file."""
        if field.data:
            super().validate_id_number(field)

    def kept(self) -> CompanionKept:
        """The row as the office's verb knows it."""
        position = self.position.data or ""
        return CompanionKept(int(position) if position.isascii() and position.isdigit() else None, self.given())


class CompanionsForm(PortalForm):
    """Everybody who comes along, anew."""

    companions = FieldList(FormField(KeptCompanionForm), "随行人员", min_entries=1)
    version = IntegerField(widget=HiddenInput())

    def __init__(self, ask: AskIdNumber, **given: Any) -> None:
        super().__init__(**given)
        for row in self.companions:
            row.form.ask = ask

    @classmethod
    def of(cls, version: int, comers: Sequence[Comer], ask: AskIdNumber) -> "CompanionsForm":
        """The form as the record stands; numbers are not shown."""
        rows = [{"name": it.name, "post": it.post, "position": place} for place, it in enumerate(comers[1:], start=2)]
        return cls(ask, formdata=None, version=version, companions=rows)

    def add_companion(self) -> None:
        """One more blank row."""
        self.companions.append_entry()

    def remove_companion(self, place: int) -> None:
        """Take somebody away."""
        if 0 <= place < len(self.companions):
            self.companions.pop_entry(place)
        if not len(self.companions):
            self.add_companion()

    def wanted(self) -> list[CompanionKept]:
        """Everybody, blank rows left out."""
        return [row.form.kept() for row in self.companions if not row.form.is_blank]


class BookingForm(VisitorForm):
    """A place for an enterprise, who comes for it, and what it has to say (NX-03, NX-09)."""

    form_token = HiddenField()
    slot = RadioField("时段", [required("请选择时段。")], coerce=int, choices=(), validate_choice=False)
    urgent_reason = StringField("紧急预约的理由", [Optional(), at_most(200)])
    over_limit_reason = StringField("超额接待的理由", [Optional(), at_most(200)])
    again_reason = StringField("再约一次的理由", [Optional(), at_most(200)])
    waits = BooleanField("没有名额时登记候补")
    any_slot = RadioField(
        "候补范围",
        choices=[SelectChoice(value="yes", label="当天任何时段"), SelectChoice(value="no", label="只候补所选时段")],
        default="yes",
    )
    enterprise_name = StringField("企业名称", [required("请填写企业名称。"), at_most(120), printable])
    credit_code = StringField("统一社会信用代码", [Optional(), at_most(40)])
    registered_place = StringField("注册地", [at_most(200), printable])
    is_private = RadioField(
        "企业性质",
        choices=[SelectChoice(value="yes", label="民营企业（含个体工商户）"), SelectChoice(value="no", label="其他")],
        default="yes",
    )
    origin = RadioField("来源", choices=words_of(Origin), default=Origin.APPLIED.value)
    override_reason = StringField("破例接待的理由", [Optional(), at_most(200)])
    companions = FieldList(FormField(CompanionForm), "随行人员", min_entries=1)
    matters = FieldList(FormField(MatterForm), "诉求", min_entries=3)

    def __init__(self, categories: Sequence[CategoryRow], ask: AskIdNumber, **given: Any) -> None:
        super().__init__(**given)
        for name in READING_ORDER:
            self._fields[name] = self._fields.pop(name)
        self.ask = ask
        self.categories = categories_to_choose(categories)
        for row in self.matters:
            row.form.category.choices = self.categories
            row.form.category.validate_choice = bool(categories)
        for row in self.companions:
            row.form.ask = ask

    def process(self, *given: Any, **more: Any) -> None:
        """Take over what was sent; a button of the waiting list says itself which slots it is for."""
        super().process(*given, **more)
        pressed = (WAITS_PRESSED[it] for it in self.waits.raw_data or () if it in WAITS_PRESSED)
        self.any_slot.data = next(pressed, self.any_slot.data)

    def start(self, *, slot_id: int | None, enterprise: EnterpriseFacts | None, origin: Origin | None) -> None:
        """What a fresh form begins with."""
        self.form_token.data = secrets.token_urlsafe(24)
        self.slot.data = slot_id
        if origin is not None:
            self.origin.data = origin.value
        if enterprise is not None:
            self.fill_in(enterprise)

    def fill_in(self, enterprise: EnterpriseFacts) -> None:
        """Take over what the enterprise's file says."""
        self.enterprise_name.data = enterprise.name
        self.credit_code.data = enterprise.credit_code
        self.registered_place.data = enterprise.registered_place
        self.is_private.data = "yes" if enterprise.is_private else "no"

    def add_matter(self) -> None:
        """One more blank matter."""
        self.matters.append_entry()
        self.matters[-1].form.category.choices = self.categories

    def remove_matter(self, place: int) -> None:
        """Take a matter away."""
        if 0 <= place < len(self.matters):
            self.matters.pop_entry(place)
        if not len(self.matters):
            self.add_matter()

    def add_companion(self) -> None:
        """One more blank row for somebody who comes along."""
        self.companions.append_entry()

    def remove_companion(self, place: int) -> None:
        """Take somebody away."""
        if 0 <= place < len(self.companions):
            self.companions.pop_entry(place)
        if not len(self.companions):
            self.add_companion()

    @property
    def has_companions(self) -> bool:
        """Whether something was written about those who come along, or is wrong with it."""
        return bool(self.companions.errors) or not all(row.form.is_blank for row in self.companions)

    @property
    def token(self) -> str:
        """The form's own token, as far as a record can keep it."""
        return (self.form_token.data or "")[:64]

    @property
    def reasons_given(self) -> frozenset[str]:
        """The reasons that somebody has written, or that are missing."""
        return frozenset(name for name in REASONS if self[name].data or self[name].errors)

    def enterprise(self) -> EnterpriseGiven:
        """What the form says of the enterprise."""
        return EnterpriseGiven(
            name=self.enterprise_name.data or "",
            credit_code=self.credit_code.data or "",
            registered_place=self.registered_place.data or "",
            is_private=self.is_private.data != "no",
        )

    def said(self) -> SaidSoFar:
        """What can be judged before the form is sent."""
        origin = one_of(Origin, self.origin.data, Origin.APPLIED)
        return SaidSoFar(self.slot.data, self.enterprise(), origin, self.token)

    def order(self, letter: AcceptedFile | None) -> BookingOrder:
        """The booking as the domain knows it; what was left blank is blank there too, so that all is checked at once."""
        return BookingOrder(
            slot_id=self.slot.data or 0,
            enterprise=self.enterprise(),
            visitor=self.visitor(letter),
            matters=tuple(row.form.told() for row in self.matters if not row.form.is_blank),
            origin=one_of(Origin, self.origin.data, Origin.APPLIED),
            form_token=self.token or None,
            companions=tuple(row.form.given() for row in self.companions if not row.form.is_blank),
            waits=bool(self.waits.data),
            any_slot=self.any_slot.data != "no",
            **{name: self[name].data or "" for name in REASONS},
        )
