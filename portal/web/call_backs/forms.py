"""The form of a call-back: reached, and what was said; or not reached, and why."""

import secrets
from typing import Any

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.results import ASKED_BY_THE_OFFICE, AskedHow, Grade, Resolved
from portal.services.call_backs import LONGEST, Called
from portal.web.forms import PortalForm, at_most, printable, required
from portal.web.matters.closing_forms import NO, YES, offered


class CallBackForm(PortalForm):
    """One call."""

    reached = RadioField(
        "联系上了没有",
        [required("请选择是否联系上。")],
        choices=[SelectChoice(YES, "联系上了"), SelectChoice(NO, "没有联系上")],
        default="",
    )
    how = RadioField(
        "回访方式", [required("请选择回访方式。")], choices=offered(ASKED_BY_THE_OFFICE), default=AskedHow.PHONE.value
    )
    resolved = RadioField("诉求解决了没有", [Optional()], choices=offered(Resolved), default="")
    grade = RadioField("满意程度", [Optional()], choices=offered(Grade), default="")
    by = StringField("接受回访的人", [Optional(), at_most(40), printable], description="姓名和职务；没有联系上的不填。")
    told = TextAreaField(
        "企业原话或未联系上的情况",
        [Optional(), at_most(LONGEST), printable],
        description="没有解决、不满意或没有联系上的必须写明。",
    )
    form_token = HiddenField()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if not self.form_token.data:
            self.form_token.data = secrets.token_urlsafe(24)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever was reached said something; what the form cannot tell, the service asks."""
        sound = bool(super().validate(extra_validators))
        if self.reached.data == YES:
            for field, sentence in ((self.resolved, "请选择解决程度。"), (self.grade, "请选择满意程度。")):
                if not field.data:
                    field.errors = [*field.errors, sentence]
                    sound = False
        return sound

    def called(self) -> Called:
        """The call as the office reads it."""
        reached = self.reached.data == YES
        return Called(
            how=AskedHow(self.how.data),
            grade=Grade(self.grade.data) if reached else None,
            resolved=Resolved(self.resolved.data) if reached else None,
            told=self.told.data or "",
            by=(self.by.data or "") if reached else "",
            form_token=(self.form_token.data or "")[:64] or None,
        )
