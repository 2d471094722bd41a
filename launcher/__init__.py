"""What `./run`, `./test` and `.ci/run` do. Standard library only: this runs before anything is installed."""
