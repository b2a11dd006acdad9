"""Components: values, one file each."""
