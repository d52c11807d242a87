"""Reports, and the runs they are tried on."""
