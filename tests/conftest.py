"""How long hypothesis tries: `HYPOTHESIS_PROFILE=long` for the long run, the same few examples every time otherwise."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("quick", derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
