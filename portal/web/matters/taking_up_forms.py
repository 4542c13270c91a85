"""Forms of taking a matter to the level above, and of taking a measure with a unit."""

from collections.abc import Iterable

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.domain.urging import DirectGround
from portal.services import escalations, measures
from portal.services.escalations import EscalationOrder
from portal.services.measures import MeasureOrder
from portal.web.converters import number_in
from portal.web.forms import at_most, printable, required
from portal.web.matters.acting import ActForm
from portal.web.matters.forms import words

NOT_DIRECT = SelectChoice("", "红色督办单之后采取")


class MeasureForm(ActForm):
    """Which measure, with which unit, why, until when."""

    kind = RadioField("措施", [required("请选择措施。")], choices=words(MeasureKind), default=MeasureKind.TALK.value)
    unit_id = SelectField("对哪个单位", [required("请选择单位。")])
    why = TextAreaField("原因和要求", [required("请写明原因和要求。"), at_most(measures.LONGEST), printable])
    due_on = DateField("整改期限", [required("请填写整改期限。")])
    ground = SelectField(
        "直接采取",
        [Optional()],
        choices=[NOT_DIRECT, *(SelectChoice(it.value, it.label) for it in DirectGround)],
        default="",
        description="红色督办单逾期未回复或回复不到位之后才采取；直接采取的，请选择情形，并在上面写明理由。",
    )

    def offer(self, units: Iterable[tuple[int, str]]) -> None:
        """Say which units it can be taken with."""
        self.unit_id.choices = [SelectChoice(str(number), name) for number, name in units]

    def order(self) -> MeasureOrder:
        """What was chosen and written."""
        return MeasureOrder(
            MeasureKind(self.kind.data),
            number_in(self.unit_id.data) or 0,
            self.why.data or "",
            self.due_on.data,
            DirectGround(self.ground.data) if self.ground.data else None,
        )


class EscalateForm(ActForm):
    """To whom a matter is taken, and why."""

    to = RadioField(
        "报给谁", [required("请选择报给谁。")], choices=words(EscalatedTo), default=EscalatedTo.LEAD_OFFICIAL.value
    )
    leader_id = SelectField("主要领导", [Optional()], description="报主要领导时选择。")
    organ = StringField(
        "上级单位", [Optional(), at_most(escalations.LONGEST_ORGAN), printable], description="报上级单位时填写。"
    )
    why = TextAreaField(
        "上报理由和请求",
        [required("请写明上报理由和请求。"), at_most(escalations.LONGEST), printable],
        description="说明卡在哪里、需要解决什么；事项、交办、进展、督办和意见会自动附上，个人信息已遮盖。",
    )
    answer_by = DateField("希望答复的日期", [Optional()])

    def offer(self, chiefs: Iterable[tuple[int, str]]) -> None:
        """Say which chief leaders there are."""
        self.leader_id.choices = [SelectChoice("", "（不选）"), *(SelectChoice(str(it), name) for it, name in chiefs)]

    def order(self) -> EscalationOrder:
        """What was chosen and written."""
        return EscalationOrder(
            EscalatedTo(self.to.data),
            self.why.data or "",
            self.answer_by.data,
            number_in(self.leader_id.data),
            self.organ.data or "",
        )
