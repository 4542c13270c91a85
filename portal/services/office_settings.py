"""The office's own rules: only what differs from the default is stored, so a better default reaches everybody."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime, time
from hashlib import sha256
from string import Formatter
from typing import Any

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.numbering import NumberRule
from portal.domain.office import SEATS, OfficeRules
from portal.domain.people import Action, Actor, SignInPolicy, must
from portal.domain.signing import SignedHow
from portal.services.day_caps import follow_caps
from portal.store.audit_trail import record
from portal.store.models.office import OfficeSetting
from portal.store.queries.office import office_rules

DEFAULTS = OfficeRules()
NOT_THE_OFFICES = frozenset({"sign_in", "sample"})
"""The security administrator keeps the sign-in policy; the mark of sample data comes with the data."""

PLACEHOLDERS = frozenset({"牵头领导", "牵头单位", "配合单位", "时限"})
PRINTED = (
    "district",
    "city",
    "federation",
    "office_contact",
    "slip_organ",
    "transfer_organ",
    "reminder_organ",
    "supervision_organ",
    "supervision_office",
    "number_pattern",
    "slip_copies_to",
    "notice_form",
    "notice_booking",
    "notice_bring",
    "complaint_phone",
)
ORGANS = ("slip_organ", "transfer_organ", "reminder_organ", "supervision_organ")
LIMITS: Mapping[str, tuple[int, int, str]] = {
    "min_gap_days": (0, 365, "天"),
    "chief_every_days": (0, 366, "天"),
    "most_turns": (0, 366, "次"),
    "least_turns": (0, 366, "次"),
    "leave_lead_days": (0, 60, "个工作日"),
    "consult_days": (1, 30, "个工作日"),
    "notice_days": (0, 30, "个工作日"),
    "booking_open_days": (0, 366, "天"),
    "booking_close_days": (0, 30, "个工作日"),
    "persons_a_booking": (1, 30, "人"),
    "groups_a_day": (0, 200, "家"),
    "matters_a_day": (0, 500, "项"),
    "hold_minutes": (1, 120, "分钟"),
    "offer_minutes": (10, 4_320, "分钟"),
    "opinion_days": (0, 30, "个工作日"),
    "unheard_days": (7, 366, "天"),
    "list_lock_days": (0, 30, "个工作日"),
    "entry_days": (0, 30, "个工作日"),
    "call_after_minutes": (0, 240, "分钟"),
    "slot_minutes": (5, 240, "分钟"),
    "gap_minutes": (0, 120, "分钟"),
    "slots_a_day": (1, 40, "个"),
    "seats_a_slot": (1, 20, "家"),
    "matters_a_booking": (1, 50, "项"),
    "follow_tries": (3, 20, "次"),
    "words_a_day": (1, 50, "次"),
    "handling_days": (1, 250, "个工作日"),
    "class_a_days": (0, 250, "个工作日"),
    "class_b_days": (0, 250, "个工作日"),
    "class_c_days": (0, 250, "个工作日"),
    "class_d_days": (0, 250, "个工作日"),
    "level_unit_days": (0, 250, "个工作日"),
    "level_leader_days": (0, 250, "个工作日"),
    "assisting_lead_days": (0, 60, "个工作日"),
    "signing_days": (1, 60, "个工作日"),
    "certificate_years": (1, 10, "年"),
    "receipt_days": (1, 30, "个工作日"),
    "transfer_reply_days": (1, 60, "个工作日"),
    "reminder_reply_days": (1, 60, "个工作日"),
    "supervision_reply_days": (1, 60, "个工作日"),
    "contests": (0, 5, "次"),
    "remind_percent": (0, 95, "%"),
    "urgent_hours": (0, 72, "小时"),
    "urge_every_days": (0, 30, "个工作日"),
    "escalate_days": (1, 60, "个工作日"),
    "look_back_months": (1, 24, "个月"),
    "look_back_percent": (0, 100, "%"),
    "call_back_attempts": (1, 10, "次"),
    "call_back_within_days": (7, 366, "天"),
    "study_from": (2, 100, "项"),
    "study_months": (1, 36, "个月"),
    "print_job_from": (20, 500, "张"),
    "print_result_days": (1, 90, "天"),
    "upload_megabytes": (1, 25, "MB"),
}
"""What a number may be: least, greatest, unit."""

POLICY_LIMITS: Mapping[str, tuple[int, int, str]] = {
    "failures": (3, 10, "次"),
    "lock_minutes": (5, 1440, "分钟"),
    "idle_minutes": (5, 240, "分钟"),
    "password_length": (8, 64, "个字符"),
    "password_classes": (2, 4, "种"),
}


def fingerprint(rules: OfficeRules) -> str:
    """What a form carries to notice that somebody else changed the rules while it was open."""
    return sha256(repr(asdict(rules)).encode()).hexdigest()[:16]


def change_rules(
    session: Session, wanted: Mapping[str, Any], *, seen: str | None = None, actor: Actor, now: datetime
) -> OfficeRules:
    """Change rules of the office; answers those in force afterwards.

    `wanted` maps names of `OfficeRules` to values. Raises RuleBroken for a value that cannot work, Conflict when
    `seen` is no longer the fingerprint of what is in force.
    """
    must(actor, Action.KEEP_SETTINGS)
    rules = office_rules(session)
    if seen is not None and seen != fingerprint(rules):
        raise Conflict("您打开页面之后，别人已修改了工作设置。请核对右侧最新内容后再提交一次。")
    unknown = set(wanted) - ({each.name for each in fields(OfficeRules)} - NOT_THE_OFFICES)
    if unknown:
        raise RuleBroken(f"没有名为“{min(unknown)}”的工作设置。")
    changed = replace(rules, **wanted)
    _check(changed)
    names = _store(session, rules, changed)
    follow_caps(session, rules, changed, today=now.astimezone(ZONE).date())
    if names:
        target = session.get(OfficeSetting, names[0]) or OfficeSetting(name=names[0], value=None)
        differences = {name: [_plain(getattr(rules, name)), _plain(getattr(changed, name))] for name in names}
        record(
            session, actor, now, "rules_changed", target, summary=f"修改工作设置 {len(names)} 项", changed=differences
        )
    return changed


def change_sign_in_policy(session: Session, wanted: SignInPolicy, *, actor: Actor, now: datetime) -> SignInPolicy:
    """Set how people sign in; it holds from the next request on (domain 7.2)."""
    must(actor, Action.APPROVE_ACCOUNTS)
    for name, (least, most, unit) in POLICY_LIMITS.items():
        _must_lie_between(name, getattr(wanted, name), least, most, unit)
    rules = office_rules(session)
    changed = replace(rules, sign_in=wanted)
    for name in _store(session, rules, changed):
        target = session.get(OfficeSetting, name) or OfficeSetting(name=name, value=None)
        record(
            session,
            actor,
            now,
            "sign_in_policy_changed",
            target,
            summary="修改登录与密码策略",
            before=asdict(rules.sign_in),
            after=asdict(wanted),
        )
    return wanted


def keep_rules(session: Session, **wanted: Any) -> OfficeRules:
    """Keep rules whose change another act has checked and puts on record, such as the lengths of the clock policy."""
    rules = office_rules(session)
    changed = replace(rules, **wanted)
    _store(session, rules, changed)
    return changed


def _store(session: Session, before: OfficeRules, after: OfficeRules) -> list[str]:
    """Write the differences from the defaults; answers the names whose value changed."""
    names = [each.name for each in fields(OfficeRules) if getattr(before, each.name) != getattr(after, each.name)]
    for name in names:
        value, kept = getattr(after, name), session.get(OfficeSetting, name)
        if value == getattr(DEFAULTS, name):
            if kept is not None:
                session.delete(kept)
        elif kept is None:
            session.add(OfficeSetting(name=name, value=_plain(value)))
        else:
            kept.value = _plain(value)
    session.flush()
    return names


def _plain(value: object) -> object:
    """A rule as JSON keeps it; `OfficeRules.from_stored` reads it back."""
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, SignInPolicy):
        return asdict(value)
    return value


def _check(rules: OfficeRules) -> None:
    for name, (least, most, unit) in LIMITS.items():
        _must_lie_between(name, getattr(rules, name), least, most, unit)
    for name in PRINTED:
        must_be_printable(getattr(rules, name), field=name)
    if not rules.district.strip():
        raise RuleBroken("请填写本区全称，例如“安澜区”。", field="district")
    _check_numbers(rules)
    if not rules.signing_ways or not set(rules.signing_ways) <= {it.value for it in SignedHow}:
        raise RuleBroken("请至少保留一种签批方式。", field="signing_ways")
    if "main" not in rules.seats or not set(rules.seats) <= set(SEATS):
        raise RuleBroken("轮值席位至少要有“主接待”。", field="seats")
    if rules.most_turns and rules.least_turns > rules.most_turns:
        raise RuleBroken("每人至少的次数不能大于至多的次数。", field="least_turns")
    _check_reminders(rules)
    if not rules.instruction_phrases:
        raise RuleBroken("请至少保留一条批示常用语。", field="instruction_phrases")
    for phrase in rules.instruction_phrases:
        _check_phrase(phrase)


def _check_reminders(rules: OfficeRules) -> None:
    for name in ("remind_days", "remind_visitor_days"):
        days = getattr(rules, name)
        if len(days) > 5 or any(not 0 < it <= 30 for it in days):
            raise RuleBroken("提醒请填写 1 至 30 的工作日数，最多五个，例如“5，1”。", field=name)
    if len(rules.remind_due_days) > 5 or any(not 0 <= it <= 30 for it in rules.remind_due_days):
        raise RuleBroken("到期前提醒请填写 0 至 30 的工作日数，最多五个，例如“3，1，0”。", field="remind_due_days")
    if rules.quiet_until >= rules.quiet_from:
        raise RuleBroken("恢复发送的时间应早于停止发送的时间，例如 20:00 停，07:30 恢复。", field="quiet_until")


def _check_numbers(rules: OfficeRules) -> None:
    """Every numbered paper has an organ code of its own, so that no two numbers read alike."""
    for name in ORGANS:
        try:
            NumberRule(getattr(rules, name), rules.number_pattern)
        except RuleBroken as refusal:
            field = "number_pattern" if refusal.field == "pattern" else name
            raise RuleBroken(refusal.message, field=field) from None
        if any(getattr(rules, other) == getattr(rules, name) for other in ORGANS if other != name):
            raise RuleBroken("几种公文的机关代字不能相同，否则会有两份同号的公文。", field=name)


def _check_phrase(phrase: str) -> None:
    must_be_printable(phrase, field="instruction_phrases")
    try:
        named = {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}
    except ValueError:
        named = {phrase}
    if not named <= PLACEHOLDERS:
        allowed = "、".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        raise RuleBroken(f"常用语“{phrase}”里的花括号不对，花括号内只能是：{allowed}。", field="instruction_phrases")


def _must_lie_between(name: str, value: int, least: int, most: int, unit: str) -> None:
    if not least <= value <= most:
        raise RuleBroken(f"应在 {least} 至 {most} {unit}之间，现为 {value}。", field=name)
