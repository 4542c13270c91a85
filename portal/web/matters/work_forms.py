"""Forms of those who handle a matter: progress, answers, sending back, more time, tasks."""

from collections.abc import Sequence
from datetime import date

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.objections import ObjectionReason
from portal.domain.progress import ProgressKind
from portal.services import extensions, objections, progress, unit_tasks
from portal.services.objections import ObjectionMade
from portal.services.progress import ProgressTold
from portal.services.unit_tasks import TaskGiven
from portal.store.queries.people import UnitRow
from portal.web.converters import number_in
from portal.web.forms import PortalForm, SelectManyField, at_most, printable, required
from portal.web.matters.acting import ActForm
from portal.web.matters.files import FilesForm
from portal.web.matters.forms import words

TO_REPORT = (ProgressKind.PROGRESS, ProgressKind.CONTACT, ProgressKind.STAGE)


class ReportForm(FilesForm):
    """What was done so far, what comes next, and when the enterprise was spoken with."""

    kind = RadioField(
        "这次报告的是", [required("请选择报告的内容。")], choices=words(TO_REPORT), default=ProgressKind.PROGRESS.value
    )
    told = TextAreaField("办理情况", [required("请写明办理情况。"), at_most(progress.LONGEST), printable])
    next_step = StringField("下一步", [Optional(), at_most(200), printable])
    contacted_on = DateField("联系企业的日期", [Optional()], description="报告“联系企业”时填写。")

    def progress(self) -> ProgressTold:
        """What was reported; the files are put to it when they have been read."""
        return ProgressTold(
            ProgressKind(self.kind.data),
            self.told.data or "",
            self.next_step.data or "",
            self.contacted_on.data,
            form_token=self.token,
        )


class AnswerForm(FilesForm):
    """What an assisting unit answers the lead unit."""

    told = TextAreaField("答复意见", [required("请写明答复意见。"), at_most(progress.LONGEST), printable])

    def progress(self) -> ProgressTold:
        """What was answered."""
        return ProgressTold(ProgressKind.ANSWER, self.told.data or "", form_token=self.token)


class ObjectionForm(ActForm):
    """Why a unit sends a matter back, and who it says should have it."""

    reasons = SelectManyField(
        "退回理由",
        coerce=ObjectionReason,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        choices=words(ObjectionReason),
        validators=[required("请至少勾选一条退回理由。")],
    )
    told = TextAreaField(
        "情况说明",
        [required("请写明退回理由。"), at_most(objections.LONGEST), printable],
        description=f"不少于 {objections.SHORTEST} 个字，写明为什么不由本单位承办。",
    )
    basis = TextAreaField(
        "职责依据", [Optional(), at_most(objections.LONGEST), printable], description="例如“三定”规定的条款。"
    )
    proposed_unit_id = SelectField("建议承办单位", [Optional()], coerce=number_in)

    def offer(self, units: Sequence[UnitRow], own: int | None) -> None:
        """Say which units could have it instead."""
        others = [SelectChoice(str(it.id), it.short_name) for it in units if it.id != own]
        self.proposed_unit_id.choices = [SelectChoice("", "不建议"), *others]

    def made(self) -> ObjectionMade:
        """What was said."""
        return ObjectionMade(
            set(self.reasons.data or ()), self.told.data or "", self.basis.data or "", self.proposed_unit_id.data
        )


class ExtensionForm(ActForm):
    """Until when more time is asked for, and why."""

    until_on = DateField("延期至", [required("请填写延期后的时限。")])
    reason = TextAreaField(
        "延期原因",
        [required("请写明延期原因。"), at_most(extensions.LONGEST), printable],
        description=f"不少于 {extensions.SHORTEST} 个字。",
    )

    def until(self) -> date:
        """The day asked for; the form has been validated."""
        day: date = self.until_on.data
        return day


class TakeBackExtensionForm(ActForm):
    """That a request for more time is taken back."""


class TaskForm(PortalForm):
    """What is asked of whom inside the unit, until when."""

    what = StringField("办什么", [required("请写明要办什么。"), at_most(unit_tasks.LONGEST), printable])
    account_id = SelectField("经办人", [Optional()], coerce=number_in, description="选了账号，对方会收到一条消息。")
    handler = StringField("没有账号的经办人姓名", [Optional(), at_most(40), printable])
    due_on = DateField("完成期限", [Optional()])

    def offer(self, accounts: Sequence[tuple[int, str]]) -> None:
        """Say which accounts the unit has."""
        self.account_id.choices = [SelectChoice("", "不选"), *(SelectChoice(str(it), name) for it, name in accounts)]

    def given(self) -> TaskGiven:
        """What was asked of whom."""
        return TaskGiven(self.what.data or "", self.account_id.data, self.handler.data or "", self.due_on.data)


class OutcomeForm(PortalForm):
    """What came of a task."""

    outcome = TextAreaField("完成情况", [required("请写明完成情况。"), at_most(unit_tasks.LONGEST_OUTCOME), printable])
