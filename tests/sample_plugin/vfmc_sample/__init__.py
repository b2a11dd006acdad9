"""A plug-in of vfmc: a stage, a loss and a mask of somebody else."""
