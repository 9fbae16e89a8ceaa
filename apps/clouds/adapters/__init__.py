"""
The port to the clouds (base) and one module per vendor's wire protocol.

A new cloud is one module here, one line in `registry`, and the conformance suite that all pass.
"""
