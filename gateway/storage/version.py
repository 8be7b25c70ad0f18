"""Which version of the tables this program knows. Imports no driver."""

HEAD = "0002"
"""The newest migration."""
