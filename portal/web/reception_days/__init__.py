"""Reception days: the list, one day, and planning a year of them."""
