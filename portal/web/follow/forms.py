"""What an enterprise fills in in its own window."""

import secrets
from collections.abc import Sequence

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.domain.results import AskedHow, Grade, Resolved
from portal.domain.voices import WordKind
from portal.services.ratings import LONGEST as LONGEST_RATING
from portal.services.ratings import Rating
from portal.services.result_opinions import Opinion
from portal.services.voices import LONGEST, WordGiven
from portal.web.forms import PortalForm, at_most, printable, required

LONGEST_OPINION = 1_000


def new_token() -> str:
    """What makes the same form sent twice one act."""
    return secrets.token_urlsafe(16)


class CheckedForm(PortalForm):
    """A form that asks for the end of the visitor's telephone number; once given, it is not asked again for a while."""

    digits = StringField(
        "联系电话后四位",
        [Optional(), at_most(8)],
        description="预约时登记的来访人电话的最后 4 位数字，用来确认是贵企业在填写。",
    )


class ProveForm(CheckedForm):
    """Nothing but the digits."""


class OpinionForm(CheckedForm):
    """Whether the enterprise accepts a result."""

    resolved = RadioField(
        "这件事解决了吗",
        [required("请选择是否解决。")],
        choices=[SelectChoice(value=it.value, label=it.label) for it in Resolved],
    )
    grade = RadioField(
        "对办理满意吗",
        [required("请选择满意程度。")],
        choices=[SelectChoice(value=it.value, label=it.label) for it in Grade],
    )
    words = TextAreaField(
        "意见",
        [Optional(), at_most(LONGEST_OPINION)],
        description="没有解决或者不满意的，请写明哪里没有解决。",
    )
    by = StringField("您的姓名或职务", [Optional(), at_most(40), printable])
    version = IntegerField(widget=HiddenInput())

    def validate_words(self, field: TextAreaField) -> None:
        """The papers print it."""
        printable(self, field)

    def opinion(self) -> Opinion:
        """What was filled in."""
        return Opinion(
            grade=Grade(self.grade.data),
            resolved=Resolved(self.resolved.data),
            how=AskedHow.LINK,
            by=self.by.data or "",
            words=self.words.data or "",
        )


class RateForm(CheckedForm):
    """A grade for what was settled or closed."""

    resolved = RadioField(
        "这件事解决了吗",
        [required("请选择是否解决。")],
        choices=[SelectChoice(value=it.value, label=it.label) for it in Resolved],
    )
    grade = RadioField(
        "对办理满意吗",
        [required("请选择满意程度。")],
        choices=[SelectChoice(value=it.value, label=it.label) for it in Grade],
    )
    told = TextAreaField("想说的话", [Optional(), at_most(LONGEST_RATING)])
    form_token = HiddenField(default=new_token)

    def rating(self) -> Rating:
        """What was filled in."""
        return Rating(
            Grade(self.grade.data), Resolved(self.resolved.data), self.told.data or "", form_token=token_of(self)
        )


class WordForm(CheckedForm):
    """An objection, a breach or a remark."""

    matter_id = SelectField("关于哪一项", coerce=str)
    told = TextAreaField("内容", [required("请写明情况。"), at_most(LONGEST)])
    reach = StringField("姓名和联系方式", [Optional(), at_most(100)])
    form_token = HiddenField(default=new_token)

    def offer(self, matters: Sequence[tuple[int, str]], *, whole: bool) -> None:
        """The matters one may write about; `whole` offers to write about none of them."""
        choices = [SelectChoice(value="", label="不针对某一项")] if whole else []
        self.matter_id.choices = [*choices, *(SelectChoice(value=str(id_), label=title) for id_, title in matters)]

    def word(self, kind: WordKind) -> WordGiven:
        """What was filled in."""
        chosen = self.matter_id.data
        return WordGiven(
            kind, self.told.data or "", int(chosen) if chosen else None, self.reach.data or "", token_of(self)
        )


def token_of(form: RateForm | WordForm) -> str | None:
    """The token of a form, as long as the record keeps it."""
    return (form.form_token.data or "")[:64] or None
