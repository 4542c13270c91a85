"""What follows when reminders do not help: a matter goes to the level above, and a unit is called to account (QD-21, domain 2.4)."""

from portal.domain.labelled import Labelled


class EscalatedTo(Labelled):
    """To whom a matter is taken, with its whole file."""

    LEAD_OFFICIAL = "lead_official", "牵头领导"
    SIGNER = "signer", "签批领导"
    CHIEF = "chief", "主要领导"
    UPPER_LEVEL = "upper_level", "上级单位"


class LatePart(Labelled):
    """What a unit is late with: a matter it leads, one it assists with, or one it leads on a slip split from another."""

    LEAD = "lead", "牵头"
    ASSIST = "assist", "配合"
    LEAD_BESIDES = "lead_besides", "分办"


class MeasureKind(Labelled):
    """What the supervision office does after a red notice (约谈、挂牌、通报)."""

    TALK = "talk", "约谈"
    LISTED = "listed", "挂牌督办"
    BULLETIN = "bulletin", "通报"
