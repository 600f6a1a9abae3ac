"""The brokers' REST sides: login, and lists of instruments."""
