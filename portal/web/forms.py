"""What every form of the portal shares: its language, trimming, and the way a rule's refusal finds its field."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.fields import (
    DateField,
    Field,
    SearchField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from portal.documents.fonts import not_printable
from portal.domain.errors import RuleBroken
from portal.domain.receiving import ReceptionMode
from portal.domain.workdays import FIRST_DAY, LAST_DAY, is_in_living_memory

TRIMMED = (StringField, TextAreaField, SearchField, TelField)


_NOT_TEXT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, which no record and no paper can hold; signs that only turn the writing direction or take no room, with
which a name looks like another one; halves of characters."""


def trimmed(value: object) -> object:
    """Text without the blanks people paste around it and without what is no text."""
    return _NOT_TEXT.sub("", value).strip() if isinstance(value, str) else value


def as_typed(value: object) -> object:
    """Text as it stands, blanks around it and all, without what is no text: for a text that is saved while it is typed."""
    return _NOT_TEXT.sub("", value).replace("\r\n", "\n") if isinstance(value, str) else value


def required(message: str = "请填写这一项。") -> InputRequired:
    """The field must be filled in."""
    return InputRequired(message=message)


def at_most(length: int) -> Length:
    """The text must not be longer than the record keeps, in characters."""
    return Length(max=length, message=f"最多 {length} 个字，请精简后再提交。")


def a_room_list() -> StringField:
    """The rooms in which a day is held side by side."""
    return StringField(
        "接待室",
        [Optional(), Length(max=400, message="最多 400 个字，请精简后再提交。")],
        description="几间同时接待的，逐个写明，用顿号隔开，例如“一号室、二号室”；只有一间的留空。",
    )


def a_mode() -> SelectField:
    """How the enterprises of a slot are received (QD-07)."""
    return SelectField(
        "接待形式",
        choices=[SelectChoice(value=it.value, label=it.label) for it in ReceptionMode],
        coerce=ReceptionMode,
        default=ReceptionMode.SINGLE,
        description="集体座谈：同一时段的几家企业一起座谈，名额即可到几家。",
    )


def printable(form: FlaskForm, field: Field) -> None:
    """The papers must be able to print the text."""
    told = not_printable(field.data or "")
    if told:
        raise ValidationError(told)


class SelectManyField(SelectMultipleField):
    """Several of what is offered; the form library has no Chinese for what is not."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered (any more)."""
        offered = {self.coerce(value) for value, *_ in self.iter_choices()}  # choices may be written as texts
        if any(it not in offered for it in self.data or ()):
            raise ValidationError("所选内容有变化，已不在可选范围内。请按下面的名单重新勾选。")


class _Words:
    """Sentences of the form library: ours where they say what to do, its own otherwise."""

    _OURS: ClassVar[Mapping[str, str]] = {
        "Not a valid choice.": "所选内容不在可选范围内，请重新选择。",
        "Invalid Choice: could not coerce.": "所选内容不在可选范围内，请重新选择。",
    }

    def __init__(self, library: Any) -> None:
        self._library = library

    def gettext(self, text: str) -> str:
        """The sentence in Chinese."""
        return self._OURS.get(text) or str(self._library.gettext(text))

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The sentence in Chinese, by number."""
        return str(self._library.ngettext(one, many, count))


class PortalForm(FlaskForm):
    """One intention of a person. Validators check shape; rules stay in the domain and come back through `refuse`."""

    class Meta(FlaskForm.Meta):
        """Chinese messages of the form library, trimmed text, and dates within living memory."""

        locales = ("zh", "zh_CN")

        def get_translations(self, form: Any) -> Any:
            """The library's Chinese, and better words where it only says that something is wrong."""
            return _Words(super().get_translations(form))

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Trim every text field that does not say otherwise, passwords stay as typed; bound every date."""
            if unbound_field.field_class in TRIMMED:
                options.setdefault("filters", (trimmed,))
            field: Field = unbound_field.bind(form=form, **options)
            if isinstance(field, DateField):
                field.validators = [*field.validators, _can_be_meant]
            return field

    def refuse(self, refusal: RuleBroken) -> None:
        """Show each sentence of a rule's refusal beside its field, or above the form when it names none of the form's."""
        for problem in refusal.one_by_one or (refusal,):
            field = self._fields.get(problem.field) if problem.field else None
            if field is None:
                self.form_errors.append(problem.message)
            else:
                field.errors = [*field.errors, problem.message]

    def has_seen(self, version: int) -> None:
        """After a lost race the page shows what others wrote, so the next press is made knowing it."""
        field = self._fields["version"]
        field.data, field.raw_data = version, [str(version)]


def _can_be_meant(_form: FlaskForm, field: DateField) -> None:
    if field.data is not None and not is_in_living_memory(field.data):
        fail(f"年份应在 {FIRST_DAY.year} 至 {LAST_DAY.year} 之间，请检查。")


def fail(message: str) -> None:
    """Refuse a field's value inside a `validate_…` method."""
    raise ValidationError(message)
