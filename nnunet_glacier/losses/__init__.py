"""Losses: pure functions on tensors, thin modules around them."""
