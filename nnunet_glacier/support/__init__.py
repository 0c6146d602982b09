"""What every room stands on: errors, files written whole, the worker pool, wording, figures' style, statistics."""
