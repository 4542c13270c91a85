"""Large sealed files: what went in comes out, and nothing else is accepted."""

import os

import pytest

from portal.store.sealed_files import Altered
from portal.store.sealed_streams import PIECE, TAG_BYTES, pieces, sealed, unsealed

KEY = bytes(range(32))


def written(path, data, step=300_000):
    with sealed(path, KEY) as file:
        for start in range(0, len(data), step):
            file.write(data[start : start + step])
    return file


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_what_was_written_is_read_again(tmp_path, size):
    data = os.urandom(size)
    file = written(tmp_path / "it", data)
    assert file.size == size
    assert b"".join(pieces(tmp_path / "it", KEY)) == data
    with unsealed(tmp_path / "it", KEY) as reader:
        assert reader.read() == data
    assert size < 100 or data not in (tmp_path / "it").read_bytes()
    assert (tmp_path / "it").stat().st_mode & 0o077 == 0


def altered(path, change):
    raw = bytearray(path.read_bytes())
    path.write_bytes(change(raw))
    with pytest.raises(Altered):
        list(pieces(path, KEY))


def test_one_changed_byte_is_found_wherever_it_is(tmp_path):
    path = tmp_path / "it"
    for place in (0, 5, 20, PIECE + 50, -1):
        written(path, os.urandom(2 * PIECE + 9))
        raw = bytearray(path.read_bytes())
        raw[place] ^= 1
        path.write_bytes(raw)
        with pytest.raises(Altered):
            list(pieces(path, KEY))


def test_an_end_cut_off_and_pieces_exchanged_are_found(tmp_path):
    path, whole = tmp_path / "it", PIECE + TAG_BYTES
    for change in (
        lambda raw: raw[: 12 + whole],
        lambda raw: raw[:12],
        lambda raw: raw[:12] + raw[12 + whole : 12 + 2 * whole] + raw[12 : 12 + whole] + raw[12 + 2 * whole :],
        lambda raw: raw[:0],
    ):
        written(path, os.urandom(2 * PIECE + 9))
        altered(path, change)


def test_a_missing_file_and_another_key_are_refused(tmp_path):
    with pytest.raises(Altered):
        list(pieces(tmp_path / "nothing", KEY))
    written(tmp_path / "it", b"data")
    with pytest.raises(Altered):
        list(pieces(tmp_path / "it", bytes(32)))


def test_nothing_stays_of_a_file_that_was_not_finished(tmp_path):
    def breaks():
        with sealed(tmp_path / "it", KEY) as file:
            file.write(b"half")
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        breaks()
    assert list(tmp_path.iterdir()) == []
