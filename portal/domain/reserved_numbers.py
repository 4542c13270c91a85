"""Numbers set aside for paper made before its record: a day without power, a slip written by hand (domain 3.2)."""

from portal.domain.labelled import Labelled


class ReservedState(Labelled):
    """What became of a number that was set aside; it never goes back into the row."""

    OPEN = "open", "预留"
    USED = "used", "已用"
    VOID = "void", "作废"
