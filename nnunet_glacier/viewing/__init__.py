"""A page on which fronts are looked at, accepted, rejected and drawn anew, and the server that takes reviews down."""
