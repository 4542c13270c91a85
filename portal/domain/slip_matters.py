"""Which matters may share a slip, which slips may share a matter, and how a day's matters are laid out on slips.

One slip for several matters, several slips for one matter (分办): PT-27, NX-14, NX-15.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.domain.errors import Problem

SHORTEST_REASON = 4
Groups = tuple[tuple[int, ...], ...]
"""Matters by slip: each matter on one, in the order of printing."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What decides with which others a matter may share a slip."""

    id: int
    day_id: int | None
    enterprise_id: int | None
    is_common: bool = False


def grouping_problems(matters: Sequence[Raised]) -> list[Problem]:
    """Why these cannot share a slip: one day, and one enterprise unless all of them are common (共性, PT-27)."""
    if len({it.day_id for it in matters}) > 1:
        said = "一张交办单只能交办同一个接待日提出的事项，请分开草拟。"
        return [Problem("matters", said)]
    if len({it.enterprise_id for it in matters}) > 1 and not all(it.is_common for it in matters):
        said = "不同企业的事项，都标为“共性”才能合在一张交办单上。请先标明共性，或分开草拟。"
        return [Problem("matters", said)]
    return []


def enterprises_text(names: Sequence[str]) -> str:
    """Whose matters a slip carries: the one enterprise, or 甲公司等3家."""
    return f"{names[0]}等{len(names)}家" if len(names) > 1 else "".join(names)


def grouped(matters: Iterable[Raised], *, one_each: bool = False) -> Groups:
    """How a day's matters are laid out if nobody says otherwise: a slip an enterprise, or one a matter (NX-15)."""
    groups: dict[object, list[int]] = {}
    for it in matters:
        alone = one_each or it.enterprise_id is None
        groups.setdefault(("matter", it.id) if alone else ("enterprise", it.day_id, it.enterprise_id), []).append(it.id)
    return tuple(tuple(it) for it in groups.values())


def merged(groups: Groups, ticked: Collection[int]) -> Groups:
    """The ticked matters on one slip, behind what is left of the slip the first of them was on; matters in no group yet come along."""
    moved = [it for group in groups for it in group if it in ticked]
    moved += [it for it in ticked if it not in moved]
    left = parted_from(groups, ticked)
    place = next((n for n, group in enumerate(groups) if set(group) & set(ticked)), len(left))
    before = sum(bool(set(group) - set(ticked)) for group in groups[: place + 1])
    return (*left[:before], tuple(moved), *left[before:]) if moved else left


def apart(groups: Groups, ticked: Collection[int]) -> Groups:
    """Each of the ticked matters on a slip of its own, behind the slip it was on."""
    laid: list[tuple[int, ...]] = []
    for group in groups:
        stays = tuple(it for it in group if it not in ticked)
        laid += [stays] if stays else []
        laid += [(it,) for it in group if it in ticked]
    return (*laid, *((it,) for it in ticked if all(it not in group for group in groups)))


def parted_from(groups: Groups, ticked: Collection[int]) -> Groups:
    """The slips without the ticked matters."""
    left = (tuple(it for it in group if it not in ticked) for group in groups)
    return tuple(group for group in left if group)


def splitting_problems(reason: str, leads: Mapping[str, int | None], lead_unit_id: int | None) -> list[Problem]:
    """Why another slip cannot carry the same matters: no reason, or no unit of its own that leads.

    `leads` names the slips that carry them already, each with its lead unit.
    """
    problems = []
    if len(reason.strip()) < SHORTEST_REASON:
        said = f"请写明为什么要分给两个单位办，不少于 {SHORTEST_REASON} 个字；两张单上都会写明。"
        problems.append(Problem("reason", said))
    if lead_unit_id is None:
        problems.append(Problem("lead_unit_id", "请选择这一张由哪个单位牵头。"))
    return [*problems, *same_lead_problems(leads, lead_unit_id)]


def same_lead_problems(leads: Mapping[str, int | None], lead_unit_id: int | None) -> list[Problem]:
    """Two slips for the same matter are led by two units; otherwise one slip is enough."""
    same = next((name for name, unit in leads.items() if unit is not None and unit == lead_unit_id), None)
    if same is None:
        return []
    said = f"同一事项分办时，各张单的牵头单位不能相同：{same}已由该单位牵头。请另选牵头单位。"
    return [Problem("lead_unit_id", said)]
