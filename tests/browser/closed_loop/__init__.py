"""A matter from its signed slip to its end, by five roles and the enterprise it is about."""
