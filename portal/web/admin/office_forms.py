"""The form of the office's own rules, in the words of the office."""

import re
from dataclasses import fields
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import NumberRange, Optional, Regexp

from portal.domain.bookings import Unheard
from portal.domain.day_changes import ApprovalNeeded
from portal.domain.numbering import USUAL_PATTERN
from portal.domain.office import SEATS, OfficeRules
from portal.domain.receiving import AskIdNumber, WalkIns
from portal.domain.retention import Retention
from portal.domain.rota import DutySeat
from portal.domain.signing import SignedHow, TimeStamps
from portal.domain.turns import SubstituteFrom
from portal.services.office_settings import DEFAULTS
from portal.web.admin.forms import Checks, lines, offered
from portal.web.admin.loop_forms import ClosedLoopFields, limited
from portal.web.forms import at_most, required

MOST_ACCOMPANYING = 9
LISTED = ("remind_days", "remind_visitor_days", "remind_due_days")
"""Working days that are typed one after another."""


def _an_organ(label: str) -> StringField:
    return StringField(label, [required("请填写机关代字。"), at_most(12)], description="各种公文的代字不能相同。")


class OfficeRulesForm(ClosedLoopFields):
    """The office's own rules, in the words of the office; one field each of `OfficeRules`."""

    seen = HiddenField()
    district = StringField(
        "本区全称", [required("请填写本区全称。"), at_most(40)], description="例如“安澜区”，印在页眉和单据上。"
    )
    city = StringField("所属市", [Optional(), at_most(40)], description="与本区合在一起判断企业注册地是否在区内。")
    federation = StringField("本单位全称", [required("请填写本单位全称。"), at_most(60)])
    office_contact = StringField(
        "办公室联系方式", [Optional(), at_most(80)], description="电话、房间等，印在来访预约单和告知书上。"
    )
    slip_organ = StringField(
        "机关代字",
        [required("请填写机关代字。"), at_most(12)],
        description="交办单编号里的代字，只用汉字。改后从新代字的 1 号编起。",
    )
    transfer_organ = _an_organ("转办单代字")
    reminder_organ = _an_organ("催办单代字")
    supervision_organ = _an_organ("督办单代字")
    supervision_office = StringField(
        "督办单印发机关",
        [required("请填写督办单由谁印发。"), at_most(60)],
        description="督办由督查室牵头，督办单以它的名义印发。",
    )
    transfer_reply_days = limited("transfer_reply_days", "转办单回复时限", "填写时按此提出，可改。")
    number_pattern = StringField(
        "编号写法",
        [required("请填写编号写法。"), at_most(60)],
        description=f"各种公文同一写法，例如“{USUAL_PATTERN}”。公文格式要求年份用全称、加六角括号，序号不补零、不加“第”。",
    )
    slip_copies_to = StringField("抄送", [Optional(), at_most(200)])
    instruction_phrases = TextAreaField(
        "批示常用语",
        [required("请至少保留一条。"), at_most(2_000)],
        description="一行一条，供草拟时点选。花括号里的 {牵头领导}、{牵头单位} 会换成所选的姓名和单位。",
    )
    default_start = TimeField(
        "开始时间", [required("请填写时间，例如 09:00。")], description="新编排的接待日从几点开始。默认 09:00。"
    )
    slot_minutes = limited("slot_minutes", "每个时段", "")
    gap_minutes = limited("gap_minutes", "时段间隔", "")
    slots_a_day = limited("slots_a_day", "每天时段数", "")
    seats_a_slot = limited("seats_a_slot", "每时段接待企业", "")
    matters_a_booking = limited("matters_a_booking", "一次预约最多诉求", "")
    screening = BooleanField(
        "预约须经审核", description="先核实真实、合法、合理，再确认预约。取消勾选后，预约即时确认。默认须审核。"
    )
    seats = Checks(
        "轮值席位",
        [required("请至少选择主接待。")],
        choices=offered(SEATS.items()),
        description="每个接待日安排哪些席位。",
    )
    accompanying_leaders = IntegerField(
        "每天参加领导",
        [Optional(), NumberRange(1, MOST_ACCOMPANYING, message=f"应在 1 至 {MOST_ACCOMPANYING} 人之间。")],
        description=f"选了“参加”席位时安排几位，1 至 {MOST_ACCOMPANYING} 位。默认 1 位。",
    )
    min_gap_days = limited("min_gap_days", "两次轮值至少相隔", "按自然日，0 为不限。")
    chief_every_days = limited("chief_every_days", "主要领导至少每隔多少天接待一次", "按自然日，0 为不限。")
    most_turns = limited("most_turns", "一个方案内每人至多", "0 为不限。")
    least_turns = limited("least_turns", "一个方案内每人至少", "0 为不限。")
    empty_day_counts = BooleanField(
        "无人预约的接待日也算轮过一次", description="取消勾选后，当日无人预约的，轮次不计，下次仍先轮到。默认计入。"
    )
    substitutes = SelectField(
        "领导临时不能到场时", choices=offered((it.value, it.label) for it in SubstituteFrom), coerce=SubstituteFrom
    )
    leave_lead_days = limited("leave_lead_days", "请假须提前", "不足的仍可提出，页面会标明。")
    consult_days = limited("consult_days", "轮值方案征求意见", "领导和联络员在此期间标记不便的日期。")
    notice_days = limited("notice_days", "接待通告提前", "接待日前多少个工作日公布通告。")
    notice_form = StringField("接待形式", [Optional(), at_most(200)], description="印在接待通告上；留空则不印这一条。")
    notice_booking = TextAreaField(
        "预约方式", [Optional(), at_most(300)], description="印在接待通告上，可写电话和地址。"
    )
    notice_bring = TextAreaField("携带材料", [Optional(), at_most(600)], description="印在接待通告上，一行一条。")
    booking_open_days = limited("booking_open_days", "预约提前受理", "接待日前多少天起受理，按自然日，0 为排出即可约。")
    booking_close_days = limited("booking_close_days", "预约截止提前", "印在接待通告上，0 为不设截止。")
    booking_close_at = TimeField("截止时间", [required("请填写时间，例如 17:00。")], description="默认 17:00。")
    urgent_bookings = BooleanField(
        "截止或名单锁定后，写明理由仍可登记", description="急事的通道。取消勾选后，截止即不再受理。默认可以。"
    )
    persons_a_booking = limited("persons_a_booking", "每家企业最多到场", "含来访人。")
    groups_a_day = limited(
        "groups_a_day", "每天最多接待企业", "0 为只看名额。只用于此后编排的、和还没有另行改过的接待日。"
    )
    matters_a_day = limited("matters_a_day", "每天最多预约诉求", "0 为不限。当场提出的不受限制。")
    hold_minutes = limited("hold_minutes", "填表时占住名额", "过时自动放开。")
    waiting_list = BooleanField("约满后可以登记候补", description="有名额空出时，按登记先后通知。默认可以。")
    offer_minutes = limited("offer_minutes", "候补名额保留", "只算每天 7:30 至 20:00，过时通知下一家。")
    walk_ins = SelectField(
        "没有预约、当天到场的企业", choices=offered((it.value, it.label) for it in WalkIns), coerce=WalkIns
    )
    unheard = SelectField(
        "爽约、未接待离开的企业，其诉求",
        choices=offered((it.value, it.label) for it in Unheard),
        coerce=Unheard,
        description="没有接待就没有听取。带入的，仍用原来的编号，只在接待的那一天统计。默认随接待日结束。",
    )
    unheard_days = limited("unheard_days", "等待带入最长", "过了仍没有再预约的，自动结束，记录会写明。")
    id_number = SelectField(
        "来访人证件号码",
        choices=offered((it.value, it.label) for it in AskIdNumber),
        coerce=AskIdNumber,
        description="加密保存，只显示首尾，查看全文有记录。非必要不登记，默认不登记。",
    )
    opinion_days = limited("opinion_days", "单位意见回复时限", "接待日前多少个工作日。")
    list_lock_days = limited("list_lock_days", "接待名单锁定提前", "0 为只由办公室手工锁定。")
    list_lock_at = TimeField("锁定时间", [required("请填写时间，例如 17:00。")], description="默认 17:00。")
    entry_until = TimeField(
        "当日补录截止", [required("请填写时间，例如 16:00。")], description="过后补录须写明理由。默认 16:00。"
    )
    entry_days = limited("entry_days", "补录可延后", "0 为接待日当天截止。")
    call_after_minutes = limited("call_after_minutes", "过时未到提醒", "时段开始多久后提醒电话联系。")
    remind_days = StringField(
        "接待日前提醒",
        [
            required("请填写提前几个工作日提醒，例如“5，1”。"),
            Regexp(r"^\s*\d+([，,、 ]+\d+)*\s*$", message="请填写数字，用逗号隔开，例如“5，1”。"),
        ],
        description="提前几个工作日提醒当日领导和联络员，可填多个，用逗号隔开。默认 5，1。",
    )
    remind_visitor_days = StringField(
        "接待日前提醒企业",
        [
            Optional(),
            Regexp(r"^\s*\d+([，,、 ]+\d+)*\s*$", message="请填写数字，用逗号隔开，例如“3，1”；不提醒请留空。"),
        ],
        description="提前几个工作日提醒已确认的企业，列入电话通知或发短信。默认 1，留空为不提醒。",
    )
    call_also = BooleanField(
        "发了短信仍列入电话通知", description="不勾选时，短信没有发成才列入电话通知。没有短信网关时都列入电话通知。"
    )
    chiefs_approve = BooleanField(
        "只由党政主要负责人批准改期和取消", description="不勾选时，任何一位区级领导都可以在系统内批准。默认不勾选。"
    )
    day_change_approval = SelectField(
        "接待日改期或取消", choices=offered((it.value, it.label) for it in ApprovalNeeded), coerce=ApprovalNeeded
    )
    class_a_days = limited("class_a_days", "A类事项办理时限", "复杂或历史遗留。0 为按时限规则里的办理时限。")
    class_b_days = limited("class_b_days", "B类事项办理时限", "涉及几个部门。0 为按时限规则里的办理时限。")
    class_c_days = limited("class_c_days", "C类事项办理时限", "简单事项。0 为按时限规则里的办理时限。")
    class_d_days = limited("class_d_days", "D类事项办理时限", "由本地自定。0 为按时限规则里的办理时限。")
    level_unit_days = limited("level_unit_days", "部门办事项时限", "没有分类的事项按层级。0 为按时限规则里的办理时限。")
    level_leader_days = limited(
        "level_leader_days", "领导办事项时限", "没有分类的事项按层级。0 为按时限规则里的办理时限。"
    )
    assisting_lead_days = limited(
        "assisting_lead_days", "配合单位提前", "比办结时限早多少个工作日答复牵头单位，0 为同一天。"
    )
    signing_ways = Checks(
        "签批方式",
        [required("请至少选择一种签批方式。")],
        choices=offered((it.value, it.label) for it in SignedHow),
        description="领导可以用哪些方式签批，每种方式都如实记录。",
    )
    time_stamps = SelectField(
        "数字证书签名加盖时间戳", choices=offered((it.value, it.label) for it in TimeStamps), coerce=TimeStamps
    )
    certificate_years = limited("certificate_years", "证书有效期", "本系统签发的证书多少年后须换。")
    retention = SelectField(
        "交办单保管期限", choices=offered((it.value, it.label) for it in Retention), coerce=Retention
    )
    verify_shows_signer = BooleanField(
        "核验页显示签批人姓名", description="核验页任何人都能打开。不勾选时只显示签批人的职务。默认不勾选。"
    )
    print_job_from = limited("print_job_from", "多少张起在后台打印", "少于此数的批量打印当场生成。")
    print_result_days = limited("print_result_days", "后台打印的文件保留", "过后自动删除，可再次打印。")
    upload_megabytes = limited("upload_megabytes", "附件大小上限", "")

    def wanted(self) -> dict[str, Any]:
        """The rules that were typed, by name."""
        names = {each.name for each in fields(OfficeRules)} & set(self._fields)
        given = {name: self._fields[name].data for name in names}
        given["instruction_phrases"] = tuple(lines(self.instruction_phrases.data))
        given["notice_bring"] = "\n".join(lines(self.notice_bring.data))
        chosen = [seat for seat in SEATS if seat in self.seats.data]
        several = {DutySeat.ACCOMPANYING.value: self.accompanying_leaders.data or 1}
        given["signing_ways"] = tuple(it for it in DEFAULTS.signing_ways if it in self.signing_ways.data)
        given["seats"] = tuple(seat for seat in chosen for _ in range(several.get(seat, 1)))
        for name in LISTED:
            given[name] = tuple(int(number) for number in re.findall(r"\d+", self._fields[name].data or ""))
        return {name: "" if value is None else value for name, value in given.items()}

    @classmethod
    def showing(cls, rules: OfficeRules, seen: str) -> "OfficeRulesForm":
        """The form filled with what is in force."""
        given = {each.name: getattr(rules, each.name) for each in fields(rules) if each.name != "sign_in"}
        given["instruction_phrases"] = "\n".join(rules.instruction_phrases)
        given["signing_ways"] = list(rules.signing_ways)
        given["seats"] = list(dict.fromkeys(rules.seats))
        given["accompanying_leaders"] = max(list(rules.seats).count(DutySeat.ACCOMPANYING.value), 1)
        for name in LISTED:
            given[name] = "，".join(str(days) for days in getattr(rules, name))
        return cls(data=given | {"seen": seen})
