"""A repair of the library that writes signatures: it takes some ordinary lengths for "length not told" and works all out anew.

A header that ends in 0x80 (128 bytes, 1,408 bytes, …) counts there as one of indefinite length, so everything inside is written
again, each layer two or three times: a signature with a time stamp in it, some fifteen layers deep, then takes half a minute
instead of a tenth of a second. It meets about every third signature with a time stamp. Switches itself off when the library changes.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

INDEFINITE = b"\x80"
SHORTEST_HEADER = 2
"""Tag and length in a byte each; only a header of this size can tell that the length is not told."""


@cache
def repair_lengths() -> None:
    """Repair the library for this process."""
    from asn1crypto import core  # noqa: PLC0415 - only who signs or checks signatures loads it

    for kind in (core.Sequence, core.SequenceOf):
        if hasattr(kind(), "_header"):
            kind.dump = _without_mistaking_lengths(kind.dump)


def _without_mistaking_lengths(dump: Callable[..., bytes]) -> Callable[..., bytes]:
    def repaired(self: Any, force: bool = False) -> bytes:
        header = self._header
        if header is not None and len(header) > SHORTEST_HEADER and header.endswith(INDEFINITE):
            self._header = None  # it is written anew, what is inside stays
        return dump(self, force=force)

    return repaired
