"""The threshold of a line's probability, chosen on validation scenes."""
