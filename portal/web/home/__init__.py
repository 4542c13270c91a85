"""The workbench: what waits for me today."""
