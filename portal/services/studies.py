"""Studies of what many enterprises raise (专题研究, QD-25): proposed where it is concentrated, opened, concluded or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.meetings import (
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    SHORTEST,
    STANDING_STUDIES,
    STUDY_STEPS,
    StudyState,
    proposes_a_study,
)
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.services.handling_files import attach, must_be_few
from portal.services.messages import accounts_of_units, tell
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.matters import Category, Matter
from portal.store.models.meetings import Study, StudyMatter
from portal.store.models.people import Unit
from portal.store.queries.office import office_rules
from portal.store.queries.studies import CategoryCame, came_since

CHANGED = "您打开页面之后，别人已修改了这项专题研究。您填写的内容仍在，请核对最新内容后再提交。"
UNSEEN = "没有找到这项专题研究，可能编号有误，或不在您可见的范围内。"
MOST_MATTERS = 500
SHORTEST_CONCLUSION = 10


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """What the office settles when it opens a study: its question, who leads it, until when."""

    title: str
    why: str
    lead_unit_id: int | None
    due_on: date | None
    category_code: str | None = None


def propose_studies(session: Session, *, actor: Actor, now: datetime) -> int:
    """Propose a study for each category in which matters are concentrated; run as often as one likes, it proposes once.

    Counted are matters of the last `study_months` that are on no study of the category and came after the last one of it, so a
    study that was dropped is not proposed again until as many more have come. Answers how many were proposed.
    """
    must(actor, Action.KEEP_MEETINGS)
    rules, made = office_rules(session), 0
    for it in _concentrated(session, rules, now):
        why = (
            f"近 {rules.study_months} 个月企业集中反映“{it.name}”{len(it.matter_ids)} 件，涉及 {it.enterprises} 家企业，"
            f"达到 {rules.study_from} 件，建议专题研究。"
        )
        study = Study(
            state=StudyState.PROPOSED,
            title=f"“{it.name}”问题专题研究",
            category_code=it.code,
            why=why,
            made_by=actor.name,
            made_at=now,
        )
        if not _stands_alone(session, study):
            continue
        session.add_all(StudyMatter(study_id=study.id, matter_id=matter_id) for matter_id in it.matter_ids)
        session.flush()
        record(session, actor, now, "study_proposed", study, summary=f"建议{study.title}：{len(it.matter_ids)} 件")
        made += 1
    return made


def studies_to_propose(session: Session, *, now: datetime) -> bool:
    """Whether matters are concentrated somewhere; reads only, so that a round of due work can look first."""
    return bool(_concentrated(session, office_rules(session), now))


def _concentrated(session: Session, rules: OfficeRules, now: datetime) -> Sequence[CategoryCame]:
    came = came_since(session, months=rules.study_months, today=now.astimezone(ZONE).date())
    return [it for it in came if not it.stands and proposes_a_study(len(it.matter_ids), rules.study_from)]


def start_study(
    session: Session, order: StudyOrder, matter_ids: Sequence[int] = (), *, actor: Actor, now: datetime
) -> Study:
    """Open a study the office thinks of itself; the same one sent twice by the same person is one."""
    must(actor, Action.KEEP_MEETINGS)
    twin = session.scalar(
        select(Study).where(
            Study.state == StudyState.OPEN,
            Study.made_by == actor.name,
            Study.title == order.title.strip(),
            Study.why == order.why.strip(),
            Study.lead_unit_id == order.lead_unit_id,
            Study.due_on == order.due_on,
        )
    )
    if twin is not None and twin.category_code == order.category_code:
        return twin
    if order.category_code is not None and session.get(Category, order.category_code) is None:
        raise RuleBroken("所选的类别不存在，请重新选择。", field="category_code")
    study = Study(state=StudyState.OPEN, made_by=actor.name, made_at=now, category_code=order.category_code)
    _write(session, study, order, now)
    if not _stands_alone(session, study):
        raise Conflict("这个类别已有一项专题研究，请在那一项里办理。", field="category_code")
    _link(session, study, matter_ids)
    record(session, actor, now, "study_opened", study, summary=f"专题研究立项：{study.title}")
    _tell_lead(session, study, now)
    return study


def open_study(
    session: Session, study_id: int, order: StudyOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> Study:
    """Open a study that was proposed (立项), or change what was settled of an open one."""
    study = _locked(session, study_id, version, actor)
    was = study.state
    if was is not StudyState.OPEN:
        study.state = STUDY_STEPS.advance(was, StudyState.OPEN)
    led_by = study.lead_unit_id
    _write(session, study, order, now)
    session.flush()
    said = "专题研究立项" if was is not StudyState.OPEN else "修改专题研究"
    record(session, actor, now, "study_opened", study, summary=f"{said}：{study.title}")
    if study.lead_unit_id != led_by or was is not StudyState.OPEN:
        _tell_lead(session, study, now)
    return study


def drop_study(
    session: Session, study_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Study:
    """Drop a study with a reason; it is not proposed again until as many more have come."""
    study = _locked(session, study_id, version, actor)
    state, why = STUDY_STEPS.advance(study.state, StudyState.DROPPED), why.strip()
    if not SHORTEST <= len(why) <= LONGEST_REASON:
        raise RuleBroken(f"请写明不予立项的理由，{SHORTEST} 至 {LONGEST_REASON} 个字。", field="reason")
    study.state, study.dropped_why = state, why
    record(session, actor, now, "study_dropped", study, summary=f"{study.title}不予立项：{why[:60]}")
    return study


def conclude_study(
    session: Session,
    study_id: int,
    conclusion: str,
    *,
    files: Sequence[AcceptedFile] = (),
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Study:
    """Put down the systematic solution a study came to (系统解决办法), with the files that say more."""
    study = _locked(session, study_id, version, actor)
    state, conclusion = STUDY_STEPS.advance(study.state, StudyState.CONCLUDED), conclusion.strip()
    if not SHORTEST_CONCLUSION <= len(conclusion) <= LONGEST_TEXT:
        told = f"请写明系统解决办法，{SHORTEST_CONCLUSION} 至 {LONGEST_TEXT} 个字。"
        raise RuleBroken(told, field="conclusion")
    must_be_printable(conclusion, field="conclusion")
    must_be_few(files)
    study.state, study.conclusion, study.concluded_on = state, conclusion, now.astimezone(ZONE).date()
    attach(session, files, study_id=study.id, now=now)
    said = f"，附件 {len(files)} 个" if files else ""
    record(session, actor, now, "study_concluded", study, summary=f"{study.title}形成系统解决办法{said}")
    return study


def add_to_study(
    session: Session,
    study_id: int,
    matter_ids: Sequence[int],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Let more matters belong to a study; one that does already stays. Answers how many came."""
    study = _standing(session, study_id, version, actor)
    if not matter_ids:
        raise RuleBroken("请先勾选要关联的诉求。", field="matters")
    came = _link(session, study, matter_ids)
    if came:
        study.version += 1
        session.flush()
        record(session, actor, now, "study_edited", study, summary=f"{study.title}关联 {came} 件诉求")
    return came


