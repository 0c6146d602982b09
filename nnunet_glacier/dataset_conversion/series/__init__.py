"""``convert series``: a glacier's own scenes, labelled by what a network says of the whole series."""
