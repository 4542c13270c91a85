"""Forms about common tasks: joining, a word for all of them, the result of each."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import DateField, HiddenField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.common_tasks import LONGEST_APPROACH, LONGEST_TITLE
from portal.domain.errors import RuleBroken
from portal.domain.progress import ProgressKind
from portal.domain.results import AnsweredHow, ResultCode
from portal.services.common_tasks import AnswersRefused, TaskOrder
from portal.services.progress import ProgressTold
from portal.services.results import ResultProposed
from portal.services.uploads import AcceptedFile
from portal.store.queries.common_tasks import JoinedMatter, OpenMatter, TaskPage
from portal.store.queries.people import UnitRow
from portal.web.forms import PortalForm, SelectManyField, at_most, required
from portal.web.matters.acting import ActForm
from portal.web.slips.forms import NOT_CHOSEN, a_choice

LONG_TEXT = 4_000
PAPERS = {"accept": "application/pdf,image/jpeg,image/png"}
FIELD_OF = {"text": "told", "evidence": "files"}
"""How the fields of a form are called here that a rule calls otherwise."""


class TaskForm(ActForm):
    """What a common task is about."""

    title = StringField("任务名称", [required("请填写任务名称。"), at_most(LONGEST_TITLE)])
    approach = TextAreaField(
        "统一办法",
        [Optional(), at_most(LONGEST_APPROACH)],
        description="对这几家企业一并怎样解决；每家仍各自答复。",
    )
    lead_unit_id = a_choice("任务牵头单位")

    def offer(self, units: Iterable[UnitRow]) -> None:
        """Say which units there are."""
        self.lead_unit_id.choices = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.name) for it in units)]

    def show(self, page: TaskPage) -> None:
        """What is settled so far."""
        self.title.data, self.approach.data, self.lead_unit_id.data = page.title, page.approach, page.lead_unit_id

    def order(self) -> TaskOrder:
        """What was settled."""
        return TaskOrder(self.title.data or "", self.approach.data or "", self.lead_unit_id.data)


class JoinForm(TaskForm):
    """A new task with the matters it joins."""

    matters = SelectManyField(
        "合并的诉求", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def offer_matters(self, matters: Sequence[OpenMatter]) -> None:
        """Offer the matters, each with whose it is."""
        self.matters.choices = [
            SelectChoice(value=str(it.id), label=f"{it.title}（{'，'.join(filter(None, (it.enterprise, it.number)))}）")
            for it in matters
        ]


class TokenForm(PortalForm):
    """A form that is the same sent twice."""

    form_token = HiddenField()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if not self.form_token.data:
            self.form_token.data = secrets.token_urlsafe(24)


class WordForm(TokenForm):
    """A unit's word about all matters of a task it leads."""

    kind = SelectField(
        "种类",
        choices=[SelectChoice(it.value, it.label) for it in ProgressKind if it is not ProgressKind.ANSWER],
        coerce=ProgressKind,
        default=ProgressKind.PROGRESS,
    )
    told = TextAreaField("办理情况", [required("请写明办理情况。"), at_most(LONG_TEXT)])
    next_step = StringField("下一步", [Optional(), at_most(200)])
    contacted_on = DateField("联系企业的日期", [Optional()], description="种类为“联系企业”的必填。")
    files = MultipleFileField("附件", [Optional()], description="PDF、JPG 或 PNG，可以一次选多份。", render_kw=PAPERS)

    def word(self, files: Sequence[AcceptedFile]) -> ProgressTold:
        """What is told."""
        return ProgressTold(
            kind=self.kind.data,
            told=self.told.data or "",
            next_step=self.next_step.data or "",
            contacted_on=self.contacted_on.data,
            files=tuple(files),
            form_token=(self.form_token.data or "")[:64] or None,
        )


class AnswersForm(TokenForm):
    """The result of each matter, with its own evidence; its fields are made for one task by `answers_form`."""

    def answered(self, matters: Iterable[JoinedMatter]) -> list[int]:
        """For which matters a result is filled in."""
        return [it.id for it in matters if self._fields[f"result_{it.id}"].data is not None]

    def given(self, matter_id: int, files: Sequence[AcceptedFile]) -> ResultProposed:
        """The result of one matter."""
        of = {name: self._fields[f"{name}_{matter_id}"].data for name in ("result", "told", "basis", "how", "answered")}
        return ResultProposed(
            result=of["result"],
            told=of["told"] or "",
            basis=of["basis"] or "",
            answered_how=of["how"],
            answered_on=of["answered"],
            files=tuple(files),
            form_token=(self.form_token.data or "")[:64] or None,
        )

    def refuse(self, refusal: RuleBroken) -> None:
        """What is wrong with a matter's result stands at that matter."""
        if isinstance(refusal, AnswersRefused):
            named = {**FIELD_OF, "answered_on": "answered"}.get(refusal.field or "", refusal.field)
            field = f"{named}_{refusal.matter_id}"
            refusal = RuleBroken(
                refusal.message, field=field if field in self._fields else f"result_{refusal.matter_id}"
            )
        super().refuse(refusal)


def answers_form(matters: Sequence[JoinedMatter]) -> AnswersForm:
    """The form of one task, with the fields of a result for each matter."""
    fields: dict[str, Any] = {}
    for it in matters:
        fields[f"result_{it.id}"] = SelectField(
            "办理结果",
            [Optional()],
            choices=[SelectChoice("", "这次不报"), *(SelectChoice(code.value, code.label) for code in ResultCode)],
            coerce=_result,
        )
        fields[f"told_{it.id}"] = TextAreaField("办理过程和结果", [Optional(), at_most(LONG_TEXT)])
        fields[f"basis_{it.id}"] = TextAreaField("法律或政策依据", [Optional(), at_most(LONG_TEXT)])
        fields[f"how_{it.id}"] = SelectField(
            "怎样答复企业",
            choices=[SelectChoice(how.value, how.label) for how in AnsweredHow],
            coerce=AnsweredHow,
            default=AnsweredHow.NOT_YET,
        )
        fields[f"answered_{it.id}"] = DateField("答复日期", [Optional()])
        fields[f"files_{it.id}"] = MultipleFileField(
            "佐证材料", [Optional()], description="这一件自己的佐证，PDF、JPG 或 PNG。", render_kw=PAPERS
        )
    form: AnswersForm = type("AnswersFormOfTask", (AnswersForm,), fields)()
    return form


def _result(value: Any) -> ResultCode | None:
    return ResultCode(value) if value else None
