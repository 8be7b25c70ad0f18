"""Events inside; log, metric and journal writers outside."""
