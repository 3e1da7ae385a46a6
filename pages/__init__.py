"""WHAT IS SEEN: one thin blueprint per audience."""
