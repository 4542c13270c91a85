"""Tests of the portal; their layout mirrors the code's."""
