"""Judges messages layer by layer: well-formed, envelope, headers, schema, the contract's own rules, meaning."""
