"""What this program is called."""

VERSION = "0.1.0"
PROGRAM = f"trial-scheduler {VERSION}"
