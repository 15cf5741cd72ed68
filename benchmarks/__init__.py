"""Programs that measure; their results, with the commands that made them, are in results/."""

import os

# What is measured is work, not memory of it.
os.environ.setdefault("HETORCH_CACHE_DIR", "")
