"""Speed, as ratios: ours against the bare minimum that does the same work, in turns, in one run (PERFORMANCE.md)."""
