"""Districts on either database for tests that start real servers."""

import secrets
import shutil
from pathlib import Path

import pytest

from tests.live.districts import District, settle_in
from tests.servers import Postgres


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    scope="module",
)
def district(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> District:
    """A migrated instance with registers and accounts, on one engine after the other."""
    folder = tmp_path_factory.mktemp("live") / "instance"
    shutil.copytree(migrated, folder)
    url = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        name = f"live_{secrets.token_hex(6)}"
        server.create(name, template="migrated")
        url = server.url(name)
    made = District(folder, url)
    settle_in(made, migrate=False)
    return made
