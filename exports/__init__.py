"""WHAT LEAVES: groups, the ledger, figures, quotes and the files they are written to."""
