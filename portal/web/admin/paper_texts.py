"""The office's own words for its papers: written within limits, looked at as printed, kept in versions."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask import Response, request, url_for

from portal import clock
from portal.documents.paper_pictures import page_pictures
from portal.documents.sample_papers import sample_paper
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.paper_texts import PARTS, PLACEHOLDERS, standard_texts
from portal.domain.people import Role
from portal.services.paper_texts import go_back, save_texts, whole_texts
from portal.store.extension import read
from portal.store.queries.paper_texts import (
    STANDARD_VERSION,
    newest_version,
    text_version,
    text_versions,
    texts_in_force,
    versions_in_force,
)
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.admin.paper_text_forms import PaperTextsForm, RestoreTextsForm, texts_form
from portal.web.downloads import pdf
from portal.web.errors import status_of
from portal.web.htmx import render
from portal.web.office import rules

PREVIEW = "preview"
MOST_PAGES = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """A part that is worded otherwise than another version; `pieces` are (word, "same" | "gone" | "new")."""

    label: str
    pieces: Sequence[tuple[str, str]]


@bp.get("/paper-texts")
@allow(Role.OFFICE)
def paper_texts() -> Response:
    """Every paper whose words the office may write, and which version is in force."""
    return render("pages/admin/paper_texts.html", kinds=list(PaperKind), held=versions_in_force(read()))


@bp.route("/paper-texts/<kind>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit_paper_text(kind: str) -> Response:
    """One paper's words: a field a part; with one press looked at as printed, with another one put in force."""
    paper = _kind(kind)
    held, version = whole_texts(paper, texts_in_force(read(), paper)), newest_version(read(), paper)
    form = texts_form(paper, held, version)
    if request.method == "POST" and request.form.get("then") == PREVIEW:
        return _previewed(paper, form)
    answer = attempt(
        form,
        lambda session: save_texts(
            session, paper, form.texts(), form.why.data or "", seen=form.seen(), actor=me(), now=clock.now()
        ),
        done=f"{paper.label}用语已保存，此后制发的{paper.label}用新的文字；已制发的不变。",
        onward=url_for("admin.edit_paper_text", kind=paper.value),
    )
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:
        form.has_seen(newest_version(read(), paper))
    return _page(paper, form, status=answer)


@bp.post("/paper-texts/<kind>/preview.pdf")
@allow(Role.OFFICE)
def preview_paper_text(kind: str) -> Response:
    """The very PDF these words would give, with invented contents; nothing is kept."""
    paper = _kind(kind)
    form = texts_form(paper, {}, None)
    if not form.validate_on_submit():
        return _page(paper, form, status=422)
    try:
        return pdf(sample_paper(paper, form.texts(), rules()), f"{paper.label}（示例）.pdf")
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(paper, form, status=status_of(refusal))


@bp.route("/paper-texts/<kind>/versions/<int:version>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def restore_paper_text(kind: str, version: int) -> Response:
    """An earlier version (0: the standard words), what it says otherwise, and the press that puts it in force again."""
    paper = _kind(kind)
    earlier = None if version == STANDARD_VERSION else text_version(read(), paper, version)
    texts = whole_texts(paper, earlier.texts if earlier else {})
    held, newest = whole_texts(paper, texts_in_force(read(), paper)), newest_version(read(), paper)
    form = RestoreTextsForm(data={"version": newest})
    answer = attempt(
        form,
        lambda session: go_back(
            session, paper, version, form.why.data or "", seen=form.seen(), actor=me(), now=clock.now()
        ),
        done=f"{paper.label}用语已恢复，作为新的一版保存。",
        onward=url_for("admin.edit_paper_text", kind=paper.value),
    )
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:
        form.has_seen(newest_version(read(), paper))
    return render(
        "pages/admin/paper_text_version.html",
        "fragments/admin/_restore_text_form.html",
        status=answer,
        form=form,
        kind=paper,
        version=version,
        earlier=earlier,
        parts=PARTS[paper],
        texts=texts,
        differences=differences(paper, held, texts),
        in_force=texts == held,
    )


CONFLICT = 409


def differences(kind: PaperKind, before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The parts that two wordings of a paper have otherwise, in the order of the paper."""
    return [
        Difference(part.label, pieces(before[part.name], after[part.name]))
        for part in PARTS[kind]
        if before[part.name] != after[part.name]
    ]


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as one: what stayed, what went, what came."""
    found = []
    for tag, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append((before[first:last], "same"))
            continue
        found += [(text, how) for text, how in ((before[first:last], "gone"), (after[start:end], "new")) if text]
    return found


def _previewed(kind: PaperKind, form: PaperTextsForm) -> Response:
    if not form.validate_on_submit():
        return _page(kind, form, status=422)
    try:
        pictures = page_pictures(sample_paper(kind, form.texts(), rules()), most=MOST_PAGES)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(kind, form, status=status_of(refusal))
    return _page(kind, form, pictures=[f"data:image/png;base64,{b64encode(it).decode()}" for it in pictures])


def _page(kind: PaperKind, form: PaperTextsForm, *, status: int = 200, **more: Any) -> Response:
    held = whole_texts(kind, texts_in_force(read(), kind))
    return render(
        "pages/admin/paper_text.html",
        status=status,
        form=form,
        kind=kind,
        places=PLACEHOLDERS[kind],
        versions=text_versions(read(), kind),
        differences=differences(kind, dict(standard_texts(kind)), held),
        **more,
    )


def _kind(word: str) -> PaperKind:
    try:
        return PaperKind(word)
    except ValueError:
        raise NotFound("没有这种公文。请从公文用语的列表里选择。") from None
