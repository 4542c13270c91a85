"""The slip's own words: what its labels say, and what the names in its texts stand for."""

from dataclasses import replace

from portal.documents.paper_texts import Value
from portal.documents.sheets import AssignmentSlipSheet
from portal.documents.words import spread
from portal.domain.paper_texts import SLIP_LABELS

LABEL = "label_"


def values_of_slip(sheet: AssignmentSlipSheet, *, district: str, contact: str) -> dict[str, Value]:
    """What the names in the slip's texts stand for on this sheet."""
    return {
        "区县": district,
        "工商联": sheet.issuing_organ,
        "联系方式": contact,
        "企业": sheet.enterprise_name,
        "事项": "、".join(matter.title for matter in sheet.matters),
        "交办单编号": sheet.number,
        "牵头单位": sheet.lead_unit,
        "配合单位": "、".join(unit.name for unit in sheet.assisting_units),
        "交办日期": sheet.assigned_on,
        "时限": sheet.due_on,
    }


def worded(sheet: AssignmentSlipSheet, texts: tuple[tuple[str, str], ...]) -> AssignmentSlipSheet:
    """The sheet in the words that were filled in for it; what a slip requires stays its own, once it is drafted."""
    words = dict(texts)
    return replace(sheet, heading=words["heading"], note=words["note"], texts=texts)


def labels_of(sheet: AssignmentSlipSheet) -> dict[str, str]:
    """What stands at the left of each row, as wide as its column."""
    own = dict(sheet.texts)
    return {name: spread(own.get(LABEL + name) or word) for name, word in SLIP_LABELS.items()}
