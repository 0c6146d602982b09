"""Configurations of a trainer compared, and one configuration trained several times."""
