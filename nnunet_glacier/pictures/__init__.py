"""Pictures of what networks and losses look at: attention maps of trained models, weight maps of labels."""
