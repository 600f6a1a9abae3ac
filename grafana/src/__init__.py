"""Dashboards: the generator of their JSON, what Grafana makes of their queries, and a preview without a server."""
