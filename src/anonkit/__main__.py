"""`python -m anonkit` is the command."""

import sys

from anonkit.cli.main import main

sys.exit(main())
