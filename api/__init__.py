"""WHAT PROGRAMS READ: what the evaluator's pages show, as JSON, with a key, by the same rules (`docs/api.md`)."""
