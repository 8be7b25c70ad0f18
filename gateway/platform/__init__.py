"""Service contracts that the platform itself answers: engagement index and registry."""
