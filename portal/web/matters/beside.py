"""The figures beside a list, each a link to its own rows under the same filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.ages import Age
from portal.store.queries.list_figures import MatterFigures, SlipFigures
from portal.store.queries.matter_filters import MatterFilter
from portal.store.queries.slips import SlipFilter
from portal.web.matters.asked import address


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure: how many, what, where to look at them, whether the list shows just them; `tone` is late or nothing."""

    count: int
    label: str
    url: str
    chosen: bool
    tone: str = ""


Groups = list[tuple[str, list[Beside]]]


def beside_matters(
    endpoint: str, spelled: Mapping[str, Any], asked: MatterFilter, found: MatterFigures
) -> Groups:  # fmt: skip
    """Late ones and ages beside a list of matters; a figure that is chosen leads back to the list without it."""
    put = _put(endpoint, spelled)
    return [
        (
            "逾期",
            [
                put(found.overdue, "办理逾期", asked.overdue, "late", overdue="1"),
                put(found.slow, "下一步逾期", asked.slow, "late", step_overdue="1"),
            ],
        ),
        ("未办结已", [put(found.ages[it], it.label, asked.age is it, "", age=it.value) for it in Age]),
    ]


def beside_slips(spelled: Mapping[str, Any], asked: SlipFilter, found: SlipFigures) -> Groups:
    """The same beside the list of slips."""
    put = _put("slips.listing", spelled)
    age = asked.aged[0] if asked.aged else None
    return [
        ("逾期", [put(found.overdue, "办理逾期", asked.late_on is not None, "late", overdue="1")]),
        ("未办结已", [put(found.ages[it], it.label, age is it, "", age=it.value) for it in Age]),
    ]


def _put(endpoint: str, spelled: Mapping[str, Any]) -> Callable[..., Beside]:
    def put(count: int, label: str, chosen: bool, tone: str, **word: str) -> Beside:
        changed = dict.fromkeys(word) if chosen else word
        return Beside(count, label, address(endpoint, dict(spelled), **changed), chosen, tone if count else "")

    return put
