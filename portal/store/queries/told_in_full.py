"""The words of what happened to a matter, in full, by the act and the record that holds them: one statement for all of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.domain.people import Actor, Role
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.handling import Closing, Extension, LookBack, Objection, PaperReply, Progress
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import SlipMatter
from portal.store.models.voices import CallBack, EnterpriseWord
from portal.store.queries.visibility import sees_the_reception, visible_papers

SKIPPED = "skipped"
"""Not an act: what a round of closing was let off, by the round's record."""
MOST = 3
"""How many pieces of text one act may have."""


def told_in_full(session: Session, actor: Actor, matter_id: int) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The texts of each act, without the empty ones; for whoever may see the matter.

    What an enterprise wrote by itself is left out for units, and so are papers and measures that went to other units and what
    was said at a look-back; who spoke for an enterprise is left out for those who follow the matter and not the person.
    """
    parts = [
        *_of_units(matter_id),
        *_of_closing(matter_id, actor),
        *_of_chasing(matter_id, actor),
        *_of_asking(matter_id),
    ]
    if actor.role is not Role.UNIT:
        parts += _of_enterprises(matter_id)
    rows = session.execute(union_all(*parts))
    return {(act, number): tuple(it for it in texts if it) for act, number, *texts in rows}


def _part(act: str, number: ColumnElement[Any] | Any, *texts: Any) -> Select[Any]:
    padded = [func.coalesce(cast(it, Text), "") for it in texts] + [literal("", Text)] * (MOST - len(texts))
    return select(literal(act), cast(number, String), *padded)


def _of_units(matter_id: int) -> list[Select[Any]]:
    proposed = aliased(Unit)
    return [
        _part(
            "progress_reported", Progress.id, Progress.told, _after("下一步：", Progress.next_step),
            _after("联系企业：", cast(Progress.contacted_on, String)),
        ).where(Progress.matter_id == matter_id),
        _part(
            "matter_objected", Objection.slip_id, Objection.told, _after("依据：", Objection.basis),
            _after("建议承办：", proposed.short_name),
        ).outerjoin(proposed, proposed.id == Objection.proposed_unit_id).where(Objection.matter_id == matter_id),
        *(
            _part(act, Objection.slip_id, Objection.ruling_told).where(Objection.matter_id == matter_id)
            for act in ("objection_upheld", "objection_dismissed")
        ),
    ]  # fmt: skip


def _of_asking(matter_id: int) -> list[Select[Any]]:
    told = _after("已告知企业：", cast(Extension.enterprise_told_on, String))
    return [
        _part("extension_asked", Extension.id, Extension.reason).where(Extension.matter_id == matter_id),
        *(
            _part(act, Extension.id, Extension.remark, told).where(Extension.matter_id == matter_id)
            for act in ("extension_granted", "extension_refused")
        ),
    ]


def _of_closing(matter_id: int, actor: Actor) -> list[Select[Any]]:
    """Who spoke for the enterprise is named to office and leaders only."""
    named = actor.role not in {Role.UNIT, Role.SUPERVISOR}
    said = (Closing.opinion, *([_after("表示意见的人：", Closing.opinion_by)] if named else []))
    met = [_after("走访：", LookBack.met_whom)] if named else []
    words: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("result_proposed", (Closing.told, _after("依据：", Closing.basis))),
        ("result_taken_back", (Closing.ended_why,)),
        ("enterprise_confirmed", said),
        ("enterprise_contested", said),
        ("review_passed", (Closing.review_remark,)),
        ("review_failed", (Closing.review_remark,)),
        ("matter_closed", (Closing.approval_remark,)),
        ("closing_refused", (Closing.approval_remark,)),
        (SKIPPED, (Closing.skipped,)),
    )
    told = [_part(act, Closing.id, *texts).where(Closing.matter_id == matter_id) for act, texts in words]
    if sees_the_reception(actor):
        looked = _part("look_back_done", LookBack.id, LookBack.told, *met)
        told.append(looked.where(LookBack.matter_id == matter_id, LookBack.done_on.is_not(None)))
    return told


def _of_chasing(matter_id: int, actor: Actor) -> list[Select[Any]]:
    replied = (
        _part("paper_answered", PaperReply.paper_id, PaperReply.told)
        .join(SlipPaper, SlipPaper.id == PaperReply.paper_id)
        .join(SlipMatter, SlipMatter.slip_id == SlipPaper.slip_id)
        .where(SlipMatter.matter_id == matter_id)
    )
    own: list[ColumnElement[bool]] = []
    if actor.role is Role.UNIT:
        replied = replied.where(visible_papers(actor))
        own = [Measure.unit_id == actor.unit_id]
    return [
        _part("matter_escalated", Escalation.id, Escalation.why).where(Escalation.matter_id == matter_id),
        _part("escalation_answered", Escalation.id, Escalation.answer).where(Escalation.matter_id == matter_id),
        _part("measure_taken", Measure.id, Measure.why).where(Measure.matter_id == matter_id, *own),
        _part("measure_ended", Measure.id, Measure.outcome).where(Measure.matter_id == matter_id, *own),
        replied,
    ]


def _of_enterprises(matter_id: int) -> list[Select[Any]]:
    return [
        _part("called_back", CallBack.id, CallBack.told).where(CallBack.matter_id == matter_id),
        _part("enterprise_wrote", EnterpriseWord.id, EnterpriseWord.told).where(EnterpriseWord.matter_id == matter_id),
        _part("enterprise_answered", EnterpriseWord.id, EnterpriseWord.answer).where(
            EnterpriseWord.matter_id == matter_id
        ),
    ]


def _after(words: str, text: Any) -> ColumnElement[str]:
    """A text behind the words that say what it is; nothing when there is no text."""
    whole = literal(words, Text) + cast(text, Text)
    return func.coalesce(func.nullif(whole, words), "", type_=Text)
