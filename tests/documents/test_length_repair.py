"""A length that ends like the sign for "length not told" is a length all the same."""

import pytest
from asn1crypto import core

from portal.documents.length_repair import repair_lengths


class Pair(core.Sequence):
    _fields = [("one", core.OctetString), ("two", core.OctetString)]  # noqa: RUF012 - the library wants it so


@pytest.mark.parametrize("size", [123, 1401])
def test_what_has_such_a_length_is_written_as_it_came(size):
    repair_lengths()
    plain = Pair({"one": b"x", "two": b"y" * size}).dump()
    came = Pair.load(plain)
    assert came._header.endswith(b"\x80")
    assert came["two"].native
    forced = []
    came._set_contents = lambda force=False: forced.append(force)
    assert came.dump() == plain
    assert forced == []
