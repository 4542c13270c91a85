"""Forms of look-backs: who looks, and what was found."""

from collections.abc import Sequence
from datetime import date

from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.domain.look_backs import Finding
from portal.services.look_backs import LONGEST, Found
from portal.web.forms import PortalForm, at_most, printable, required
from portal.web.matters.closing_forms import offered
from portal.web.matters.evidence import EvidenceForm, files_field


class AssignForm(PortalForm):
    """Who looks."""

    assignee_id = SelectField(
        "由谁去看", [required("请选择由谁去看。")], coerce=int,
        description="只列没有经办这件事的工商联、督查室人员。",
    )  # fmt: skip
    version = IntegerField(widget=HiddenInput())

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Say who can."""
        self.assignee_id.choices = [SelectChoice(value=number, label=name) for number, name in people]


class RecordForm(EvidenceForm):
    """What was found."""

    finding = RadioField("结论", [required("请选择结论。")], choices=offered(Finding), default="")
    told = TextAreaField(
        "回头看情况",
        [required("请写明回头看的情况。"), at_most(LONGEST), printable],
        description="看了什么、问了谁、与销号时报送的结果是否一致。",
    )
    done_on = DateField("哪天去看的", [required("请填写日期。")])
    met_whom = StringField("见到的人", [Optional(), at_most(80), printable], description="企业在场的人，姓名和职务。")
    files = files_field("照片和材料")
    version = IntegerField(widget=HiddenInput())

    def found(self) -> Found:
        """What was found, as the office reads it."""
        return Found(
            Finding(self.finding.data), self.told.data or "", self.done_on.data or date.min,
            self.met_whom.data or "", self.evidence.files,
        )  # fmt: skip
