"""What changed between two versions of contracts, and whom it breaks: compiled schemas are compared, never text."""
