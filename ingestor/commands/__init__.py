"""Groups of commands of `bhav`."""
