"""`python -m anonkit` is the command."""

import sys

from anonkit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
