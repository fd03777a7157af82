"""How tests run: the same everywhere, with examples that are new only when `make fuzz` asks for them."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# A run says the same on every machine; examples that change by chance belong to `make fuzz`.
settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile(
    "fuzz", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("ANONKIT_HYPOTHESIS", "same"))

# A shell has what it puts into the background ignore Ctrl-C, and nohup has it ignore a hangup; so
# would every command that a test starts and ends by one.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
