"""The two seams to third-party HTTP code: the server adapter and the outgoing client."""
