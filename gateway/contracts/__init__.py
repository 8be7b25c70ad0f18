"""What a service contract is: its descriptor, its compiled schema, its element model."""
