"""Forms about meetings: the plan, what was decided of each matter, why one is called off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.errors import RuleBroken
from portal.domain.meetings import (
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_VENUE,
    OFF_THE_AGENDA,
    Decided,
    MeetingKind,
)
from portal.services.meeting_decisions import DecisionsRefused
from portal.services.meetings import MeetingPlan
from portal.store.queries.meetings import Item, MeetingPage
from portal.store.queries.people import LeaderRow, UnitRow
from portal.web.forms import at_most, required
from portal.web.matters.acting import ActForm
from portal.web.matters.evidence import EvidenceForm
from portal.web.slips.forms import NOT_CHOSEN, a_choice


class PlanForm(ActForm):
    """What is settled before a meeting."""

    kind = SelectField(
        "会议种类",
        choices=[SelectChoice(it.value, it.label) for it in MeetingKind],
        coerce=MeetingKind,
        default=MeetingKind.DISPATCH,
        description="调度会定期过堂；推进会专推难事；会商是交办前后请几个单位共同商定。",
    )
    title = StringField("会议名称", [required("请填写会议名称。"), at_most(LONGEST_TITLE)])
    held_on = DateField("召开日期", [required("请填写召开日期。")])
    venue = StringField("地点", [Optional(), at_most(LONGEST_VENUE)])
    chair_id = a_choice("主持领导")

    def offer(self, leaders: Iterable[LeaderRow]) -> None:
        """Say which leaders there are."""
        self.chair_id.choices = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.titled) for it in leaders)]

    def show(self, page: MeetingPage) -> None:
        """What is settled so far."""
        self.kind.data, self.title.data, self.held_on.data = page.kind, page.title, page.held_on
        self.venue.data, self.chair_id.data = page.venue, page.chair_id

    def plan(self) -> MeetingPlan:
        """What was settled."""
        if self.held_on.data is None:
            raise RuleBroken("请填写召开日期。", field="held_on")
        return MeetingPlan(
            self.kind.data, self.title.data or "", self.held_on.data, self.venue.data or "", self.chair_id.data
        )


class CancelForm(ActForm):
    """Why a meeting does not take place."""

    reason = TextAreaField("取消原因", [required("请写明取消原因。"), at_most(LONGEST_REASON)])


class MinutesForm(ActForm, EvidenceForm):
    """What was said at a meeting, in general."""

    minutes = TextAreaField(
        "会议情况",
        [Optional(), at_most(LONGEST_TEXT)],
        description="出席单位、总体情况和要求，印在纪要开头；每行成一段。",
    )


class HoldForm(MinutesForm):
    """The minutes, and what was decided of each matter; its fields are made for one agenda by `hold_form`."""

    def decided(self, items: Iterable[Item]) -> Mapping[int, Decided]:
        """What was decided, by matter."""
        return {
            it.matter_id: Decided(
                self._fields[f"conclusion_{it.matter_id}"].data or "",
                self._fields[f"unit_id_{it.matter_id}"].data,
                self._fields[f"due_on_{it.matter_id}"].data,
            )
            for it in items
            if it.state not in OFF_THE_AGENDA
        }

    def refuse(self, refusal: RuleBroken) -> None:
        """Each problem stands at its own matter."""
        if not isinstance(refusal, DecisionsRefused):
            super().refuse(refusal)
            return
        for it in refusal.problems:
            super().refuse(RuleBroken(it.message, field=it.field))


def hold_form(items: Sequence[Item], units: Sequence[UnitRow], **given: Any) -> HoldForm:
    """The form of one meeting, with three fields for each matter that is still open."""
    offered = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.name) for it in units)]
    fields: dict[str, Any] = {}
    for it in items:
        if it.state in OFF_THE_AGENDA:
            continue
        fields[f"conclusion_{it.matter_id}"] = TextAreaField("议定意见", [at_most(LONGEST_TEXT)])
        fields[f"unit_id_{it.matter_id}"] = a_choice("承办单位")
        fields[f"due_on_{it.matter_id}"] = DateField("时限", [Optional()])
    form: HoldForm = type("HoldFormOfAgenda", (HoldForm,), fields)(**given)
    for name in fields:
        if name.startswith("unit_id_"):
            form._fields[name].choices = offered
    return form
