"""The office's rules for this request; read once a data version, not once a request."""

from flask import current_app

from portal.config import Settings
from portal.domain.office import OfficeRules
from portal.store.extension import read
from portal.store.queries.office import data_version, office_rules


def version() -> int:
    """The version of all data: the number of the last audit line, read once between writes."""
    session = read()
    if "data_version" not in session.info:
        session.info["data_version"] = data_version(session)
    return int(session.info["data_version"])


def rules() -> OfficeRules:
    """The office's rules as they stand."""
    kept = current_app.extensions.setdefault("office_rules", {})
    if kept.get("version") != version():
        current_app.extensions["office_rules"] = kept = {"version": version(), "rules": office_rules(read())}
    found = kept["rules"]
    assert isinstance(found, OfficeRules)  # noqa: S101 - tells mypy what the extension slot holds
    return found


def portal_address() -> str:
    """Where people reach the portal, as papers print it, whatever this request came in by."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.address
