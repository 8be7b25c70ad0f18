"""Where settings come from, what each may be, and which do not fit together."""
