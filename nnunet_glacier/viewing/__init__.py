"""A page on which delineated lines are looked at and judged, and the server that takes reviews down."""
