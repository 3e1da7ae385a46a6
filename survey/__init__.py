"""WHAT IS ANSWERED: the tables, and the rules around them. Knows no request and no page."""
