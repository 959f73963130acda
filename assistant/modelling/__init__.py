"""Models as people look after them: what there is, how good it is, training, publishing and withdrawing."""
