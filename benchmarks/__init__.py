"""Programs that measure; their results, with the commands that made them, are in results/."""
