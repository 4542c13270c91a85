"""Signing and checking also where an event loop runs already."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.documents.own_loop import with_a_loop_of_its_own
from portal.documents.pades import SIGNER, sign
from tests.documents.signing_builders import SIGNED_AT, a_countersigned_slip, a_key, a_prepared_slip, checked


def in_a_loop(act: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What comes of it in a loop, in a thread of its own: this one may run a browser's."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(act())).result()


def test_a_paper_is_signed_and_checked_where_a_loop_runs():
    async def inside() -> bytes:
        return sign(a_prepared_slip(), SIGNER, a_key(), signed_at=SIGNED_AT, reason="签批", look=None)

    async def looked_at() -> bool:
        return checked(a_countersigned_slip()).is_genuine

    signed = in_a_loop(inside)
    assert all(it.intact and it.trusted for it in checked(signed).signatures)
    assert in_a_loop(looked_at)


def test_what_goes_wrong_is_raised_where_it_was_asked_for():
    async def inside() -> None:
        with_a_loop_of_its_own(lambda: int("no number"))

    with pytest.raises(ValueError, match="no number"):
        in_a_loop(inside)
