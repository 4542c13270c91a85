"""What a unit tells of a matter on its way."""

from portal.domain.labelled import Labelled


class ProgressKind(Labelled):
    """What kind of word it is."""

    PROGRESS = "progress", "进展"
    STAGE = "stage", "阶段性办结"
    ANSWER = "answer", "配合单位答复"
    CONTACT = "contact", "联系企业"
