"""Kept papers on the disk: unreadable there, and refused when they are not what they were."""

import os

import pytest

from portal.store import sealed_files
from portal.store.sealed_files import Altered
from portal.store.uploads import place_of

PAPER = "来访企业：安澜示例有限公司".encode()


def test_a_kept_paper_comes_back_byte_for_byte_and_is_not_readable_on_the_disk(app, tmp_path):
    name = sealed_files.keep(tmp_path, PAPER)
    assert sealed_files.kept(tmp_path, name) == PAPER
    assert PAPER not in place_of(tmp_path, name).read_bytes()


def test_the_same_paper_is_kept_once(app, tmp_path):
    first = sealed_files.keep(tmp_path, PAPER)
    sealed = place_of(tmp_path, first).read_bytes()
    assert sealed_files.keep(tmp_path, PAPER) == first
    assert place_of(tmp_path, first).read_bytes() == sealed


@pytest.mark.parametrize("place", [0, 12, -1])
def test_one_changed_byte_is_noticed(app, tmp_path, place):
    name = sealed_files.keep(tmp_path, PAPER)
    path = place_of(tmp_path, name)
    altered = bytearray(path.read_bytes())
    altered[place] ^= 1
    path.write_bytes(altered)
    with pytest.raises(Altered):
        sealed_files.kept(tmp_path, name)


def test_a_paper_put_in_anothers_place_is_noticed(app, tmp_path):
    mine, other = sealed_files.keep(tmp_path, PAPER), sealed_files.keep(tmp_path, b"another")
    place_of(tmp_path, mine).write_bytes(place_of(tmp_path, other).read_bytes())
    with pytest.raises(Altered):
        sealed_files.kept(tmp_path, mine)


def test_a_missing_paper_is_told(app, tmp_path):
    with pytest.raises(Altered, match="missing"):
        sealed_files.kept(tmp_path, "0" * 64)


def test_a_paper_that_was_altered_is_put_right_when_it_is_handed_in_again(app, tmp_path):
    name = sealed_files.keep(tmp_path, PAPER)
    place_of(tmp_path, name).write_bytes(b"altered")
    assert sealed_files.keep(tmp_path, PAPER) == name
    assert sealed_files.kept(tmp_path, name) == PAPER


def test_a_paper_handed_in_again_counts_as_new(app, tmp_path):
    name = sealed_files.keep(tmp_path, PAPER)
    os.utime(place_of(tmp_path, name), (1.0, 1.0))
    sealed_files.keep(tmp_path, PAPER)
    assert place_of(tmp_path, name).stat().st_mtime > 1.0
