"""Records: typed models, queries named for what they return, and the one place that commits."""
