"""Anybody's scenes with lines and areas that somebody drew."""
