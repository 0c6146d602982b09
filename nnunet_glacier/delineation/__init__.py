"""From a scene as it comes to the front on the map: normal form, all folds, sub-pixel lines, one GeoPackage."""
