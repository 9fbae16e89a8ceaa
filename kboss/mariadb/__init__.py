"""Django's backend for MySQL, made safer and shorter for the money path (docs/adr/0015)."""
