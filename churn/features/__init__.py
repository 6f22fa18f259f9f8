"""Features: declared once, compiled to SQL, unable to see past the snapshot."""
