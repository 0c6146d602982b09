"""From predictions to fronts: region clean-up, front lines, vectors."""
