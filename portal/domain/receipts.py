"""Signing for a slip (签收): on the page or on paper, in time or late, and handed on inside the unit (domain 2.3, 9)."""

from portal.domain.labelled import Labelled


class ReceivedHow(Labelled):
    """Where a unit signed for its slip."""

    PAGE = "page", "网上签收"
    PAPER = "paper", "纸面签收"
