"""The office's rules of the closed loop, in the words of the office."""

from wtforms import BooleanField, IntegerField, StringField, TimeField
from wtforms.validators import Optional, Regexp

from portal.services.office_settings import DEFAULTS, LIMITS
from portal.web.admin.forms import a_number
from portal.web.forms import PortalForm, at_most, required

DAYS_BEFORE = r"^\s*\d+([，,、 ]+\d+)*\s*$"


def limited(name: str, label: str, hint: str) -> IntegerField:
    """A number among the office's rules; the hint ends on its default."""
    least, most, unit = LIMITS[name]
    return a_number(label, least, most, unit, hint=f"{hint}默认 {getattr(DEFAULTS, name)} {unit}。")


class ClosedLoopFields(PortalForm):
    """What the office decides of closing, more time, urging, looking back, and how it is reached with a complaint."""

    head_signs = BooleanField(
        "报送结果须经单位负责人审签",
        description="取消勾选后，经办人报送即转企业确认，记录会写明跳过了这一步。默认须审签。",
    )
    enterprise_confirms = BooleanField(
        "结果须征求企业意见", description="取消勾选后，审签后直接进入审核，记录会写明跳过了这一步。默认须征求。"
    )
    evidence_needed = BooleanField("报送结果须附佐证材料", description="防止只报结果、没有依据。默认须附。")
    office_approves = BooleanField(
        "办公室可以代领导批准销号", description="须已得到领导授权；审核的人不能再批准。默认由领导批准。"
    )
    contests = limited("contests", "企业不认可，最多退回重办", "超过后记录企业意见，转入审核。0 为不退回。")
    extension_by_leader = BooleanField(
        "A类事项延期由领导批准", description="取消勾选后，办公室也可以批准。默认由领导。"
    )
    hold_by_leader = BooleanField("挂账由领导决定", description="取消勾选后，办公室也可以决定。默认由领导。")
    remind_percent = limited("remind_percent", "时限过去多少时提醒", "0 为不按比例提醒。")
    remind_due_days = StringField(
        "到期前提醒",
        [Optional(), Regexp(DAYS_BEFORE, message="请填写数字，用逗号隔开，例如“3，1，0”；不提醒请留空。")],
        description="到期前几个工作日提醒单位，0 为到期当天，最多五个。默认 3，1，0。",
    )
    urgent_hours = limited("urgent_hours", "急件签收和联系企业", "带“急”的，印发后多少小时内签收。0 为与其他的相同。")
    urge_every_days = limited("urge_every_days", "同一事项两次催办至少相隔", "防止多头、重复催办。0 为不限。")
    escalate_days = limited("escalate_days", "逾期多久报领导", "超过后提醒牵头领导。")
    quiet_from = TimeField("每天几点以后不发提醒", [required("请填写时间，例如 20:00。")], description="默认 20:00。")
    quiet_until = TimeField("到第二天几点", [required("请填写时间，例如 07:30。")], description="默认 07:30。")
    look_back_percent = limited("look_back_percent", "回头看抽取", "按销号事项抽取；企业不满意的另外全部列入。")
    call_back_attempts = limited(
        "call_back_attempts", "回访联系不上，最多再打", "超过后不再列入待回访，记录会写明没有联系上。"
    )
    call_back_within_days = limited("call_back_within_days", "销号后多久以内须回访", "更早的不再列入待回访。")
    study_from = limited("study_from", "同类诉求达到几项提出专题研究", "按诉求类别计。")
    study_months = limited("study_months", "在几个月内", "")
    complaint_phone = StringField(
        "监督举报电话",
        [
            Optional(),
            at_most(40),
            Regexp(
                r"^[0-9０-９ \-—－转()（）、，,]+$",
                message="只填电话号码，例如“0830-1234567 转 2”，几个号码用顿号隔开。",
            ),
        ],
        description="印在受理回执、预约单、不予受理告知书和企业查询页上。留空则不印。",
    )
    follow_check = BooleanField(
        "企业扫码填写须核对电话后四位",
        description="防止捡到单子的人替企业表态；只查看不核对。默认须核对。",
    )
    follow_tries = limited("follow_tries", "电话后四位一天最多输错", "超过后当天不能再填写，查看不受影响。")
    words_a_day = limited("words_a_day", "一张单子一天最多填写", "异议、举报、补充说明和评价合计。")
