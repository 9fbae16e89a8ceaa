"""Reading vendors' bill files: pure, fast, and without a database."""
