//! What is seen: from pixels to faces, quality, templates and matches.