def take_from_study(
    session: Session, study_id: int, matter_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> None:
    """Let a matter belong to a study no more."""
    study = _standing(session, study_id, version, actor)
    link = session.get(StudyMatter, (study_id, matter_id))
    if link is None:
        raise Conflict("这件诉求已不在这项研究里，可能别人已移出。")
    session.delete(link)
    study.version += 1
    session.flush()
    record(session, actor, now, "study_edited", study, summary=f"{study.title}移出 1 件诉求", matter=matter_id)


def _locked(session: Session, study_id: int, version: int | None, actor: Actor) -> Study:
    must(actor, Action.KEEP_MEETINGS)
    study = session.scalars(
        select(Study).where(Study.id == study_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if study is None:
        raise NotFound(UNSEEN)
    if version is not None and version != study.version:
        raise Conflict(CHANGED)
    return study


def _standing(session: Session, study_id: int, version: int | None, actor: Actor) -> Study:
    study = _locked(session, study_id, version, actor)
    if study.state not in STANDING_STUDIES:
        raise RuleBroken(f"专题研究现为“{study.state.label}”，关联的诉求不能再改。", field="state")
    return study


def _write(session: Session, study: Study, order: StudyOrder, now: datetime) -> None:
    problems = []
    if not SHORTEST <= len(order.title.strip()) <= LONGEST_TITLE:
        problems.append(Problem("title", f"请填写研究题目，{SHORTEST} 至 {LONGEST_TITLE} 个字。"))
    if not order.why.strip() or len(order.why) > LONGEST_TEXT:
        problems.append(Problem("why", f"请写明立项缘由，最多 {LONGEST_TEXT} 个字。"))
    unit = session.get(Unit, order.lead_unit_id) if order.lead_unit_id is not None else None
    if unit is None or not unit.active:
        problems.append(Problem("lead_unit_id", "请选择牵头单位。"))
    if order.due_on is None:
        problems.append(Problem("due_on", "请填写完成时限。"))
    elif order.due_on < now.astimezone(ZONE).date() and order.due_on != study.due_on:
        problems.append(Problem("due_on", "完成时限不能早于今天，请核对。"))
    refuse(problems)
    for name, text in (("title", order.title), ("why", order.why)):
        must_be_printable(text, field=name)
    study.title, study.why = order.title.strip(), order.why.strip()
    study.lead_unit_id, study.due_on = order.lead_unit_id, order.due_on


def _link(session: Session, study: Study, matter_ids: Sequence[int]) -> int:
    there = set(session.scalars(select(StudyMatter.matter_id).where(StudyMatter.study_id == study.id)))
    wanted = [it for it in dict.fromkeys(matter_ids) if it not in there]
    found = set(session.scalars(select(Matter.id).where(Matter.id.in_(wanted))))
    if found != set(wanted):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    if len(there) + len(wanted) > MOST_MATTERS:
        raise RuleBroken(f"一项研究最多关联 {MOST_MATTERS} 件诉求。", field="matters")
    session.add_all(StudyMatter(study_id=study.id, matter_id=it) for it in wanted)
    session.flush()
    return len(wanted)


def _stands_alone(session: Session, study: Study) -> bool:
    """Keep a new study; False when another stands for its category, be it made at this very moment."""
    try:
        with session.begin_nested():
            session.add(study)
            session.flush()
    except IntegrityError:
        return False
    return True


def _tell_lead(session: Session, study: Study, now: datetime) -> None:
    if study.lead_unit_id is None:
        return
    tell(
        session, accounts_of_units(session, [study.lead_unit_id]), f"study-led:{study.id}:{study.lead_unit_id}",
        f"请牵头专题研究：{study.title}"[:120], body=study.why[:400], url=f"/studies/{study.id}", now=now,
    )  # fmt: skip
