"""What `make lint` looks at besides style and types: what the code is built of, and what must not lie among it."""
