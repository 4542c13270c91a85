"""Forms of those who decide about a matter on its way: office, signer, lead official."""

from wtforms import DateField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.objections import Ruling
from portal.services import instructing_anew, objections, pauses, withdrawals
from portal.web.forms import at_most, printable, required
from portal.web.matters.acting import ActForm
from portal.web.matters.forms import words

GRANT, REFUSE = "grant", "refuse"


class RulingForm(ActForm):
    """What is ruled on a matter that was sent back; it is final."""

    ruling = RadioField("裁定", [required("请选择裁定。")], choices=words(Ruling))
    told = TextAreaField("裁定理由", [required("请写明裁定理由。"), at_most(objections.LONGEST), printable])


class ExtensionDecisionForm(ActForm):
    """Whether more time is granted, and when the enterprise was told."""

    decision = RadioField(
        "审批", [required("请选择是否同意。")], choices=[SelectChoice(GRANT, "同意"), SelectChoice(REFUSE, "不同意")]
    )
    remark = TextAreaField("意见", [Optional(), at_most(400), printable], description="不同意的，须写明理由。")
    told_on = DateField("告知企业的日期", [Optional()], description="同意延期的，应当告知企业；还没有告知的留空。")


class PauseForm(ActForm):
    """Why the clock stands still, and when the matter is looked at again."""

    reason = TextAreaField(
        "原因",
        [required("请写明原因。"), at_most(pauses.LONGEST), printable],
        description=f"不少于 {pauses.SHORTEST} 个字。",
    )
    review_on = DateField(
        "复核日期", [required("请填写复核日期。")], description="到这一天再看能否恢复办理，最迟一年以内。"
    )


class ResumeForm(ActForm):
    """Why a matter is taken up again."""

    why = TextAreaField("恢复办理的理由", [required("请写明理由。"), at_most(pauses.LONGEST), printable])


class WithdrawForm(ActForm):
    """Why the enterprise takes its matter back."""

    why = TextAreaField(
        "企业撤回的原因",
        [required("请写明企业撤回的原因。"), at_most(withdrawals.LONGEST), printable],
        description="写明企业怎样表示撤回，例如“企业来电说明已自行解决”。",
    )


class InstructForm(ActForm):
    """The new instruction on a closed matter."""

    instruction = TextAreaField(
        "新的批示", [required("请写明新的批示。"), at_most(instructing_anew.LONGEST), printable]
    )
