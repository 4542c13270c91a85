"""Which migrations there are, without loading the migration library: a start should not wait for it."""

from portal.config import ROOT

FOLDER = ROOT / "migrations"


def revisions() -> list[str]:
    """Every revision, oldest first; a file is named after its number, `0001_first_tables.py`."""
    return sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def newest_revision() -> str:
    """The revision this version of the portal wants."""
    return revisions()[-1]
