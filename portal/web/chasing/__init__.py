"""What is late with its units: urged, supervised, taken to the level above."""
