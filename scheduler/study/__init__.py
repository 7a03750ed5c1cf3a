"""The study folder: read whole, and issued whole. Beside the command line the only place that touches files."""
