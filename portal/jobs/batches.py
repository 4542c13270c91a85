"""Slips of a batch on their way to the press; small batches are made while one waits."""

import re
from collections.abc import Sequence

from portal.documents.batch_lists import Line
from portal.jobs.press_orders import Piece
from portal.services.batch_papers import BatchPaper

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\s]+')


def pieces_of(papers: Sequence[BatchPaper]) -> tuple[Piece, ...]:
    """Each paper with its line in the list."""
    return tuple(Piece(_line(it), it.sheet, it.kept) for it in papers)


def file_name(number: str) -> str:
    """The name of a slip's file, without what a file system or a shell would stumble over."""
    return f"{_NOT_IN_A_NAME.sub('-', number)}.pdf"


def _line(paper: BatchPaper) -> Line:
    return Line(
        number=paper.number,
        file="" if paper.trouble else file_name(paper.number),
        version=paper.version,
        state=paper.state,
        verify_code=paper.verify_code,
        trouble=paper.trouble,
    )
