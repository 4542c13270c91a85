"""Further panels of a matter's page, each drawn by a template of its own with what one function gives it.

A panel whose function answers None is not drawn. `aside` puts it on the right, below the acts.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.people import Actor
from portal.store.queries.matter_pages import MatterPage
from portal.web.matters.chasing import chasing_of
from portal.web.matters.clock_panel import clock_panel
from portal.web.matters.closing_panel import afterwards_shown, closing_shown
from portal.web.matters.together import together_shown


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page: the template to include, and the function that answers what it is given as `shown`.

    `after` names acts without one of which there is nothing to show, so that nothing is asked.
    """

    template: str
    shows: Callable[[MatterPage, Actor], Any]
    aside: bool = False
    after: frozenset[str] = frozenset()


PANELS: tuple[Panel, ...] = (
    Panel("fragments/matters/_closing.html", closing_shown, after=frozenset({"result_proposed"})),
    Panel(
        "fragments/matters/_chasing.html",
        chasing_of,
        after=frozenset({"paper_made", "matter_escalated", "measure_taken"}),
    ),
    Panel(
        "fragments/matters/_afterwards.html",
        afterwards_shown,
        after=frozenset({"called_back", "enterprise_rated", "look_back_planned"}),
    ),
    Panel("fragments/matters/_together.html", together_shown),
    Panel("fragments/matters/_clocks.html", clock_panel),
)
"""In the order in which they stand below the facts."""


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel with what it shows."""

    template: str
    aside: bool
    shown: Any


def panels_of(matter: MatterPage, actor: Actor, acts: Collection[str]) -> Sequence[DrawnPanel]:
    """The panels this person sees on this matter's page; `acts` are those of its course."""
    asked = (panel for panel in PANELS if not panel.after or panel.after.intersection(acts))
    found = ((panel, panel.shows(matter, actor)) for panel in asked)
    return [DrawnPanel(panel.template, panel.aside, shown) for panel, shown in found if shown is not None]
