"""Components: inputs, one file each."""
