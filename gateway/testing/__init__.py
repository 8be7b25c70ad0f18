"""The platform in the tests of somebody else's project: a pytest plugin."""
