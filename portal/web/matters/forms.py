"""Forms about a matter."""

from collections.abc import Iterable

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.labelled import Labelled
from portal.domain.matters import Disposition, MatterClass, MatterLevel
from portal.domain.refusals import RefusalGround
from portal.services.dispositions import Decision
from portal.services.matter_classes import Classing
from portal.web.converters import number_in
from portal.web.forms import PortalForm, at_most, fail, required
from portal.web.refusals import grounds_to_choose

CLASS_MEANING = "A 复杂疑难或历史遗留，B 跨部门协调，C 一般事项，D 长期推进；办结时限随之建议。"


def words(kind: Iterable[Labelled]) -> list[SelectChoice]:
    """What a form offers: each word with the office's name for it."""
    return [SelectChoice(it.value, it.label) for it in kind]


class LateEntryForm(PortalForm):
    """Something that was said on a reception day; entered late, it needs a reason."""

    late_reason = StringField("补录原因", [Optional(), at_most(200)])

    @property
    def reason(self) -> str:
        """Why it is entered so late."""
        return self.late_reason.data or ""


class ClassForm(PortalForm):
    """How involved a matter is, who settles it, and whether others have it too (JY-13, JY-22, PT-27)."""

    version = HiddenField()
    matter_class = SelectField(
        "类别",
        [Optional()],
        choices=[SelectChoice("", "未定"), *words(MatterClass)],
        default="",
        description=CLASS_MEANING,
    )
    level = SelectField("层级", [Optional()], choices=[SelectChoice("", "未定"), *words(MatterLevel)], default="")
    is_common = BooleanField("共性", description="别的企业也有的问题；同一接待日的共性事项可以合在一张交办单上。")

    def classing(self) -> Classing:
        """What was chosen."""
        return Classing(
            MatterClass(self.matter_class.data) if self.matter_class.data else None,
            MatterLevel(self.level.data) if self.level.data else None,
            self.is_common.data,
        )

    @property
    def seen(self) -> int | None:
        """The version of the matter the page showed."""
        return number_in(self.version.data)


class DecisionForm(LateEntryForm):
    """How a matter leaves the room (QD-11, domain 11.11); the same in the room and on the matter's own page."""

    version = HiddenField()
    base_answer = HiddenField()
    disposition = RadioField("处置", [required("请选择如何处置。")], choices=words(Disposition))
    answer = TextAreaField(
        "答复内容或不予受理的理由",
        [Optional(), at_most(2_000)],
        description="现场办结写明当场怎样答复；不予受理写明理由；交办可不填。",
    )
    answered_by = StringField(
        "答复人", [Optional(), at_most(80)], description="现场办结时填写，例如：区住建局 申示例。"
    )
    ground = SelectField("不予受理的情形", choices=grounds_to_choose("不是不予受理"), default="")
    channel = StringField(
        "应走的渠道", [Optional(), at_most(60)], description="不予受理时告知企业；留空即用所选情形的渠道。"
    )

    def validate_ground(self, ground: SelectField) -> None:
        """Whoever is refused is told the ground."""
        if self.disposition.data == Disposition.REFUSE.value and not ground.data:
            fail("不予受理请选择情形；都不合适时选“其他”，并写明理由和渠道。")

    def decision(self) -> Decision:
        """The decision as the domain knows it."""
        return Decision(
            disposition=Disposition(self.disposition.data),
            answer=self.answer.data or "",
            answered_by=self.answered_by.data or "",
            channel=self.channel.data or "",
            ground=RefusalGround(self.ground.data) if self.ground.data else None,
        )

    @property
    def seen(self) -> int | None:
        """The version of the matter the page showed."""
        return number_in(self.version.data)
