"""WHO MAY DO WHAT: accounts, sign-in, sessions, roles and policies."""
