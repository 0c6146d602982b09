"""What is measured: functions of two lines, a band, or pixel counts of classes, and the registry of all scores."""
