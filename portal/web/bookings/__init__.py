"""Bookings: taking a place, reviewing it, preparing it."""
