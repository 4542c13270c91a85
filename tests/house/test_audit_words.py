"""Whatever the trail holds in code has a Chinese word for the auditor."""

import ast
from collections.abc import Iterator
from pathlib import Path

from portal.store.base import Base
from portal.web.audit.words import ACTS, KINDS

SERVICES = Path(__file__).resolve().parents[2] / "portal" / "services"


def test_every_act_has_a_word():
    wordless = {act for path in SERVICES.rglob("*.py") for act in _acts(path)} - set(ACTS)
    assert not wordless, f"{sorted(wordless)}: add their words to ACTS in portal/web/audit/words.py"


def test_every_kind_of_record_has_a_word():
    kinds = {it.class_.__tablename__ for it in Base.registry.mappers if not it.class_.bookkeeping}
    assert not kinds - set(KINDS), f"{sorted(kinds - set(KINDS))}: add them to KINDS in portal/web/audit/words.py"


def _acts(path: Path) -> Iterator[str]:
    """The act words of every `record(session, actor, now, act, …)`, followed back to where a name got its value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record" and len(call.args) > 3:
                yield from _words(call.args[3], function)


def _words(act: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    if isinstance(act, ast.Constant):
        yield str(act.value)
    elif isinstance(act, ast.IfExp):
        yield from _words(act.body, function)
        yield from _words(act.orelse, function)
    elif isinstance(act, ast.Name):
        for given in ast.walk(function):
            if isinstance(given, ast.Assign) and act.id in {
                it.id for it in ast.walk(given) if isinstance(it, ast.Name)
            }:
                texts = [it.value for it in ast.walk(given.value) if isinstance(it, ast.Constant)]
                yield from (text for text in texts if isinstance(text, str) and text.isascii())
