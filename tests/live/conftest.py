"""Districts on either database for tests that start real servers."""

import secrets
import shutil
from pathlib import Path

import pytest

from tests.live.districts import District, settle_in
from tests.servers import Postgres


@pytest.fixture(scope="module")
def sqlite_district(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> District:
    """A migrated instance with registers and accounts, its database in its folder."""
    return _settled(migrated, tmp_path_factory, None)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], scope="module")
def district(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> District:
    """The same on one engine after the other."""
    if request.param == "sqlite":
        return _settled(migrated, tmp_path_factory, None)
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"live_{secrets.token_hex(6)}"
    server.create(name, template="migrated")
    return _settled(migrated, tmp_path_factory, server.url(name))


def _settled(migrated: Path, folders: pytest.TempPathFactory, database_url: str | None) -> District:
    folder = folders.mktemp("live") / "instance"
    shutil.copytree(migrated, folder)
    made = District(folder, database_url)
    settle_in(made, migrate=False)
    return made
