"""The contracts as a site of static pages that needs nothing else: no network, no server, no script to be read."""
