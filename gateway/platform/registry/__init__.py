"""The catalogue's own service contracts: what an address supports, whom a consumer may call, whether it is alive."""
