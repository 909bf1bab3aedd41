"""Pages of the gate: the review queue, the review page, the code of conduct, the bytes of images."""
