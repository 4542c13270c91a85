"""What a new slip says before anybody has touched it: made from the checks, the reception and the office's rules."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from portal.documents.words import day, ordinal
from portal.domain.matters import Check

ASKED_DATE = re.compile(r"于[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日前办结并答复企业。")
"""Our own words of the date in a proposal; one the office wrote otherwise is the office's own."""

PLACEHOLDER = re.compile(r"\{(牵头领导|牵头单位|配合单位|时限)\}")


class Checked(Protocol):
    """What the texts need to know of a matter."""

    @property
    def is_true(self) -> Check:
        """真实."""

    @property
    def is_lawful(self) -> Check:
        """合法."""

    @property
    def is_reasonable(self) -> Check:
        """合理."""

    @property
    def check_note(self) -> str:
        """What the check found."""


def prior_check_text(matters: Sequence[Checked]) -> str:
    """The outcome of the pre-check of each matter (NX-17): 经核实，诉求真实、合法、合理。…"""
    texts = [_one_check(matter) for matter in matters]
    if len(texts) == 1:
        return texts[0]
    return "\n".join(f"{ordinal(place)}、{text}" for place, text in enumerate(texts, start=1))


def proposal_text(matters: int, due: date, approach: str) -> str:
    """The office's proposal: the approach found at the reception, then what the leader is asked to decide."""
    asked = f"以上{'诉求' if matters == 1 else f'{matters}项诉求'}拟交办，请批示明确牵头领导、牵头单位和配合单位，"
    return "\n".join([*approach.strip().splitlines(), f"{asked}于{day(due)}前办结并答复企业。"])


def proposal_for(text: str, due: date | None) -> str:
    """A proposal that asks for the date the slip has: a paper with two dates would contradict itself."""
    return ASKED_DATE.sub(f"于{day(due)}前办结并答复企业。", text) if due else text


def phrases(
    templates: Iterable[str],
    *,
    lead_official: str = "",
    lead_unit: str = "",
    assisting: Sequence[str] = (),
    due: date | None = None,
) -> tuple[str, ...]:
    """The office's instruction phrases with the names filled in as far as they are known (NX-13)."""
    names = {"牵头领导": lead_official or "某某", "牵头单位": lead_unit or "有关单位"}
    names |= {"配合单位": "、".join(assisting) or "有关单位", "时限": f"{day(due)}前" if due else "限期"}
    return tuple(PLACEHOLDER.sub(lambda found: names[found[1]], template) for template in templates)


def _one_check(matter: Checked) -> str:
    answers = (("真实", matter.is_true), ("合法", matter.is_lawful), ("合理", matter.is_reasonable))
    parts = [
        f"{prefix}{'、'.join(words)}"
        for prefix, wanted in (("诉求", Check.YES), ("不", Check.NO), ("待核实是否", Check.UNKNOWN))
        if (words := [word for word, answer in answers if answer is wanted])
    ]
    known = any(answer is not Check.UNKNOWN for _, answer in answers)
    verdict = f"经核实，{'，'.join(parts)}。" if known else "诉求是否真实、合法、合理，尚待核实。"
    return verdict + matter.check_note.strip()
