"""The reference consumers 1177 and NPÖ: how they ask, and what each may show."""
