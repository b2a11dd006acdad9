"""`python -m vfmc` is the `vfmc` command."""

from vfmc.cli.main import main

if __name__ == "__main__":
    main()
