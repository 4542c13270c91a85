"""Forms of closing: the result, the signature of the unit's head, the enterprise's opinion, review, approval, taking up again."""

import secrets
from collections.abc import Iterable
from typing import Any

from wtforms import DateField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.results import ASKED_BY_THE_OFFICE, AnsweredHow, AskedHow, Grade, Resolved, ResultCode, ReviewPoint
from portal.services.closing_rounds import LONGEST
from portal.services.result_opinions import Opinion
from portal.services.results import ResultProposed
from portal.services.uploads import AcceptedFile
from portal.web.forms import SelectManyField, at_most, printable, required
from portal.web.matters.acting import ActForm
from portal.web.matters.evidence import EvidenceForm, files_field

YES, NO = "yes", "no"


def offered(words: Iterable[Any]) -> list[SelectChoice]:
    """Each word with the office's name for it."""
    return [SelectChoice(value=it.value, label=it.label) for it in words]


class ResultFields(ActForm):
    """What a unit reports as the result, for one matter or for several alike."""

    result = RadioField("办理结果", [required("请选择办理结果。")], choices=offered(ResultCode), default="")
    told = TextAreaField(
        "办理过程和结果",
        [required("请写明办理过程和结果。"), at_most(LONGEST), printable],
        description="做了什么、依据什么、结果怎样；没有解决的，写明原因和下一步。",
    )
    basis = TextAreaField(
        "法律、政策依据",
        [Optional(), at_most(LONGEST), printable],
        description="结果为“不符合政策已解释”“转法定途径”的必须填写：文件名、文号、条款。",
    )
    answered_how = RadioField(
        "怎样答复企业",
        [required("请选择是否已答复企业。")],
        choices=offered(AnsweredHow),
        default=AnsweredHow.NOT_YET.value,
    )
    answered_on = DateField("答复日期", [Optional()], description="尚未答复的不填。")
    form_token = HiddenField()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if not self.form_token.data:
            self.form_token.data = secrets.token_urlsafe(24)

    @property
    def token(self) -> str | None:
        """The form's token: sending it twice is sending it once."""
        return (self.form_token.data or "")[:48] or None

    def proposed(self, files: Iterable[AcceptedFile], token: str | None, batch: str = "") -> ResultProposed:
        """The result as the office reads it."""
        return ResultProposed(
            result=ResultCode(self.result.data),
            told=self.told.data or "",
            basis=self.basis.data or "",
            answered_how=AnsweredHow(self.answered_how.data),
            answered_on=self.answered_on.data,
            files=tuple(files),
            form_token=token,
            batch=batch,
        )


class ProposeForm(ResultFields, EvidenceForm):
    """The result of one matter with its evidence."""

    files = files_field("佐证材料")


class WhyForm(ActForm):
    """Why something is taken back or taken up again."""

    why = TextAreaField("理由", [required("请写明理由。"), at_most(1_000), printable])


class HeadForm(ActForm):
    """The head of the unit signs, or sends the result back to the handler."""

    decision = RadioField(
        "审签意见",
        [required("请选择审签意见。")],
        choices=[SelectChoice(YES, "同意，签字"), SelectChoice(NO, "退回承办人重新报送")],
        default="",
    )
    why = TextAreaField("退回理由", [Optional(), at_most(1_000), printable], description="退回的必须写明。")


class PaperHeadForm(ActForm):
    """A signature the head of a unit gave on paper, entered by the office."""

    signed_by = StringField(
        "签字的单位负责人", [required("请填写纸面上签字的单位负责人姓名。"), at_most(40), printable]
    )


class OpinionForm(ActForm):
    """What an enterprise says, asked by telephone, on paper or on a visit."""

    resolved = RadioField("诉求解决了没有", [required("请选择解决程度。")], choices=offered(Resolved), default="")
    grade = RadioField("满意程度", [required("请选择满意程度。")], choices=offered(Grade), default="")
    how = RadioField("怎样征求的", [required("请选择征求方式。")], choices=offered(ASKED_BY_THE_OFFICE), default="")
    by = StringField(
        "代表企业表示意见的人",
        [required("请填写是谁代表企业表示的意见。"), at_most(40), printable],
        description="姓名和职务，例如：王示例 总经理。",
    )
    words = TextAreaField(
        "企业原话",
        [Optional(), at_most(LONGEST), printable],
        description="没有解决或不满意的必须写明哪里没有解决。",
    )

    def opinion(self) -> Opinion:
        """The opinion as the office reads it."""
        return Opinion(
            Grade(self.grade.data), Resolved(self.resolved.data), AskedHow(self.how.data), self.by.data or "",
            self.words.data or "",
        )  # fmt: skip


class ReviewForm(ActForm):
    """The checklist of the review, and what comes of it."""

    points = SelectManyField(
        "逐项核对",
        choices=offered(ReviewPoint),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        description="核对无误的打勾；不打勾的视为不符合。",
    )
    decision = RadioField(
        "审核意见",
        [required("请选择审核意见。")],
        choices=[SelectChoice(YES, "通过，报请销号"), SelectChoice(NO, "退回重办")],
        default="",
    )
    remark = TextAreaField(
        "审核说明", [Optional(), at_most(LONGEST), printable], description="退回重办的必须写明理由。"
    )

    def ticked(self) -> frozenset[ReviewPoint]:
        """The points that hold."""
        return frozenset(ReviewPoint(it) for it in self.points.data or ())


class ApprovalForm(ActForm):
    """The leader's decision."""

    decision = RadioField(
        "审批意见",
        [required("请选择审批意见。")],
        choices=[SelectChoice(YES, "同意销号"), SelectChoice(NO, "不予销号，重新办理")],
        default="",
    )
    remark = TextAreaField(
        "审批说明", [Optional(), at_most(LONGEST), printable], description="不予销号的必须写明理由。"
    )


class LookBackOrderForm(ActForm):
    """By when a closed matter is looked at again."""

    planned_on = DateField("最迟哪天去看", [required("请填写日期。")])
