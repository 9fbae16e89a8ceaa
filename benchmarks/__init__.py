"""Figures, each measured beside its floor or its peer in the same run.

    python -m benchmarks NAME [--json] [--quick]

A benchmark is a module of this package with `run(*, quick: bool) -> Report`. Unless it says
`NEEDS_TABLES = False`, all migrations have run in its scratch database.
"""
