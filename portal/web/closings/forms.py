"""Forms for several matters at once: the same step, or the same result with each one's own evidence."""

from collections.abc import Sequence
from typing import Any

from wtforms import Field, MultipleFileField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.results import ASKED_BY_THE_OFFICE, AskedHow, ClosingStep, Grade, Resolved, ReviewPoint
from portal.services.closing_batches import BatchAct
from portal.services.closing_rounds import LONGEST
from portal.services.result_opinions import Opinion
from portal.web.forms import PortalForm, SelectManyField, at_most, printable, required
from portal.web.matters.closing_forms import ResultFields, offered
from portal.web.matters.evidence import ACCEPTED

REST, NOTHING = "rest", "nothing"
MODES = [SelectChoice(REST, "不能办的留下，其余照办"), SelectChoice(NOTHING, "有一件不能办，就都不办")]


class ManyForm(PortalForm):
    """Which of the matters shown, and what is to happen when one of them cannot go."""

    matters = SelectManyField("诉求", coerce=int)
    mode = RadioField("有不能办理的怎么办", [required("请选择。")], choices=MODES, default=REST)

    def offer(self, matter_ids: Sequence[int]) -> None:
        """Say which matters the page shows."""
        self.matters.choices = [SelectChoice(value=it, label=str(it)) for it in matter_ids]

    @property
    def all_or_nothing(self) -> bool:
        """Whether nothing is done when one cannot go."""
        return bool(self.mode.data == NOTHING)


class HeadBatchForm(ManyForm):
    """The head signs several results."""

    remark = TextAreaField("审签说明", [Optional(), at_most(400), printable], description="一并记在每一件上。")

    def act(self) -> BatchAct:
        """The step."""
        return BatchAct(ClosingStep.HEAD, self.remark.data or "")


class PaperHeadBatchForm(ManyForm):
    """The office enters one signature for several results, from paper."""

    signed_by = StringField(
        "签字的单位负责人", [required("请填写纸面上签字的单位负责人姓名。"), at_most(40), printable]
    )

    def act(self) -> BatchAct:
        """The step."""
        return BatchAct(ClosingStep.HEAD, signed_by=self.signed_by.data or "")


class OpinionBatchForm(ManyForm):
    """One enterprise's word on several results; what it does not accept is entered matter by matter."""

    resolved = RadioField(
        "诉求解决了没有", [required("请选择解决程度。")],
        choices=offered(it for it in Resolved if it is not Resolved.NOT), default="",
    )  # fmt: skip
    grade = RadioField(
        "满意程度", [required("请选择满意程度。")], choices=offered(it for it in Grade if it.is_content), default=""
    )
    how = RadioField("怎样征求的", [required("请选择征求方式。")], choices=offered(ASKED_BY_THE_OFFICE), default="")
    by = StringField("代表企业表示意见的人", [required("请填写是谁代表企业表示的意见。"), at_most(40), printable])
    words = TextAreaField("企业原话", [Optional(), at_most(LONGEST), printable])

    def act(self) -> BatchAct:
        """The step."""
        opinion = Opinion(
            Grade(self.grade.data), Resolved(self.resolved.data), AskedHow(self.how.data), self.by.data or "",
            self.words.data or "",
        )  # fmt: skip
        return BatchAct(ClosingStep.OPINION, opinion=opinion)


def holds_in_every_point(_form: PortalForm, field: Field) -> None:
    """Several are passed only when each was looked at in every point."""
    named = "、".join(it.short for it in ReviewPoint if it.value not in (field.data or ()))
    if named:
        raise ValidationError(f"还没有核对：{named}。每一件都核对无误才能批量通过；不符合的，请打开那一件退回重办。")


class ReviewBatchForm(ManyForm):
    """The review of several results; what does not stand is sent back matter by matter."""

    points = SelectManyField(
        "已逐件核对",
        choices=offered(ReviewPoint),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description="每一件都核对无误才打勾。",
        validators=[holds_in_every_point],
    )
    remark = TextAreaField("审核说明", [Optional(), at_most(LONGEST), printable], description="一并记在每一件上。")

    def act(self) -> BatchAct:
        """The step."""
        return BatchAct(
            ClosingStep.REVIEW, self.remark.data or "", points={ReviewPoint(it) for it in self.points.data or ()}
        )


class ApprovalBatchForm(ManyForm):
    """The approval of several closings; what is refused is refused matter by matter."""

    remark = TextAreaField("审批说明", [Optional(), at_most(LONGEST), printable], description="一并记在每一件上。")

    def act(self) -> BatchAct:
        """The step."""
        return BatchAct(ClosingStep.APPROVAL, self.remark.data or "")


class ProposeManyForm(ResultFields):
    """The same result for several like matters; the common files go with each, its own with each alone."""

    version = None
    matters = SelectManyField("诉求", coerce=int)
    mode = RadioField("有不能报送的怎么办", [required("请选择。")], choices=MODES, default=REST)
    common = MultipleFileField("共用的佐证材料", [Optional()], description="附在每一件上。", render_kw=ACCEPTED)

    def offer(self, matter_ids: Sequence[int]) -> None:
        """Say which matters the page shows."""
        self.matters.choices = [SelectChoice(value=it, label=str(it)) for it in matter_ids]


def form_for(step: ClosingStep, *, on_paper: bool) -> Any:
    """The form of a step for several matters."""
    if step is ClosingStep.HEAD:
        return PaperHeadBatchForm() if on_paper else HeadBatchForm()
    return {
        ClosingStep.OPINION: OpinionBatchForm,
        ClosingStep.REVIEW: ReviewBatchForm,
        ClosingStep.APPROVAL: ApprovalBatchForm,
    }[step]()
