"""One participant's dated visits and periods, fully worked out, and the expansion that works them out."""
