"""The team's own records: what its meetings take, and where rules and organisations fail. Nobody is named in them."""
