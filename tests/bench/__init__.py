"""Measurements of the running portal: `./manage bench [名称] [--json]`."""
