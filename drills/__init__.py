"""Long drills at size, each a module to be run by itself: seeded, with their figures printed."""
