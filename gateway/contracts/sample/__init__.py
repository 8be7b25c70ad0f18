"""Samples of any contract's messages: right ones, and ones that are wrong in a known way."""
