"""Enumerations that know the office's word for each of their members."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enumeration whose members are written `NAME = "code", "办公室的叫法"`."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Keep the code as the value and the office's word as `label`."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member
