"""The portal as servers and commands find it: `flask --app wsgi …`, `wsgi:app`."""

import sys

from portal.app import InstanceRefused, create_app
from portal.config import SettingsRefused

try:
    app = create_app()
except (SettingsRefused, InstanceRefused) as refusal:
    sys.exit(str(refusal))
