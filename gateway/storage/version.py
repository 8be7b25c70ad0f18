"""Which version of the tables this program knows. Imports no driver."""

HEAD = "0001"
"""The newest migration."""
