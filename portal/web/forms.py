"""What every form of the portal shares: its language, trimming, and the way a rule's refusal finds its field."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.fields import Field, SearchField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.domain.errors import RuleBroken

TRIMMED = (StringField, TextAreaField, SearchField, TelField)


def trimmed(value: object) -> object:
    """Text without the blanks people paste around it."""
    return value.strip() if isinstance(value, str) else value


def required(message: str = "请填写这一项。") -> InputRequired:
    """The field must be filled in."""
    return InputRequired(message=message)


def at_most(length: int) -> Length:
    """The text must not be longer than the record keeps, in characters."""
    return Length(max=length, message=f"最多 {length} 个字，请精简后再提交。")


class PortalForm(FlaskForm):
    """One intention of a person. Validators check shape; rules stay in the domain and come back through `refuse`."""

    class Meta(FlaskForm.Meta):
        """Chinese messages of the form library, and trimmed text."""

        locales = ("zh", "zh_CN")

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Trim every text field that does not say otherwise; passwords stay as typed."""
            if unbound_field.field_class in TRIMMED:
                options.setdefault("filters", (trimmed,))
            return unbound_field.bind(form=form, **options)

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a rule's refusal beside its field, or above the form when it names none."""
        field = self._fields.get(refusal.field) if refusal.field else None
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


def fail(message: str) -> None:
    """Refuse a field's value inside a `validate_…` method."""
    raise ValidationError(message)
