"""Components: sections, the settings of a spec, one file each."""
