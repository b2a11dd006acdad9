"""Components: clips, one file each."""
