"""CaFFe: SAR scenes with zones and calving fronts."""
