"""The dashboards: a module each, whose `build()` is its table of contents."""
