"""Where things stand in the tree, what they are called, and that the schema follows the models."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.store.base import Base
from portal.store.schema import newest_revision, revisions

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for path in (ROOT / "portal").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base_views"}

OTHER_WORDS = {
    "appointment": "booking",
    "reservation": "booking",
    "ticket": "slip",
    "demand": "matter",
    "appeal": "matter",
    "company": "enterprise",
    "department": "unit",
    "official_calendar": "working calendar",
    "cadre": "leader",
    "timeslot": "slot",
    "todo_list": "workbench",
}
"""Words that would name a second time what the glossary already names."""

ALLOWED_WORDS = {"department_reports", "DEPARTMENT", "department"}
"""部门 is a kind of unit, and its report a field of the reception's record."""

PAPERS = ("appointment_slip",)
"""来访预约单 is the paper of a booking, as 交办单 is the paper `assignment_slip` of a slip."""

OTHER_CHINESE = {
    "派单": "交办单",
    "接访日": "接待日",
    "问题单": "诉求事项",
    "责任单位": "牵头单位",
    "申诉": "诉求",
}


def test_the_tables_are_those_of_the_models(session):
    context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
    differences = compare_metadata(context, Base.metadata)
    assert not differences, f"{differences}: write a migration, or take the change out of the model"


def test_the_newest_migration_is_told_from_the_file_names():
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    told = f"name a migration after its number, e.g. {len(revisions()) + 1:04}_what_it_does.py"
    assert newest_revision() == scripts.get_current_head(), told
    assert revisions() == sorted(it.revision for it in scripts.walk_revisions()), told


def test_a_package_file_holds_a_docstring_only():
    fat = []
    for path in MODULES:
        if path.name != "__init__.py" or path.parent.name == "models":  # which registers the tables
            continue
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if not (len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
            fat.append(str(path.relative_to(ROOT)))
    assert not fat, f"{fat}: move the code into a module of its own, so that importing stays cheap"


def test_no_module_has_a_name_that_says_nothing():
    shapeless = [str(path.relative_to(ROOT)) for path in MODULES if path.stem in SHAPELESS]
    assert not shapeless, f"{shapeless}: name the file after its subject"


def test_queries_are_named_after_what_they_return():
    named = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("get_", "fetch_", "handle_", "process_data"))
    ]
    assert not named, f"{named}: name what comes back (open_matters) or the office's verb (issue_slip)"


def test_one_thing_has_one_word_in_code():
    used = {
        f"{path.relative_to(ROOT)}: {name} (say {better})"
        for path in MODULES
        for name in _names(path)
        for word, better in OTHER_WORDS.items()
        if name not in ALLOWED_WORDS
        and not any(paper in name for paper in PAPERS)
        and re.search(rf"(^|_){word}s?(_|$)", name)
    }
    assert not used, "\n".join(sorted(used))


def test_one_thing_has_one_word_on_pages():
    used = [
        f"{path.relative_to(ROOT)}: {word} (say {better})"
        for path in [*TEMPLATES, *MODULES]
        for word, better in OTHER_CHINESE.items()
        if word in path.read_text(encoding="utf-8")
    ]
    assert not used, "\n".join(used)


def test_rooms_import_only_rooms_below_them():
    program = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def _names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = (ast.FunctionDef, ast.ClassDef)
    return {it.name.lower() for it in ast.walk(tree) if isinstance(it, named)} | {
        it.arg for it in ast.walk(tree) if isinstance(it, ast.arg)
    }


def test_what_is_done_in_a_transaction_can_be_done_again():
    """`write` begins an act anew when the database gave up: what it puts into a list outside would stand there twice."""
    growing = []
    for path in MODULES:
        for act in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(act, ast.FunctionDef) and [it.arg for it in act.args.args] == ["session"]:
                own = {it.id for it in ast.walk(act) if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}
                growing += [
                    f"{path.relative_to(ROOT)}:{it.lineno}: write {it.func.value.id}[:] = [...] instead"
                    for it in ast.walk(act)
                    if isinstance(it, ast.Call)
                    and isinstance(it.func, ast.Attribute)
                    and it.func.attr in {"append", "extend", "insert"}
                    and isinstance(it.func.value, ast.Name)
                    and it.func.value.id not in own
                ]
    assert not growing, "\n".join(growing)
