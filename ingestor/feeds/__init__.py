"""Sources of ticks: each implements `ingestor.model.Feed`."""
