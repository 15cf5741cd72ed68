"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Tests run in several processes, each with small tensors: more threads would only wait for each other.
# torch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Tests compute what they check; those of the cache choose a folder of their own.
os.environ["HETORCH_CACHE_DIR"] = ""

# The same inputs on every run and every machine; a slow machine is no failure.
settings.register_profile(
    "reproducible", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# pytest --hypothesis-profile=explore looks for new inputs.
settings.register_profile("explore", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("reproducible")
