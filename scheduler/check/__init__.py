"""What a protocol can mean as it stands and is worth a look: warnings, with their place, that its writer can accept with a reason."""
