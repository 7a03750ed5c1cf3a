"""The study folder: read whole, and issued whole. The only place that reads or writes a study's files."""
