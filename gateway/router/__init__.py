"""One call through the platform: identify, read, route, authorize, send, answer (the national VP)."""
