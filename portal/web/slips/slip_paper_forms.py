"""Forms about the papers that go with a slip: what one asks of a unit, why one ends."""

from collections.abc import Iterable
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.slip_papers import LONGEST_ASKED, LONGEST_COPIES, LONGEST_REASON, PaperOrder
from portal.domain.urging import LONGEST, DirectGround
from portal.services import paper_replies
from portal.services.paper_replies import Reply
from portal.store.queries.people import UnitRow
from portal.web.forms import PortalForm, at_most, required
from portal.web.slips.forms import NOT_CHOSEN, a_choice


class PaperForm(PortalForm):
    """What a paper to a unit says; the proposed words are carried along, so that untouched ones follow unit, date and colour."""

    proposed_body = HiddenField()
    proposed_asked = HiddenField()
    unit_id = a_choice("发给单位")
    reply_by = DateField("书面回复时限", [required("请填写要求书面回复的日期。")])
    body = TextAreaField(
        "正文",
        [required("请填写正文。"), at_most(LONGEST_ASKED)],
        description="按公文用语拟好；没有改动的，随单位、时限自动调整。",
    )
    asked = TextAreaField("要求", [required("请填写要求。"), at_most(LONGEST_ASKED)])
    copies_to = StringField("抄送", [Optional(), at_most(LONGEST_COPIES)], description="几个单位用逗号隔开。")

    def offer(self, units: Iterable[tuple[int, str]]) -> None:
        """Say to which units it can go."""
        self.unit_id.choices = [NOT_CHOSEN, *(SelectChoice(str(number), name) for number, name in units)]

    def chosen_colour(self) -> UrgingColour | None:
        """The colour of a supervision notice; other papers have none."""
        return None

    def order(self, kind: PaperKind, fresh: PaperOrder | None) -> PaperOrder:
        """What was written; words nobody touched are those proposed for what is chosen now."""
        body, asked = _plain(self.body.data), _plain(self.asked.data)
        if fresh is not None and body == _plain(self.proposed_body.data):
            body = fresh.body
        if fresh is not None and asked == _plain(self.proposed_asked.data):
            asked = fresh.asked
        ground, why = self.directly()
        return PaperOrder(
            kind, self.unit_id.data, self.reply_by.data, body, asked, self.chosen_colour(), self.copies_to.data or "",
            ground, why,
        )  # fmt: skip

    def directly(self) -> tuple[DirectGround | None, str]:
        """On what ground a supervision notice skips the colours before it; other papers skip nothing."""
        return None, ""

    def show(self, order: PaperOrder, fresh: PaperOrder | None) -> None:
        """Have the page show these words, and remember what was proposed."""
        self.body.data, self.asked.data = order.body, order.asked
        if fresh is not None:
            for field, text in ((self.proposed_body, fresh.body), (self.proposed_asked, fresh.asked)):
                field.data, field.raw_data = text, [text]


class SupervisionForm(PaperForm):
    """A supervision notice has a colour as well."""

    colour = RadioField(
        "颜色",
        choices=[SelectChoice(it.value, it.label) for it in UrgingColour],
        coerce=UrgingColour,
        default=UrgingColour.BLUE,
        description="蓝色提醒，黄色警示，红色责令限期办结。",
    )

    ground = SelectField(
        "直接发出",
        [Optional()],
        choices=[SelectChoice("", "按次序发出"), *(SelectChoice(it.value, it.label) for it in DirectGround)],
        default="",
        description="蓝色逾期未回复或回复不到位才发黄色，黄色之后才发红色；直接发出的须写明理由，不受间隔限制。",
    )
    why_direct = StringField("直接发出的理由", [Optional(), at_most(LONGEST)])

    def directly(self) -> tuple[DirectGround | None, str]:
        """The ground that was chosen, and the reason in writing."""
        return (DirectGround(self.ground.data) if self.ground.data else None), self.why_direct.data or ""

    def chosen_colour(self) -> UrgingColour | None:
        """The colour that was chosen."""
        chosen: UrgingColour | None = self.colour.data
        return chosen


class ReplyForm(PortalForm):
    """What a unit answers to a paper."""

    told = TextAreaField(
        "回复内容",
        [required("请填写回复内容。"), at_most(paper_replies.LONGEST)],
        description="办理到哪一步、有什么困难、下一步怎么办。",
    )
    promised_on = DateField("承诺办结日期", [Optional()], description="填写后到期仍未办结的，按承诺没有兑现处理。")

    def reply(self) -> Reply:
        """What was written."""
        return Reply(self.told.data or "", self.promised_on.data)


class PaperReplyForm(ReplyForm):
    """An answer that came on paper or by telephone, keyed in."""

    by = StringField("签字人或联系人", [required("请填写签字人或联系人。"), at_most(paper_replies.LONGEST_NAME)])
    on = DateField("回复日期", [required("请填写回复日期。")])

    def reply(self) -> Reply:
        """What was written, by whom, on which day."""
        return Reply(self.told.data or "", self.promised_on.data, self.by.data or "", self.on.data)


class PoorReplyForm(PortalForm):
    """Why an answer does not do."""

    why = TextAreaField(
        "哪里不到位",
        [required("请写明哪里不到位。"), at_most(paper_replies.LONGEST_WHY)],
        description="收文单位会看到；认定后可以发下一级督办单。",
    )


class VoidPaperForm(PortalForm):
    """Why a paper ends."""

    reason = TextAreaField(
        "作废原因",
        [required("请写明作废原因。"), at_most(LONGEST_REASON)],
        description="收文单位会看到；编号保留、不再使用。",
    )


def paper_form(kind: PaperKind, **given: Any) -> PaperForm:
    """The form of a kind of paper."""
    return (SupervisionForm if kind is PaperKind.SUPERVISION else PaperForm)(**given)


def unit_choices(units: Iterable[UnitRow]) -> list[tuple[int, str]]:
    """Units as a choice offers them."""
    return [(it.id, it.name) for it in units]


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()
