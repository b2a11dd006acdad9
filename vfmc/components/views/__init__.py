"""Components: views, one file each."""
