"""Forms about a slip: what the office drafts, what the leader decides, why it comes back or ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import request
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.signing import MOST_COUNTERSIGNERS
from portal.services.matter_classes import Classing
from portal.services.slip_drafts import SlipDraft
from portal.services.slip_links import LONGEST_REASON
from portal.services.slip_orders import Helper, SlipOrder
from portal.services.slips import LONGEST_REMARK
from portal.store.queries.people import LeaderRow, UnitRow
from portal.web.converters import number_in
from portal.web.forms import PortalForm, SelectManyField, at_most, required
from portal.web.slips.scan_forms import ScanFields

MOST_HELPERS = 12
LONG_TEXT = 4_000
TAKE_THE_NEXT = SelectChoice("", "按顺序取新号")
NOT_CHOSEN = SelectChoice("", "请选择")


def chosen_id(text: str | int | None) -> int | None:
    """A record's id from a select, None for the empty choice. Raises ValueError for anything else."""
    if not text:
        return None
    number = number_in(text)
    if number is None:
        raise ValueError("no record has this number")
    return number


def a_choice(label: str, hint: str = "") -> SelectField:
    """One of many records, or none."""
    return SelectField(label, [Optional()], coerce=chosen_id, choices=[NOT_CHOSEN], description=hint)


class HelperForm(Form):
    """One assisting unit."""

    class Meta:
        """Messages in Chinese; the token is the outer form's."""

        locales = ("zh", "zh_CN")

    unit_id = a_choice("单位")
    due_on = DateField("该单位时限", [Optional()])


class OrderForm(PortalForm):
    """What a leader decides: the instruction, who leads, who handles, until when (NX-12)."""

    version = HiddenField()
    instruction = TextAreaField("批示内容", [Optional(), at_most(LONG_TEXT)])
    lead_official_id = a_choice("牵头领导")
    lead_unit_id = a_choice("牵头单位")
    due_on = DateField("办结时限", [Optional()])
    assisting = FieldList(FormField(HelperForm), "配合单位", min_entries=1, max_entries=MOST_HELPERS)

    def offer(self, leaders: Iterable[LeaderRow], units: Iterable[UnitRow], invited: Collection[int] = ()) -> None:
        """Say which leaders and units there are; those who came to the reception stand first."""
        people = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.titled) for it in leaders)]
        ordered = sorted(units, key=lambda it: it.id not in invited)
        offices = [
            NOT_CHOSEN,
            *(SelectChoice(str(it.id), it.name + ("（到场）" if it.id in invited else "")) for it in ordered),
        ]
        for name in ("receiver_id", "signer_id", "lead_official_id"):
            if name in self._fields:
                self._fields[name].choices = people
        for entry in self._fields.get("countersigner_ids", ()):
            entry.choices = people
        self.lead_unit_id.choices = offices
        for entry in self.assisting:
            entry.form.unit_id.choices = offices

    def change_rows(self) -> bool:
        """Without script the buttons beside the rows come here: add a row or take one away. Whether one was pressed."""
        if "add_row" in request.form and len(self.assisting) < MOST_HELPERS:
            self.assisting.append_entry()
        elif "remove_row" in request.form:
            kept = [
                entry.data for place, entry in enumerate(self.assisting) if str(place) != request.form["remove_row"]
            ]
            while len(self.assisting):
                self.assisting.pop_entry()
            for line in kept or [{}]:
                self.assisting.append_entry(line)
        return "add_row" in request.form or "remove_row" in request.form

    def seen_version(self) -> int | None:
        """The version the person had on the screen."""
        return number_in(self.version.data)

    def order(self) -> SlipOrder:
        """What was decided."""
        return SlipOrder(
            instruction=self.instruction.data or "",
            lead_official_id=self.lead_official_id.data,
            lead_unit_id=self.lead_unit_id.data,
            assisting=tuple(
                Helper(it.form.unit_id.data, it.form.due_on.data)
                for it in self.assisting
                if it.form.unit_id.data is not None
            ),
            due_on=self.due_on.data,
        )


def chosen_word(kind: type[MatterClass] | type[MatterLevel]) -> SelectField:
    """One of a few words, or none yet."""
    return SelectField(
        "类别" if kind is MatterClass else "层级",
        [Optional()],
        choices=[SelectChoice("", "未定"), *(SelectChoice(it.value, it.label) for it in kind)],
        default="",
    )


