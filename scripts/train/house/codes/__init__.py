"""Codes on parts, drawn: what stands there (grammar), in which letters (fonts, matrices), and how a camera sees it (render)."""
