"""WHAT IS ASKED: forms, questions and the way through them. Knows no database and no request."""