class KindForm(Form):
    """How one matter is classed: it says how long it may take, and with which others it may share a slip."""

    class Meta:
        """Messages in Chinese; the token is the outer form's."""

        locales = ("zh", "zh_CN")

    matter_id = HiddenField()
    matter_class = chosen_word(MatterClass)
    level = chosen_word(MatterLevel)
    is_common = BooleanField("共性")

    def classing(self) -> Classing:
        """What was chosen."""
        matter_class, level = self.matter_class.data, self.level.data
        return Classing(
            MatterClass(matter_class) if matter_class else None,
            MatterLevel(level) if level else None,
            self.is_common.data,
        )


class DraftForm(OrderForm):
    """Everything the office writes before a slip gets its number."""

    seen_due_on = HiddenField()
    seen_assisting_on = HiddenField()
    reserved_id = SelectField("编号用", [Optional()], coerce=chosen_id, choices=[TAKE_THE_NEXT])
    kinds = FieldList(FormField(KindForm), "类别、层级和共性")

    matters = SelectManyField(
        "诉求事项",
        coerce=chosen_id,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        choices=[],
    )
    receiver_id = a_choice("接待领导")
    signer_id = a_choice("签批领导")
    countersigner_ids = FieldList(
        a_choice("会签领导"), "会签领导", min_entries=MOST_COUNTERSIGNERS, max_entries=MOST_COUNTERSIGNERS
    )
    proposal_handler = StringField("承办人", [Optional(), at_most(40)])
    proposal_head = StringField("负责人", [Optional(), at_most(40)])
    prior_check = TextAreaField("前期核实", [Optional(), at_most(LONG_TEXT)])
    proposal = TextAreaField("拟办意见", [Optional(), at_most(LONG_TEXT)])
    requirements = TextAreaField("办理要求", [Optional(), at_most(LONG_TEXT)])
    copies_to = StringField("抄送", [Optional(), at_most(200)])

    def offer_matters(self, offered: Iterable[tuple[int, str]]) -> None:
        """Say which matters can be chosen. One that was chosen and no longer can is kept: the rule says why, not the list."""
        named = dict(offered)
        chosen = {it: "（已不能选择的事项）" for it in self.matters.data or () if it not in named}
        self.matters.choices = [SelectChoice(str(number), label) for number, label in (named | chosen).items()]

    def offer_reserved(self, found: Iterable[tuple[int, str]]) -> None:
        """Say which numbers set aside could be used. One that was chosen and no longer can is kept: the rule says why."""
        named = dict(found)
        chosen = self.reserved_id.data
        gone = {chosen: "（已不能使用的预留号）"} if chosen is not None and chosen not in named else {}
        self.reserved_id.choices = [
            TAKE_THE_NEXT,
            *(SelectChoice(str(it), text) for it, text in (named | gone).items()),
        ]

    def draft(self) -> SlipDraft:
        """What was written."""
        return SlipDraft(
            matter_ids=tuple(self.matters.data or ()),
            receiver_id=self.receiver_id.data,
            signer_id=self.signer_id.data,
            order=self.order(),
            prior_check=self.prior_check.data or "",
            proposal=self.proposal.data or "",
            requirements=self.requirements.data or "",
            copies_to=self.copies_to.data or "",
            countersigner_ids=tuple(it for it in self.countersigner_ids.data if it is not None),
            proposal_handler=self.proposal_handler.data or "",
            proposal_head=self.proposal_head.data or "",
        )

    def classes(self) -> Mapping[int, Classing]:
        """How the chosen matters are classed on the page, by matter."""
        chosen = set(self.matters.data or ())
        rows = ((it.form.matter_id.data or "", it.form) for it in self.kinds)
        numbered = ((number_in(text), row) for text, row in rows)
        return {number: row.classing() for number, row in numbered if number is not None and number in chosen}

    def seen_dates(self) -> tuple[date | None, date | None]:
        """The dates that were proposed on the page: the slip's, and that of the units that assist."""
        return _a_day(self.seen_due_on.data), _a_day(self.seen_assisting_on.data)

    def show(self, draft: SlipDraft) -> None:
        """Put dates and proposal of a draft into the form, as they follow the classes chosen."""
        self.due_on.data, self.proposal.data = draft.order.due_on, draft.proposal
        self.due_on.raw_data = self.proposal.raw_data = None
        dates = {it.unit_id: it.due_on for it in draft.order.assisting}
        for entry in self.assisting:
            if entry.form.unit_id.data in dates:
                entry.form.due_on.data, entry.form.due_on.raw_data = dates[entry.form.unit_id.data], None


