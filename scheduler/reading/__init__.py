"""Reading files that people wrote: a located tree, typed reading of it, and problems that name their place."""
