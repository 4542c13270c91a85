"""Forms of leave, swaps and stepping in."""

from collections.abc import Iterable
from contextlib import suppress

from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal.domain.leaves import Span
from portal.domain.rota import DutySeat
from portal.services.leaves import Decision, LeaveOrder
from portal.services.swaps import HeldPlace, SwapOrder
from portal.web.converters import GREATEST_NUMBER, number_in
from portal.web.forms import PortalForm, at_most, fail, required

ANYBODY = "all"
APPROVE, REFUSE = "approve", "refuse"
ASK, AGREED = "ask", "agreed"


class LeaveForm(PortalForm):
    """Who does not serve, from when to when, and why."""

    leader = SelectField("领导", [required("请选择领导。")])
    first = DateField("从", [required("请填写开始日期。")])
    last = DateField("至", [required("请填写结束日期。")], description="含当日；只请一天的，与开始日期相同。")
    reason = TextAreaField(
        "事由",
        [required("请写明请假事由，例如“外出培训”。"), at_most(150)],
        description="只有本人、联络员和工商联办公室能看到。",
    )

    def offer(self, leaders: Iterable[tuple[int, str]]) -> "LeaveForm":
        """Fill in for whom leave may be asked; one alone is chosen already."""
        offered = [SelectChoice(str(number), label) for number, label in leaders]
        self.leader.choices = offered if len(offered) == 1 else [SelectChoice("", "请选择"), *offered]
        return self

    def order(self) -> LeaveOrder:
        """What is asked for."""
        return LeaveOrder(int(self.leader.data), Span(self.first.data, self.last.data), self.reason.data or "")


class DecideForm(PortalForm):
    """Whether a leave is approved, and by whom."""

    decision = RadioField(
        "决定",
        [required("请选择批准或不批准。")],
        choices=[SelectChoice(APPROVE, "批准"), SelectChoice(REFUSE, "不批准")],
    )
    decided_by = StringField(
        "批准人（姓名、职务）",
        [required("请写明由谁批准或不批准。"), at_most(80)],
        description="例如“周示安 区委书记”；书面批准的，按批示填写。",
    )
    remark = TextAreaField("说明", [Optional(), at_most(150)], description="不批准的必须写明原因，会告知本人。")

    def made(self) -> Decision:
        """What was decided."""
        return Decision(self.decision.data == APPROVE, self.decided_by.data or "", self.remark.data or "")


class PressForm(PortalForm):
    """A press of one button."""


class SwapForm(PortalForm):
    """Which turn is wanted for one's own, and why."""

    mine = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])
    other = SelectField("换哪一次", [required("请选择换哪一次，或选择“公开征求”。")], validate_choice=False)
    reason = TextAreaField("理由", [required("请写明理由，例如“与上级会议冲突”。"), at_most(150)])

    def validate_other(self, field: SelectField) -> None:
        """A turn, or anybody's; what is neither must not become an offer to everybody."""
        if field.data != ANYBODY and place_of(field.data) is None:
            fail("请从名单中选择换哪一次，或选择“公开征求”。")

    def offer(self, choices: Iterable[tuple[str, str]]) -> "SwapForm":
        """Fill in the turns that may be had."""
        self.other.choices = [SelectChoice("", "请选择"), *(SelectChoice(key, label) for key, label in choices)]
        return self

    def order(self) -> SwapOrder:
        """What is offered."""
        return SwapOrder(must_place(self.mine.data), place_of(self.other.data), self.reason.data or "")


class OfficeSwapForm(SwapForm):
    """The same for the office, which may also enter what both have agreed."""

    how = RadioField(
        "办理方式",
        [required("请选择办理方式。")],
        choices=[SelectChoice(ASK, "代为提出，等对方同意"), SelectChoice(AGREED, "已征得双方同意，直接调换")],
        default=ASK,
    )
    gap_waived = BooleanField(
        "不受间隔限制", description="只用于直接调换：两次轮值间隔少于规定天数时仍然调换，理由会写入轮值说明。"
    )


class AcceptForm(PortalForm):
    """Taking an offer; for one that is open to all, with which turn."""

    other = SelectField("用哪一次去换", [Optional()], validate_choice=False)
    remark = TextAreaField("依据", [Optional(), at_most(150)])
    gap_waived = BooleanField("不受间隔限制", description="两次轮值间隔少于规定天数时仍然调换。")

    def offer(self, choices: Iterable[tuple[str, str]]) -> "AcceptForm":
        """Fill in the turns that may be given."""
        self.other.choices = [SelectChoice("", "请选择"), *(SelectChoice(key, label) for key, label in choices)]
        return self

    def place(self) -> HeldPlace | None:
        """The turn given, None when the offer named one."""
        return place_of(self.other.data)


class RemarkForm(PortalForm):
    """A word on why an offer is refused or taken back."""

    remark = TextAreaField("说明", [Optional(), at_most(150)])


class SubstituteForm(PortalForm):
    """Who steps in, and why."""

    held = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])
    leader = SelectField("由谁补位", [required("请选择由谁补位。")], validate_choice=False)
    reason = TextAreaField("理由", [required("请写明理由，例如“临时参加市级会议”。"), at_most(150)])
    gap_waived = BooleanField("不受间隔限制", description="选了间隔不足的领导时勾选。")

    def offer(self, choices: Iterable[tuple[int, str]]) -> "SubstituteForm":
        """Fill in who may step in, the first chosen already."""
        self.leader.choices = [SelectChoice(str(number), label) for number, label in choices]
        return self

    @property
    def leader_id(self) -> int:
        """Who was chosen; 0 is nobody."""
        return number_in(self.leader.data) or 0


class AbsenceForm(PortalForm):
    """Why somebody did not come."""

    held = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])
    reason = TextAreaField("情况", [required("请写明情况，例如“因病未能到场”。"), at_most(150)])


class AttendedForm(PortalForm):
    """A press that corrects an absence."""

    held = HiddenField(validators=[required("页面不完整，请重新打开后再试。")])


def key_of(day_id: int, seat: DutySeat, position: int, leader_id: int) -> str:
    """A place and who sits there, as a form carries it."""
    return f"{day_id}-{seat.value}-{position}-{leader_id}"


def place_of(key: str | None) -> HeldPlace | None:
    """The place a form carries; None for anybody's, and for what is none."""
    with suppress(ValueError):
        day_id, seat, position, leader_id = (key or "").split("-")
        numbers = [int(it) for it in (day_id, position, leader_id)]
        if max(numbers) <= GREATEST_NUMBER:
            return HeldPlace(numbers[0], DutySeat(seat), numbers[1], numbers[2])
    return None


def must_place(key: str | None) -> HeldPlace:
    """The place a form carries; a broken one names nobody, which the service refuses as changed meanwhile."""
    return place_of(key) or HeldPlace(0, DutySeat.MAIN, 0, 0)
