"""Who is calling: allow-list, headers, certificates, and what a sender may say about others (the national router)."""
