"""``adapt``: a trained ensemble fine-tuned on a few labelled scenes of a glacier that it does not know."""
