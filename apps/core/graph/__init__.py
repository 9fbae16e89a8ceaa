"""The base of the GraphQL gateway: it reads, and nothing else."""
