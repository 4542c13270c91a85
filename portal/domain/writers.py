"""Who else is writing in a record at this moment: told by what was saved last, and over by itself (NX-11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LAPSES = timedelta(seconds=20)
"""Whoever has saved nothing for so long is not writing any more."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who is writing in some parts of a record."""

    name: str
    parts: tuple[str, ...]


def with_writer(
    writers: Mapping[str, Mapping[str, Any]], account_id: int, name: str, parts: tuple[str, ...], now: datetime
) -> dict[str, dict[str, Any]]:
    """The writers after somebody has saved these parts; those whose time is over are forgotten."""
    kept = {key: dict(it) for key, it in writers.items() if not _is_over(it, now)}
    return kept | {str(account_id): {"name": name, "parts": list(parts), "at": now.isoformat()}}


def others_writing(writers: Mapping[str, Mapping[str, Any]], account_id: int, now: datetime) -> list[Writer]:
    """Everybody else who is writing now."""
    return [
        Writer(it["name"], tuple(it["parts"]))
        for key, it in writers.items()
        if key != str(account_id) and not _is_over(it, now)
    ]


def _is_over(writer: Mapping[str, Any], now: datetime) -> bool:
    return now - datetime.fromisoformat(writer["at"]) > LAPSES