def _a_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


class SignForm(OrderForm):
    """The leader signs on the screen."""


class SignatureForm(OrderForm, ScanFields):
    """The office enters what was signed by hand, with its scan if there is one already."""

    signed_on = DateField(
        "签批日期", [required("请填写纸面上的签批日期。")], description="以领导在纸面上写的日期为准。"
    )

    def day(self) -> date:
        """The day on the paper."""
        day: date = self.signed_on.data
        return day


class ReturnForm(PortalForm):
    """Why a slip comes back."""

    version = HiddenField()
    remark = TextAreaField(
        "退回意见", [required("请写明退回意见。"), at_most(LONGEST_REMARK)], description="写明哪里要改、怎样改。"
    )


class SeenForm(PortalForm):
    """A form about a slip that carries the version its person had on the screen."""

    version = HiddenField()

    def seen_version(self) -> int | None:
        """The version the person had on the screen."""
        return number_in(self.version.data)


class SplitForm(SeenForm):
    """Which matters another unit leads as well, and why."""

    matters = SelectManyField(
        "分办哪些事项",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        choices=[],
    )
    lead_unit_id = a_choice("另一张由哪个单位牵头")
    reason = TextAreaField(
        "分办原因",
        [required("请写明为什么要分给两个单位办。"), at_most(LONGEST_REASON)],
        description="两张单的页面上都会写明，例如“土地与规划分属两个单位”。",
    )

    def offer(self, matters: Iterable[tuple[int, str]], units: Iterable[UnitRow]) -> None:
        """Say which matters and units there are."""
        self.matters.choices = [SelectChoice(str(number), label) for number, label in matters]
        self.lead_unit_id.choices = [NOT_CHOSEN, *(SelectChoice(str(it.id), it.name) for it in units)]


class ReplaceForm(SeenForm):
    """Why a slip ends and another stands in for it."""

    reason = TextAreaField(
        "作废原因",
        [required("请写明作废原因。"), at_most(LONGEST_REASON)],
        description="原因写入时间线，单位也会看到；原编号保留、不再使用。",
    )


class VoidForm(PortalForm):
    """Why a slip ends."""

    version = HiddenField()
    reason = TextAreaField(
        "作废原因",
        [required("请写明作废原因。"), at_most(200)],
        description="原因写入时间线，单位也会看到；编号保留、不再使用。",
    )


def as_data(draft: SlipDraft, version: int | None) -> dict[str, Any]:
    """A draft as its form wants it."""
    return {
        "version": version,
        "matters": list(draft.matter_ids),
        "receiver_id": draft.receiver_id,
        "signer_id": draft.signer_id,
        "prior_check": draft.prior_check,
        "proposal": draft.proposal,
        "requirements": draft.requirements,
        "copies_to": draft.copies_to,
        "countersigner_ids": list(draft.countersigner_ids),
        "proposal_handler": draft.proposal_handler,
        "proposal_head": draft.proposal_head,
        **order_data(draft.order),
    }


def kinds_data(classes: Mapping[int, Classing]) -> list[dict[str, Any]]:
    """How matters are classed, as the draft's form wants it."""
    return [
        {
            "matter_id": str(matter_id),
            "matter_class": it.matter_class.value if it.matter_class else "",
            "level": it.level.value if it.level else "",
            "is_common": it.is_common,
        }
        for matter_id, it in classes.items()
    ]


def order_data(order: SlipOrder) -> dict[str, Any]:
    """A leader's decision as its form wants it."""
    helpers: Sequence[Helper] = order.assisting
    return {
        "instruction": order.instruction,
        "lead_official_id": order.lead_official_id,
        "lead_unit_id": order.lead_unit_id,
        "due_on": order.due_on,
        "assisting": [{"unit_id": it.unit_id, "due_on": it.due_on} for it in helpers] or [{}],
    }
