"""Addresses of static files: worked out once, and changed when the file's content changes, so browsers may keep them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, request


def add_assets(app: Flask) -> None:
    """Give templates `asset(filename)`."""
    folder = Path(app.static_folder or "")

    @lru_cache(maxsize=256)
    def address(root: str, filename: str) -> str:
        mark = hashlib.sha256((folder / filename).read_bytes()).hexdigest()[:10]
        return f"{root}{app.static_url_path}/{filename}?v={mark}"

    def asset(filename: str) -> str:
        """The address of a static file with a mark of its content. Raises FileNotFoundError for none."""
        return address(request.script_root, filename)

    app.jinja_env.globals["asset"] = asset
