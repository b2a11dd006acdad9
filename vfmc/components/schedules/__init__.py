"""Components: schedules, one file each."""
