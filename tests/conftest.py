"""How generated tests run: the same examples everywhere, unless `make fuzz` asks for new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A run says the same on every machine; examples that change by chance belong to `make fuzz`.
settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile(
    "fuzz", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("ANONKIT_HYPOTHESIS", "same"))
