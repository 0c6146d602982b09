"""Figures, tables and one page of what ``evaluate`` measured."""
