"""Forms about a slip: what the office drafts, what the leader decides, why it comes back or ends."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from flask import request
from wtforms import (
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

from portal.services.slip_drafts import SlipDraft
from portal.services.slip_orders import Helper, SlipOrder
from portal.services.slips import LONGEST_REMARK
from portal.store.queries.people import LeaderRow, UnitRow
from portal.web.forms import PortalForm, SelectManyField, at_most, required

MOST_HELPERS = 12
LONG_TEXT = 4_000
NOT_CHOSEN = SelectChoice("", "请选择")


def chosen_id(text: str | int | None) -> int | None:
    """A record's id from a select, None for the empty choice. Raises ValueError for anything else."""
    return int(text) if text else None


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
        return int(self.version.data) if str(self.version.data).isdigit() else None

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


class DraftForm(OrderForm):
    """Everything the office writes before a slip gets its number."""

    matters = SelectManyField(
        "诉求事项",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        choices=[],
    )
    receiver_id = a_choice("接待领导")
    signer_id = a_choice("签批领导")
    prior_check = TextAreaField("前期核实", [Optional(), at_most(LONG_TEXT)])
    proposal = TextAreaField("拟办意见", [Optional(), at_most(LONG_TEXT)])
    requirements = TextAreaField("办理要求", [Optional(), at_most(LONG_TEXT)])
    copies_to = StringField("抄送", [Optional(), at_most(200)])

    def offer_matters(self, offered: Iterable[tuple[int, str]]) -> None:
        """Say which matters can be chosen. One that was chosen and no longer can is kept: the rule says why, not the list."""
        named = dict(offered)
        chosen = {it: "（已不能选择的事项）" for it in self.matters.data or () if it not in named}
        self.matters.choices = [SelectChoice(str(number), label) for number, label in (named | chosen).items()]

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
        )


class SignForm(OrderForm):
    """The leader signs on the screen."""


class SignatureForm(OrderForm):
    """The office enters what was signed by hand."""

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
        **order_data(draft.order),
    }


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
