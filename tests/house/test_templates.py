"""Templates: nothing unused, nothing inline, and the very fragment htmx gets stands on the page."""

import ast
import re
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
FRAGMENTS = sorted(FOLDER.glob("fragments/*/_*.html"))
VIEWS = sorted((ROOT / "portal" / "web").rglob("*.py"))

ALONE = {
    "fragments/bookings/_credit_code_check.html",
    "fragments/bookings/_enterprise_matches.html",
    "fragments/bookings/_phone.html",
}
"""Fragments that only ever answer a question asked from a page, so no page draws them."""


def _short(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def test_a_template_imports_only_what_it_uses():
    reader = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    idle = []
    for path in TEMPLATES:
        tree = reader.parse(path.read_text(encoding="utf-8"))
        imported = {
            name if isinstance(name, str) else name[1]
            for each in tree.find_all(nodes.FromImport)
            for name in each.names
        }
        unused = imported - {each.name for each in tree.find_all(nodes.Name) if each.ctx == "load"}
        idle += [f"{_short(path)}: take {name} out of its imports" for name in sorted(unused)]
    assert not idle, "\n".join(idle)


def test_a_template_imports_only_macros_that_are_there():
    reader = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    trees = {_short(path): reader.parse(path.read_text(encoding="utf-8")) for path in TEMPLATES}
    drawn = {path: {each.name for each in tree.find_all(nodes.Macro)} for path, tree in trees.items()}
    missing = []
    for path, tree in trees.items():
        root = "print/" if path.startswith("print/") else ""
        for each in tree.find_all(nodes.FromImport):
            names = {name if isinstance(name, str) else name[0] for name in each.names}
            missing += [
                f"{path}: {each.template.value} has no {name}; it is in {[at for at in drawn if name in drawn[at]]}"
                for name in sorted(names - drawn[root + each.template.value])
            ]
    assert not missing, "\n".join(missing)


def test_a_fragment_carries_its_name_as_id():
    nameless = []
    for path in FRAGMENTS:
        name = path.stem.removeprefix("_")
        carried = rf"""id=["']{name}["'-]|["']{name}["']|id="{{{{ form\."""
        if not re.search(carried, path.read_text(encoding="utf-8")):
            nameless.append(f"{_short(path)}: give its one root element id={name!r}, which is also what htmx aims at")
    assert not nameless, "\n".join(nameless)


def test_a_page_draws_the_very_fragment_that_htmx_gets():
    apart = []
    for page, fragment in _drawn_together():
        if fragment in ALONE or fragment in _included(page, set()):
            continue
        apart.append(f"{page} does not include {fragment}")
    assert not apart, "\n".join(apart) + "\nInclude the fragment in the page, so that both are always the same."


def test_every_template_a_view_names_is_there():
    named = {name for pair in _drawn_together() for name in pair}
    missing = sorted(name for name in named if not (FOLDER / name).exists())
    assert not missing, f"{missing}: the view names a template that is not there"


def test_every_page_and_fragment_is_used():
    code = "".join(path.read_text(encoding="utf-8") for path in VIEWS)
    spoken = code + "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    chosen = tuple(re.findall(r"""f["']((?:pages|fragments)/[^{"']*)\{""", code))
    drawn = (*FOLDER.glob("pages/*/*.html"), *FRAGMENTS)
    idle = [_short(path) for path in drawn if _short(path) not in spoken and not _short(path).startswith(chosen or "-")]
    assert not idle, f"{idle}: nobody draws these any more; delete them"


def _drawn_together() -> set[tuple[str, str]]:
    """Page and fragment of every `render(page, fragment, …)` whose names are written out."""
    pairs = set()
    for path in VIEWS:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "render"):
                continue
            names = [it.value for it in call.args[:2] if isinstance(it, ast.Constant) and isinstance(it.value, str)]
            if len(names) == 2:
                pairs.add((names[0], names[1]))
    return pairs


def _included(name: str, seen: set[str]) -> set[str]:
    """A template and every other it includes or extends, directly or through another; the frame of all pages aside."""
    if name in seen or name == "base.html" or not (FOLDER / name).exists():
        return seen
    seen.add(name)
    for inner in re.findall(r"""(?:include|extends) ["']([^"']+)["']""", (FOLDER / name).read_text(encoding="utf-8")):
        _included(inner, seen)
    return seen
