"""The units that take part: departments, branches, committees and streets (NX-06)."""

from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is in the district's order."""

    DEPARTMENT = "department"
    BRANCH = "branch"
    COMMITTEE = "committee"
    STREET = "street"
    FEDERATION = "federation"
    SUPERVISION = "supervision"

    @property
    def label(self) -> str:
        """The kind in the office's words."""
        return _LABELS[self]


_LABELS = {
    UnitKind.DEPARTMENT: "区级部门",
    UnitKind.BRANCH: "分局",
    UnitKind.COMMITTEE: "管委会",
    UnitKind.STREET: "街道",
    UnitKind.FEDERATION: "工商联",
    UnitKind.SUPERVISION: "督查机构",
}
